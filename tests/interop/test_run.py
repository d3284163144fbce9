"""Published clients, as they are, under `branch-mock run`: with the real addresses (contract 2)."""

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from branch_mock import SystemClock
from tests.checkout import environment
from tests.interop.installed import installed
from tests.process import SCRIPT
from tests.readme import ROOT

HERE = Path(__file__).parent
CLIENTS = HERE / "clients"
TIMEOUT = 60
COMMANDS: dict[str, tuple[str, ...]] = {
    "urllib": (sys.executable, "with_urllib.py"),
    "requests": (sys.executable, "with_requests.py"),
    "httpx": (sys.executable, "with_httpx.py"),
    "aiohttp": (sys.executable, "with_aiohttp.py"),
    "branchio": (sys.executable, "with_branchio.py"),
    "branchio-sdk": ("node", "with_branchio_sdk.cjs"),
    "fetch": ("node", "with_fetch.mjs"),
    "node https": ("node", "with_https.cjs"),
    "axios 0.20": ("node", "with_axios.cjs", "axios"),
    "axios 1": ("node", "with_axios.cjs", "axios1"),
    "request": ("node", "with_request.cjs"),
    "curl": ("sh", "with_curl.sh"),
    "Ruby": ("ruby", "with_net_http.rb"),
    "PHP": ("php", "with_curl.php"),
    "Java": ("java", "WithHttpClient.java"),
    "Go": ("go", "run", "with_net_http.go"),
}
every_client = pytest.mark.parametrize("client", COMMANDS)


@pytest.fixture(scope="module")
def ca_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the authority of these tests is."""
    return tmp_path_factory.mktemp("authority") / "ca"


def run(client: str, ca_dir: Path) -> "subprocess.CompletedProcess[str]":
    """Run a client under `branch-mock run`."""
    command = COMMANDS[client]
    if command[0] != sys.executable and shutil.which(command[0]) is None:
        pytest.fail(f"{command[0]} is not installed: tests/interop/install.sh does that")
    if command[0] == "node":
        installed()
    day = SystemClock().now() - timedelta(days=2)
    return subprocess.run(
        [SCRIPT, "run", "--", *command],
        cwd=CLIENTS,
        env=environment(
            BRANCH_MOCK_CA_DIR=str(ca_dir),
            EXPORT_DATE=f"{day:%Y-%m-%d}",
            PYTHONPATH=str(ROOT),
            GOCACHE=str(ca_dir.parent / "go"),
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@every_client
def test_it_creates_reads_follows_and_downloads(client: str, ca_dir: Path) -> None:
    done = run(client, ca_dir)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["made"].startswith("https://bnc.lt/l/")
    assert said["channel"] == "email"
    assert said["location"].startswith("https://example.com/?_branch_match_id=")
    assert urlsplit(said["file"]).netloc == "branch-exports.s3.amazonaws.com"
    assert said["columns"].startswith("creation_timestamp,link_id,branch_identity_id,")
    assert "refused" not in done.stderr


OWN_AGENT = """
const m = require('{url}'.split(':')[0])
m.get('{url}', {agent: new m.Agent({keepAlive: true})}, (r) => process.exit(1))
"""
LEAKS: dict[str, tuple[str, ...]] = {
    "urllib": (sys.executable, "-c", "import urllib.request as u; u.urlopen('{url}')"),
    "requests": (sys.executable, "-c", "import requests; requests.get('{url}').raise_for_status()"),
    "httpx": (sys.executable, "-c", "import httpx; httpx.get('{url}').raise_for_status()"),
    "fetch": ("node", "-e", "fetch('{url}').then((r) => r.ok || process.exit(1))"),
    "node": ("node", "-e", "require(u='{url}'.split(':')[0]).get('{url}', (r) => process.exit(1))"),
    "node agent": ("node", "-e", OWN_AGENT),
    "curl": ("curl", "--fail", "--silent", "{url}"),
    "Ruby": ("ruby", "-rnet/http", "-e", "Net::HTTP.get_response(URI('{url}')).value"),
}


@pytest.mark.parametrize("url", ["https://example.com/", "http://example.com/x"])
@pytest.mark.parametrize("client", LEAKS)
def test_nothing_leaks(client: str, url: str, ca_dir: Path) -> None:
    """The name is never even looked up by the client: the proxy hears it, and refuses it."""
    program, *arguments = LEAKS[client]
    done = subprocess.run(
        [SCRIPT, "run", "--", program, *(text.replace("{url}", url) for text in arguments)],
        env=environment(BRANCH_MOCK_CA_DIR=str(ca_dir), NO_PROXY="*", no_proxy="branch.io,.lt"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode not in {0, 127}
    assert "The proxy refused: example.com is not a host of Branch's" in done.stderr


def test_what_was_trusted_is_trusted_still(ca_dir: Path, tmp_path: Path) -> None:
    """The authority is added to the system's and to the user's own, not put in their place."""
    own = tmp_path / "own.pem"
    pem = f"-----BEGIN CERTIFICATE-----\n{'A' * 64}\n-----END CERTIFICATE-----"
    own.write_text(f"a comment\n{pem}\n")
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    done = subprocess.run(
        [SCRIPT, "run", "--", "sh", "-c", "cat " + " ".join(f'"${name}"' for name in names)],
        env={
            **environment(BRANCH_MOCK_CA_DIR=str(ca_dir), REQUESTS_CA_BUNDLE=str(own)),
            "NODE_EXTRA_CA_CERTS": os.devnull,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout.count(pem) == len(names)
    assert done.stdout.count((ca_dir / "ca.pem").read_text()) == len(names)
    assert done.stdout.count("BEGIN CERTIFICATE") > 50 * len(names)
