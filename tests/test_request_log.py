"""The log of `branch-mock serve`: one line per request, secrets masked."""

import json
import re
import socket
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest

from branch_mock.clock import SystemClock, parse_iso
from tests.client import TIMEOUT
from tests.process import Served, client_of, serving

REQUESTS: tuple[tuple[str, str, object, int, str], ...] = (
    ("GET", "/_mock/health", None, 200, ""),
    ("POST", "/v1/url", {"alias": "logged"}, 200, "link {url}/logged"),
    ("POST", "/v1/url/bulk/{key}", [{}, {"type": 9}], 200, "links: 1, errors: 1"),
    ("PUT", "/v1/url?url=https://bnc.lt/logged", {"stage": "b"}, 200, "link {url}/logged updated"),
    ("POST", "/_mock/reset", None, 200, "reset"),
    ("GET", "/v1/nothing", None, 404, "No endpoint GET /v1/nothing"),
)


def make_requests(served: Served) -> None:
    with client_of(served) as client:
        for method, path, body, status, _ in REQUESTS:
            own = {"branch_key": served.key, "branch_secret": served.secret}
            sent = {**own, **body} if isinstance(body, dict) else body
            response = client.call(method, path.format(key=served.key), json=sent)
            assert response.status_code == status


def test_the_text_log_has_one_line_per_request() -> None:
    with serving("--port", "0") as served:
        make_requests(served)
        _, _, log = served.end()
    assert len(log) == len(REQUESTS)
    for line, (method, path, _, status, note) in zip(log, REQUESTS, strict=True):
        found = re.fullmatch(r"\d\d:\d\d:\d\d I (\S+) (\S+) (\d+) \d+\.\d ms ?(.*)", line)
        assert found is not None, line
        assert found.group(1, 2) == (method, path.format(key=served.key))
        assert int(found[3]) == status
        assert found[4].startswith(note.format(url=served.url))
        assert bool(found[4]) == bool(note)


def test_each_line_of_the_json_log_is_an_object_with_the_same_fields() -> None:
    far_away = {"TZ": "Asia/Tokyo"}
    with serving("--port", "0", "--log-format", "json", environment=far_away) as served:
        make_requests(served)
        send_garbage(served.url)
        _, _, log = served.end()
    entries = [json.loads(line) for line in log]
    requests_made = [entry for entry in entries if entry["logger"] == "branch_mock.requests"]
    for entry, (method, path, _, status, note) in zip(requests_made, REQUESTS, strict=True):
        assert entry["level"] == "info"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["time"])
        assert abs(parse_iso(entry["time"]) - SystemClock().now_ms()) < TIMEOUT * 1000
        assert entry["method"] == method
        assert entry["path"] == path.format(key=served.key)
        assert entry["status"] == status
        assert 0 <= entry["ms"] < TIMEOUT * 1000
        assert entry["note"].startswith(note.format(url=served.url))


def send_garbage(url: str) -> None:
    """Something that is no HTTP request; the server closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT) as sock:
        sock.sendall(b"this is no HTTP\x00\r\n\r\n")
        assert b" 400 " in sock.recv(1000).partition(b"\r\n")[0]


SECRET = "secret_live_0123456789abcdefghijABCDEFGHIJ01"
ENCODED = "".join(f"%{byte:02x}" for byte in SECRET.encode())


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_and_no_line_of_a_stranger_gets_into_the_log(form: str) -> None:
    addresses = (
        f"/v1/url?branch_secret={SECRET}&url=x",
        "/v1/url?branch%5Fsecret=hidden-1&url=x",
        "/v1/url?%62ranch_%73ecret=hidden-1",
        f"/v1/url?url={ENCODED}",
        f"/v1/url?{ENCODED}",
        f"/v1/url?{ENCODED}=1",
        f"/v1/url?url=https%3A%2F%2Fx%2F%3Fsecret%3D{SECRET}",
        "/v1/url?PASSWORD=hidden-1&access_token=hidden-1",
        f"/v1/{SECRET}",
        f"/v1/{ENCODED}",
        f"/v1/url?url={quote(quote(quote(SECRET.replace('_', '%5f'))))}",
        f"/v1/{quote(ENCODED)}",
        f"/v1/url?url={quote(quote('https://x/?secret=hidden-1'))}",
        "/v1/a%0A12:00:00 I GET /forged 200 0.1 ms".replace(" ", "%20"),
        "/v1/%1b[31mred%1b[0m%c2%85%e2%80%a8%7f",
    )
    bodies: tuple[dict[str, object], ...] = (
        {"branch_secret": ["hidden-1"]},
        {"channel": SECRET * 4},
        {"alias": f"a {SECRET}"},
        {"alias": "a\nforged"},
        {"data": f"secret=hidden-1 {SECRET}"},
        {"data": json.dumps({"a": json.dumps({"password": "hidden-1", "b": SECRET})})},
    )
    with serving("--port", "0", "--log-format", form) as served:
        with client_of(served) as client:
            for address in addresses:
                assert raw_get(served.url, address) in {400, 404}
            for body in bodies:
                sent = {"branch_key": served.key, **body}
                assert client.call("POST", "/v1/url", json=sent).status_code in {200, 400}
            unset = {"branch_key": served.key, "branch_secret": "hidden-1"}
            assert client.call("PUT", "/v1/url?url=x", json=unset).status_code == 400
        _, _, log = served.end()
    assert len(log) == len(addresses) + len(bodies) + 1
    text = "\n".join(log)
    assert "hidden-1" not in text
    assert SECRET[12:] not in text
    assert ENCODED[-20:] not in text
    assert "***" in text
    assert all(line.isprintable() for line in log)
    if form == "json":
        assert {json.loads(line)["logger"] for line in log} == {"branch_mock.requests"}


def raw_get(url: str, address: str) -> int:
    """The status for an address that is sent as it stands, not normalised first."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
    try:
        connection.request("GET", address)
        return connection.getresponse().status
    finally:
        connection.close()


LIBRARY = f"""
import logging, sys
from branch_mock.request_log import configure
configure("error", sys.argv[1])
try:
    raise ValueError("about {SECRET}")
except ValueError:
    logging.getLogger("aiohttp.server").exception("it broke")
logging.getLogger("asyncio").warning("%s", "two\\nlines")
logging.getLogger("aiohttp.server").info("not worth it")
logging.getLogger("branch_mock.app").warning("below the level")
"""


@pytest.mark.parametrize("form", ["text", "json"])
def test_libraries_log_in_the_same_form_without_secrets(form: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIBRARY, form],
        env={},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert SECRET[12:] not in done.stderr
    assert "secret_live_***" in done.stderr
    if form == "json":
        broke, lines = [json.loads(line) for line in done.stderr.splitlines()]
        assert (broke["logger"], broke["level"]) == ("aiohttp.server", "error")
        assert broke["message"] == "it broke"
        assert broke["traceback"].startswith("Traceback")
        assert lines["message"] == "two\nlines"
    else:
        first, *_, last = done.stderr.splitlines()
        assert first.endswith("E it broke")
        assert last.endswith(r"W two\nlines")
