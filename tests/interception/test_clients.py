"""Every client reaches the emulator at Branch's real addresses, unchanged (contract 2)."""

import asyncio
import gzip
import http.client
import json
import socket
import ssl
from collections.abc import Iterator

import aiohttp
import httpx
import pytest
import requests
import urllib3

from branch_mock import BranchMock
from tests.interception.clients import (
    TIMEOUT,
    Call,
    aiohttp_call,
    every_client,
    every_kept_client,
    of_requests,
)

API = "https://api.branch.io/v1/url"


@every_client
def test_a_link_is_made_read_and_followed_at_the_real_addresses(
    intercepted: BranchMock, call: Call
) -> None:
    key = intercepted.app.key
    data = {"$desktop_url": "https://example.com/hi"}
    made = call("POST", API, {"branch_key": key, "alias": "real", "data": data})
    assert (made.status, made.url) == (200, "https://bnc.lt/real")
    read = call("GET", f"{API}?url=https://bnc.lt/real&branch_key={key}", None)
    assert json.loads(read.body)["alias"] == "real"
    followed = call("GET", made.url, None)
    assert followed.status == 307
    assert str(followed.location).startswith("https://example.com/hi?_branch_match_id=")
    assert call("GET", "http://bnc.lt/real", None).status == 307
    assert len(intercepted.links.clicks("https://bnc.lt/real")) == 2


@every_client
def test_an_export_is_downloaded_from_the_real_address(intercepted: BranchMock, call: Call) -> None:
    app = {"branch_key": intercepted.app.key, "branch_secret": intercepted.app.secret}
    asked = call("POST", "https://api.branch.io/v2/export", {**app, "export_date": "2016-01-19"})
    (url,) = json.loads(asked.body)["links_export_url"]
    assert url.startswith("https://branch-exports.s3.amazonaws.com/")
    file = gzip.decompress(call("GET", url, None).body)
    assert file.startswith(b"creation_timestamp,link_id,")
    assert b"https://bnc.lt/l/" in file


@every_client
def test_a_request_is_the_callers_own(intercepted: BranchMock, call: Call) -> None:
    call("POST", "https://api2.branch.io/v1/url?x=1", {"branch_key": intercepted.app.key})
    (entry,) = intercepted.requests.all()
    assert (entry.method, entry.path, entry.query) == ("POST", "/v1/url", {"x": "1"})
    assert entry.headers["host"] == "api2.branch.io"


def test_link_domains_of_apps_lead_there_too(intercepted: BranchMock) -> None:
    seed = {"apps": [{"short_url_domain": "go.example.com", "links": [{"alias": "hi"}]}]}
    intercepted.seed(seed)
    (app,) = [one for one in intercepted.apps.all() if one.short_url_domain == "go.example.com"]
    made = of_requests("POST", API, {"branch_key": app.key, "alias": "two"})
    assert made.url == "https://go.example.com/two"
    assert of_requests("GET", made.url).status == 200
    assert of_requests("GET", f"https://{app.link_domain}/hi").status == 200


def test_the_handle_hands_out_the_real_addresses_too(mock: BranchMock) -> None:
    before = mock.links.create(alias="one")
    with mock.intercept():
        url = mock.links.create(alias="two")
        assert url == "https://bnc.lt/two"
        assert mock.links.url(mock.links.get(before)) == "https://bnc.lt/one"
        assert mock.exports.request("2016-01-19")["links"][0].startswith("https://branch-exports.")
    assert mock.links.url(mock.links.get(url)) == f"{mock.url}/two"


def test_public_url_is_still_what_is_said_to_be() -> None:
    with BranchMock(public_url="https://mock.test") as mock, mock.intercept():
        made = of_requests("POST", API, {"branch_key": mock.app.key, "alias": "one"})
        assert made.url == mock.links.create(alias="one") == "https://mock.test/one"


def test_other_hosts_are_reached_as_ever(intercepted: BranchMock, other: BranchMock) -> None:
    url = other.url.replace("127.0.0.1", "localhost")
    assert of_requests("GET", f"{url}/_mock/health").status == 200
    assert socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4] == ("127.0.0.1", 80)
    assert intercepted.requests.all() == []


async def test_a_plain_connection_of_asyncio_leads_there(intercepted: BranchMock) -> None:
    reader, writer = await asyncio.open_connection("api.branch.io", 443, ssl=True)
    writer.write(b"GET /v1/nowhere HTTP/1.1\r\nHost: api.branch.io\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(TIMEOUT):
        assert (await reader.read()).startswith(b"HTTP/1.1 404 ")
    writer.close()
    await writer.wait_closed()
    assert intercepted.requests.count() == 1


# Connections, and clients, from before


@every_kept_client
def test_a_connection_that_a_client_has_kept_is_not_used(
    other: BranchMock, mock: BranchMock, call: Call
) -> None:
    for server in (other, mock, other, mock):
        with server.intercept():
            assert call("POST", API, {"branch_key": server.app.key}).status == 200
    assert (mock.requests.count(), other.requests.count()) == (2, 2)


def test_nor_is_that_of_http_client(other: BranchMock, mock: BranchMock) -> None:
    connection = http.client.HTTPSConnection("api.branch.io", timeout=TIMEOUT)
    for server in (other, mock, mock):
        with server.intercept():
            connection.request("POST", "/v1/url", json.dumps({"branch_key": server.app.key}))
            reply = connection.getresponse()
            assert (reply.status, reply.read()[:8]) == (200, b'{"url":"')
    connection.close()
    assert (mock.requests.count(), other.requests.count()) == (2, 1)


async def test_nor_those_of_clients_on_a_loop(other: BranchMock, mock: BranchMock) -> None:
    async with aiohttp.ClientSession() as session, httpx.AsyncClient() as client:
        for server in (other, mock, other):
            with server.intercept():
                body = {"branch_key": server.app.key}
                assert (await aiohttp_call(session, "POST", API, body)).status == 200
                assert (await client.post(API, json=body)).status_code == 200
    assert (mock.requests.count(), other.requests.count()) == (2, 4)


async def test_a_loop_that_is_older_than_the_interception_meets_it(mock: BranchMock) -> None:
    async def use() -> int:
        await begun.wait()
        async with aiohttp.ClientSession() as session:
            return (await aiohttp_call(session, "GET", "https://bnc.lt/test-link")).status

    begun = asyncio.Event()
    task = asyncio.create_task(use())
    with mock.intercept():
        begun.set()
        assert await task == 307


# TLS


@pytest.fixture
def strict() -> ssl.SSLContext:
    """Somebody's own settings, which trust nothing at all."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def test_clients_with_tls_settings_of_their_own_are_served(
    intercepted: BranchMock, strict: ssl.SSLContext
) -> None:
    url = "https://bnc.lt/test-link"
    with httpx.Client(verify=strict) as client:
        assert client.get(url).status_code == 307
    with urllib3.PoolManager(ssl_context=strict) as pool:
        assert pool.request("GET", url, redirect=False).status == 307
    connection = http.client.HTTPSConnection("bnc.lt", context=strict)
    connection.request("GET", "/test-link")
    assert connection.getresponse().status == 307
    connection.close()
    assert intercepted.requests.count() == 3


async def test_and_so_is_aiohttp(intercepted: BranchMock, strict: ssl.SSLContext) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get("https://bnc.lt/test-link", ssl=strict, allow_redirects=False) as reply,
    ):
        assert reply.status == 307
    assert intercepted.requests.count() == 1


def test_those_settings_are_not_changed(intercepted: BranchMock, strict: ssl.SSLContext) -> None:
    with httpx.Client(verify=strict) as client:
        assert client.get("https://bnc.lt/test-link").status_code == 307
    assert strict.cert_store_stats()["x509"] == 0
    assert intercepted.requests.count() == 1


@pytest.fixture
def stranger(intercepted: BranchMock) -> Iterator[tuple[str, int]]:
    """The emulator's own listener with TLS, whose certificate nobody else's name trusts."""
    infos = socket.getaddrinfo("api.branch.io", 443, type=socket.SOCK_STREAM)
    with socket.create_connection((str(infos[0][4][0]), 443), timeout=TIMEOUT) as sock:
        yield sock.getpeername()[:2]
    assert intercepted.requests.all() == []


def test_no_other_name_is_trusted_with_its_certificate(stranger: tuple[str, int]) -> None:
    host, port = stranger
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://{host}:{port}/", timeout=TIMEOUT)
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(f"https://localhost:{port}/")


def test_the_peers_certificate_is_for_the_name(intercepted: BranchMock) -> None:
    context = ssl.create_default_context()
    with (
        socket.create_connection(("api.branch.io", 443), timeout=TIMEOUT) as plain,
        context.wrap_socket(plain, server_hostname="api.branch.io") as secure,
    ):
        certificate = secure.getpeercert()
    assert certificate is not None
    assert ("DNS", "*.branch.io") in certificate["subjectAltName"]
    assert intercepted.failures == []


@pytest.mark.parametrize("name", ["API.Branch.IO", "api.branch.io."])
def test_names_are_read_as_hosts_are(intercepted: BranchMock, name: str) -> None:
    answer = of_requests("GET", f"https://{name}/v1/url?branch_key=x")
    assert answer.status == 400
    assert intercepted.requests.count() == 1
