"""`branch-mock serve` as a process (contract 12): options, what it prints, what is refused."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from branch_mock import BranchMock, __version__
from tests.client import TIMEOUT
from tests.process import SCRIPT, Served, client_of, free_port, run, serving

MODULE = (sys.executable, "-m", "branch_mock")
OWN_SEED = {
    "apps": [
        {
            "branch_key": "key_live_ownownownownownownownownownownow",
            "branch_secret": "secret_live_ownownownownownownownownownownow",
            "links": [{"alias": "mine"}],
        }
    ]
}


@pytest.fixture
def own_seed(tmp_path: Path) -> str:
    """A seed file with one app and one link."""
    path = tmp_path / "own.json"
    path.write_text(json.dumps(OWN_SEED))
    return str(path)


# what it prints


@pytest.mark.parametrize("command", [(SCRIPT,), MODULE], ids=["script", "module"])
def test_it_prints_its_real_address_key_secret_and_a_curl_line_that_works(
    command: tuple[str, ...],
) -> None:
    with serving("--port", "0", command=command) as served:
        assert served.announced[0] == f"branch_mock {__version__} listens on {served.url}"
        assert urlsplit(served.url).port not in {0, None}
        assert f"  docs    {served.url}/_mock/docs" in served.announced
        pasted = subprocess.run(
            ["/bin/sh", "-c", f"{served.curl} --silent --show-error --max-time {TIMEOUT}"],
            env={"no_proxy": "*"},
            capture_output=True,
            check=True,
            timeout=TIMEOUT,
        )
        url = json.loads(pasted.stdout)["url"]
        with client_of(served) as client:
            view = client.get("/v1/url", params={"url": url, "branch_key": served.key}).json()
            assert view["channel"] == "email"
            assert client.put("/v1/url", {}, params={"url": url}).status_code == 200


def test_without_a_command_it_prints_help() -> None:
    done = run()
    assert done.returncode == 0
    assert "serve" in done.stdout
    assert run("--version").stdout.strip().endswith(__version__)


def test_the_help_names_every_setting() -> None:
    done = run("serve", "--help")
    assert done.returncode == 0
    for option in OPTIONS:
        assert option in done.stdout
    assert "BRANCH_MOCK_" in done.stdout


# options and variables

OPTIONS = (
    "--host",
    "--port",
    "--seed",
    "--profile",
    "--public-url",
    "--random-seed",
    "--log-level",
    "--log-format",
)


def as_options(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in (f"--{name}", value)]


def as_variables(settings: dict[str, str]) -> dict[str, str]:
    return {
        "BRANCH_MOCK_" + name.upper().replace("-", "_"): value for name, value in settings.items()
    }


def observed(served: Served) -> dict[str, object]:
    """What each setting made of the server, under the setting's name."""
    parts = urlsplit(served.url)
    with client_of(served) as client:
        link = client.post("/v1/url", {"alias": "seen"}).json()["url"]
        empty_bulk = client.call("POST", f"/v1/url/bulk/{served.key}", json=[]).status_code
        reset = client.call("POST", "/_mock/reset", json={}).json()
    status, _, log = served.end()
    assert status == 0
    return {
        "host": parts.hostname,
        "port": str(parts.port),
        "seed": reset["links"],
        "profile": {200: "documented", 400: "observed"}[empty_bulk],
        "public-url": re.sub(r"(/\w{4}\.app\.link)?/seen$", "", link),
        "random-seed": served.key,
        "log-level": {0: "error", 3: "info"}[len(log)],
        "log-format": "json" if log and log[0].startswith("{") else "text",
    }


def settings_with(port: int, seed: str) -> dict[str, str]:
    return {
        "host": "127.0.0.2",
        "port": str(port),
        "seed": seed,
        "profile": "documented,empty_bulk=400",
        "public-url": "https://links.example/x",
        "random-seed": "7",
        "log-level": "info",
        "log-format": "json",
    }


@pytest.mark.parametrize("how", ["options", "variables", "both"])
def test_every_option_and_every_variable_is_heeded_and_options_win(how: str) -> None:
    wanted = settings_with(free_port("127.0.0.2"), "empty")
    other = {
        "host": "127.0.0.3",
        "port": "1",
        "seed": "/no/such/file",
        "profile": "observed",
        "public-url": "https://other.example",
        "random-seed": "8",
        "log-level": "error",
        "log-format": "text",
    }
    options = [] if how == "variables" else as_options(wanted)
    variables = {"options": {}, "variables": as_variables(wanted), "both": as_variables(other)}[how]
    with serving(*options, environment=variables) as served:
        got = observed(served)
    key = BranchMock(seed="empty", random_seed=7).app.key
    assert BranchMock(seed="empty", random_seed=8).app.key != key
    assert got == {**wanted, "seed": 0, "profile": "observed", "random-seed": key}


def test_the_defaults_are_loopback_port_8080_default_seed_and_no_public_url() -> None:
    with BranchMock(random_seed=0) as plain, serving("--port", "0", "--log-level", "error") as it:
        links = len(plain.links.all()) + sum(
            len(plain.links.all(app=app)) for app in plain.branch.apps.all()[1:]
        )
        got = observed(it)
        assert got["seed"] == links
        assert (it.key, it.secret) == (plain.app.key, plain.app.secret)
    assert got["host"] == "127.0.0.1"
    assert got["profile"] == "documented"
    assert got["public-url"] == it.url
    assert got["log-level"] == "error"


def test_an_ipv6_host_is_served_and_printed_in_brackets() -> None:
    with serving("--host", "::1", "--port", "0") as served, client_of(served) as client:
        assert served.url.startswith("http://[::1]:")
        link = client.post("/v1/url", {"alias": "six"}).json()["url"]
        assert link == f"{served.url}/six"
        view = client.get("/v1/url", params={"url": link, "branch_key": served.key})
        assert view.json()["alias"] == "six"


@pytest.mark.parametrize(("host", "loopback"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_an_address_for_everywhere_is_printed_as_one_that_can_be_called(
    host: str, loopback: str
) -> None:
    with serving("--host", host, "--port", "0") as served, client_of(served) as client:
        assert served.url.startswith(f"http://{loopback}:")
        assert client.get("/_mock/ready").status_code == 200


# seeds


def test_seeds_may_be_given_several_times_as_option_and_with_commas_as_variable(
    own_seed: str,
) -> None:
    with serving("--port", "0", "--seed", "default", "--seed", own_seed) as served:
        assert served.key == BranchMock().app.key
        assert follow(served, "mine") == 200
    names = f"{own_seed}, default"
    with serving(environment={"BRANCH_MOCK_PORT": "0", "BRANCH_MOCK_SEED": names}) as served:
        assert served.key == OWN_SEED["apps"][0]["branch_key"]
        assert follow(served, "mine") == 200
        assert follow(served, "test-link") == 307


def follow(served: Served, path: str) -> int:
    """The status of a link address."""
    with client_of(served) as client:
        return client.get(f"/{path}", headers={"User-Agent": "Mozilla/5.0 (X11)"}).status_code


@pytest.mark.parametrize("seed", ["demo", "empty"])
def test_bundled_seeds_bring_an_app_that_can_be_used(seed: str) -> None:
    with serving("--port", "0", "--seed", seed) as served, client_of(served) as client:
        assert served.key == BranchMock(seed=seed).app.key
        assert client.post("/v1/url", {"channel": "sms"}).status_code == 200


# what is refused


def refused(*arguments: str, **environment: str) -> str:
    """The one line on standard error of a start that must be refused with exit status 2."""
    done = run("serve", *arguments, **environment)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("branch-mock: ")
    return line.removeprefix("branch-mock: ")


BAD_SETTINGS = (
    ("port", "70000", ["port", "65535", "70000"]),
    ("port", "-1", ["port", "-1"]),
    ("port", "abc", ["port", "'abc'"]),
    ("random-seed", "1.5", ["seed", "1.5"]),
    ("profile", "strict", ["profile", "documented", "observed", "strict"]),
    ("profile", "documented,empty_bulk=1", ["empty_bulk", "200", "'1'"]),
    ("profile", "documented,nope=1", ["nope", "empty_bulk"]),
    ("public-url", "links.example", ["public_url", "links.example"]),
    ("public-url", "ftp://links.example", ["public_url", "http"]),
    ("public-url", "http://[::1", ["public_url", "http://[::1"]),
    ("public-url", "http://links.example:99999", ["public_url", "99999"]),
    ("public-url", "http://links example", ["public_url", "links example"]),
    ("log-level", "loud", ["log_level", "debug, info, warning, error", "loud"]),
    ("log-format", "xml", ["log_format", "text, json", "xml"]),
    ("seed", "/no/such/seed.json", ["/no/such/seed.json", "No such file", "demo"]),
    ("host", "nowhere.invalid", ["nowhere.invalid"]),
    ("host", "ä..b", ["host", "ä..b"]),
    ("host", "192.0.2.1", ["192.0.2.1"]),
)


@pytest.mark.parametrize(("name", "value", "said"), BAD_SETTINGS)
def test_a_bad_setting_is_one_line_and_status_2(name: str, value: str, said: list[str]) -> None:
    line = refused(f"--{name}={value}", *(() if name == "port" else ("--port", "0")))
    for part in said:
        assert part in line


def test_a_bad_variable_is_one_line_that_names_it() -> None:
    assert "BRANCH_MOCK_PORT" in refused(BRANCH_MOCK_PORT="abc")
    assert "BRANCH_MOCK_RANDOM_SEED" in refused(BRANCH_MOCK_RANDOM_SEED="x", BRANCH_MOCK_PORT="0")
    assert "log_level" in refused(BRANCH_MOCK_LOG_LEVEL="loud", BRANCH_MOCK_PORT="0")


def test_a_bad_flag_or_argument_is_one_line() -> None:
    assert "--prot" in refused("--prot", "1")
    assert "extra" in refused("extra")
    assert "--port" in refused("--port")
    done = run("sevre")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_misspelt_variable_is_told() -> None:
    done = run("serve", "--port", "-1", BRANCH_MOCK_PROT="1")
    assert "BRANCH_MOCK_PROT is not looked at; is it BRANCH_MOCK_PORT?" in done.stderr


def test_a_group_without_a_verb_shows_its_verbs() -> None:
    done = run("snapshots")
    shown = done.stderr or done.stdout  # older versions of click take it for a wish
    assert shown.startswith("Usage: branch-mock snapshots ")
    assert "restore" in shown


def test_a_taken_port_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port = sock.getsockname()[1]
        line = refused("--port", str(port))
    assert line == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; "
        "another port will do, and 0 picks a free one"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1 column 2: not JSON"),
        ('{"apps": [{"name": "x"}]}', "apps[0].name: is not a known field"),
        ('{"apps": [{"links": [{"type": 7}]}]}', "apps[0].links[0].type: must be one of 0, 1, 2"),
        ('{"apps": [{"links": [{"alias": "x"}, {"alias": "x", "type": 2}]}]}', "Link alias"),
        ("\udcff", "not UTF-8"),
    ],
)
def test_a_bad_seed_is_one_line_with_file_place_and_reason(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    line = refused("--port", "0", "--seed", "default", "--seed", str(path))
    assert line.startswith(f"{path}: ")
    assert said in line


def test_a_folder_as_seed_is_one_line(tmp_path: Path) -> None:
    assert refused("--port", "0", "--seed", str(tmp_path)).startswith(f"{tmp_path}: cannot be read")
