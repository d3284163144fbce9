"""Requests for Branch's hosts and for others, as clients send them to a proxy (contract 2)."""

import json
import ssl
import urllib.request
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from branch_mock import BranchMock, FrozenClock
from branch_mock.tls import Authority
from tests.proxy.conftest import Proxying
from tests.proxy.talking import Stream, listening
from tests.raw import Answer, talk

TIMEOUT = 20


class Proxied(requests.Session):
    """A session of requests that takes everything from a proxy."""

    def __init__(self, mock: BranchMock, ca: str) -> None:
        super().__init__()
        self.trust_env = False
        self.proxies = dict.fromkeys(("http", "https"), mock.proxy_url)
        self.verify = ca


@pytest.fixture
def session(proxied: BranchMock) -> Iterator[Proxied]:
    """A client of the proxy that trusts the authority alone."""
    assert proxied.emulator.authority is not None
    with Proxied(proxied, str(proxied.emulator.authority.certificate_path)) as session:
        yield session


def absolute(mock: BranchMock, line: str, *headers: str, body: str = "") -> Answer:
    """The answer to a request whose first line has a whole address."""
    head = [f"{line} HTTP/1.1", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return talk(mock.proxy_url, ("\r\n".join(head) + f"\r\n\r\n{body}").encode())


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_addresses_are_the_real_ones_and_lead_on(
    proxied: BranchMock, session: Proxied, clock: FrozenClock, scheme: str
) -> None:
    link = {"branch_key": proxied.app.key, "data": {"$desktop_url": "https://example.com/a"}}
    made = session.post(f"{scheme}://api.branch.io/v1/url", json=link, timeout=TIMEOUT).json()
    assert made["url"].startswith("https://bnc.lt/l/")
    click = session.get(made["url"], allow_redirects=False, timeout=TIMEOUT)
    assert click.status_code == 307
    assert click.headers["Location"].startswith("https://example.com/a?_branch_match_id=")
    day = f"{clock.now():%Y-%m-%d}"
    asked = {"branch_key": proxied.app.key, "branch_secret": proxied.app.secret}
    clock.advance(24 * 3600)
    export = {**asked, "export_date": day}
    answer = session.post(f"{scheme}://api.branch.io/v2/export", json=export, timeout=TIMEOUT)
    for url in answer.json()["links_export_url"]:
        assert url.startswith("https://branch-exports.s3.amazonaws.com/")
        file = session.get(url, timeout=TIMEOUT)
        assert (file.status_code, file.content[:2]) == (200, b"\x1f\x8b")


def test_an_apps_own_domain_is_answered_too(clock: FrozenClock, ca_dir: str) -> None:
    seed = {"apps": [{"branch_key": "key_live_" + "a" * 32, "short_url_domain": "go.example.com"}]}
    mock = BranchMock(clock=clock, seeds=[seed], proxy_port=0, ca_dir=str(ca_dir))
    with mock, Proxied(mock, f"{ca_dir}/ca.pem") as session:
        made = session.post(
            "https://api.branch.io/v1/url",
            json={"branch_key": mock.app.key, "alias": "promo"},
            timeout=TIMEOUT,
        ).json()
        assert made == {"url": "https://go.example.com/promo"}
        assert session.get(made["url"], timeout=TIMEOUT).status_code == 200
    assert mock.failures == []


def test_absolute_https_needs_no_connect(proxied: BranchMock) -> None:
    body = json.dumps({"branch_key": proxied.app.key, "alias": "old-axios"})
    line = "POST https://api.branch.io/v1/url?x=1"
    answer = absolute(proxied, line, "Host: elsewhere.example", body=body)
    assert answer.json() == {"url": "https://bnc.lt/old-axios"}
    entry = proxied.requests.all()[-1]
    assert (entry.path, entry.headers["Host"]) == ("/v1/url", "api.branch.io")


def test_the_hosts_own_rules_hold(session: Proxied) -> None:
    unknown = session.get("https://bnc.lt/_mock/health", timeout=TIMEOUT)
    assert unknown.status_code == 404
    assert session.get("https://api.branch.io/", timeout=TIMEOUT).status_code == 404
    health = session.get("https://api.branch.io/_mock/health", timeout=TIMEOUT)
    assert health.json()["status"] == "ok"


def test_the_proxy_itself_answers_like_the_emulator(proxied: BranchMock) -> None:
    health = requests.get(f"{proxied.proxy_url}/_mock/health", timeout=TIMEOUT)
    assert health.json()["status"] == "ok"


@pytest.mark.parametrize("form", ["https://api.branch.io", "http://bnc.lt"])
def test_a_request_may_follow_another_on_a_connection(proxied: BranchMock, form: str) -> None:
    one = f"GET {form}/test-link HTTP/1.1\r\nHost: x\r\n\r\n"
    other = "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n"
    answer = talk(proxied.proxy_url, (one + other).encode())
    assert b"HTTP/1.1 403 " in answer.body


@pytest.mark.parametrize(
    "target",
    [
        *("http://example.com/", "https://example.com/", "http://branch.io.example.com/"),
        *("http://169.254.169.254/latest/", "http://127.0.0.1:1/", "http://[::1]:80/"),
        *("http://api.branch.io@example.com/", "http://EXAMPLE.com:443/"),
    ],
)
def test_others_are_refused(proxied: BranchMock, target: str) -> None:
    answer = absolute(proxied, f"GET {target}", "Host: api.branch.io")
    assert answer.status == 403
    host = urlsplit(target).hostname
    assert f"{host} is not a host of Branch's" in answer.message
    assert f"--allow-host {host}" in answer.message
    assert proxied.requests.all() == []


@pytest.mark.parametrize(
    "target",
    ["ftp://api.branch.io/", "http:///x", "http://a:b/", "https://[::1/", "x:y", "http://"],
)
def test_addresses_that_are_none_are_refused(proxied: BranchMock, target: str) -> None:
    assert absolute(proxied, f"GET {target}", "Host: api.branch.io").status == 400


@pytest.fixture
def beyond(httpserver: HTTPServer) -> HTTPServer:
    """A server that is not Branch's, on this machine."""

    def answer(request: Request) -> Response:
        said = {
            "method": request.method,
            "path": request.full_path,
            "headers": dict(request.headers),
            "body": request.get_data(as_text=True),
        }
        return Response(json.dumps(said), status=201, headers={"X-Kept": "yes"})

    httpserver.expect_request("/there").respond_with_handler(answer)
    httpserver.expect_request("/moved").respond_with_data(
        status=302, headers={"Location": "/there"}
    )
    return httpserver


@pytest.fixture
def open_proxy(clock: FrozenClock, ca_dir: str) -> Iterator[BranchMock]:
    """A proxy that lets localhost through."""
    allow = ("local*",)
    with BranchMock(clock=clock, proxy_port=0, ca_dir=str(ca_dir), allow_host=allow) as mock:
        yield mock


def test_who_is_allowed_is_asked(open_proxy: BranchMock, beyond: HTTPServer) -> None:
    url = f"http://localhost:{beyond.port}"
    headers = ("Host: x", "Proxy-Authorization: secret", "X-Mine: 1", "Accept-Encoding: br")
    answer = absolute(open_proxy, f"PUT {url}/there?a=%2F", *headers, body="some text")
    assert answer.status == 201
    assert "X-Kept: yes" in answer.head
    said = answer.json()
    assert (said["method"], said["path"], said["body"]) == ("PUT", "/there?a=/", "some text")
    assert said["headers"]["X-Mine"] == "1"
    assert said["headers"]["Accept-Encoding"] == "br"
    assert "Proxy-Authorization" not in said["headers"]
    assert said["headers"]["Host"] == f"localhost:{beyond.port}"
    assert absolute(open_proxy, f"GET {url}/moved", "Host: x").status == 302
    head = absolute(open_proxy, f"HEAD {url}/there", "Host: x")
    assert (head.status, head.body) == (201, b"")
    assert open_proxy.requests.all() == []


def test_who_is_allowed_but_not_there_is_named(open_proxy: BranchMock) -> None:
    answer = absolute(open_proxy, "GET http://me:pass@localhost:1/x?branch_secret=s", "Host: x")
    assert answer.status == 502
    assert answer.message.startswith("localhost:1 cannot be reached: ")


async def test_an_answer_that_breaks_off_does_so_here_too(proxying: Proxying) -> None:
    async def talk(stream: Stream) -> None:
        await stream.head()
        await stream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    async with listening(talk) as port, proxying("localhost") as ends:
        stream = await ends.open()
        await stream.send(f"GET http://localhost:{port}/x HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head = await stream.head()
        assert head.startswith("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n")
        assert await stream.rest() == b"half"


def test_no_secret_is_repeated(proxied: BranchMock, caplog: pytest.LogCaptureFixture) -> None:
    for target in ("https://user:hidden@[x/?branch_secret=hidden", "ftp://a/?branch_secret=hidden"):
        answer = absolute(proxied, f"GET {target}", "Host: x")
        assert answer.status == 400
        assert b"hidden" not in answer.body
    assert "hidden" not in caplog.text


def test_https_at_the_real_hosts(proxied: BranchMock) -> None:
    """What hosts files and aliases of containers lead to (`tls_port`)."""
    authority = proxied.emulator.authority
    assert isinstance(authority, Authority)
    context = ssl.create_default_context(cadata=authority.certificate_pem)
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )
    asked = urllib.request.Request(
        f"{proxied.tls_url}/v1/url",
        json.dumps({"branch_key": proxied.app.key, "alias": "by-tls"}).encode(),
        {"Host": "api.branch.io"},
    )
    with opener.open(asked, timeout=TIMEOUT) as reply:
        assert json.load(reply) == {"url": "https://bnc.lt/by-tls"}
    with opener.open(f"{proxied.tls_url}/_mock/ca.pem", timeout=TIMEOUT) as reply:
        assert reply.read().decode() == authority.certificate_pem
        assert reply.headers["Content-Type"] == "application/x-x509-ca-cert"


def test_a_server_without_tls_has_no_authority(mock: BranchMock) -> None:
    reply = requests.get(f"{mock.url}/_mock/ca.pem", timeout=TIMEOUT)
    assert reply.status_code == 404
    assert "tls_port" in reply.json()["error"]["message"]


async def test_one_that_ends_early_is_no_bug(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        await stream.send(
            b"POST https://api.branch.io/v1/url HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"
        )
        stream.writer.transport.abort()
        tunnel = await ends.tunnel()
        assert await tunnel.status(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n") == 200
