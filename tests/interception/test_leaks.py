"""While Branch's hosts are intercepted nothing reaches Branch itself; the error names the call."""

import asyncio
import http.client
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests
import urllib3

from branch_mock import BranchMock, LeakError
from branch_mock.tls import Authority
from tests.interception.clients import TIMEOUT, aiohttp_call

LINK = "https://bnc.lt/test-link"


class Proxy:
    """A proxy that notes who connects, and lets nobody through."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.sent: list[bytes] = []
        self._listener = listener
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            with self._listener.accept()[0] as sock:
                sock.settimeout(TIMEOUT)
                first = sock.recv(1000)
                if first == b"end":
                    return
                self.sent.append(first)
                sock.sendall(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def end(self) -> None:
        """Stop it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT) as sock:
            sock.sendall(b"end")
        self._thread.join(TIMEOUT)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """Nothing of Branch's is ever asked of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(listener)
        yield proxy
        proxy.end()
    assert not [sent for sent in proxy.sent if b"bnc.lt" in sent or b"branch.io" in sent]


@pytest.fixture
def proxied(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """The environment of somebody behind a proxy."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return proxy


@contextmanager
def refused(mock: BranchMock, reason: str) -> Iterator[None]:
    """The block is refused; the error names its line, and is kept."""
    with pytest.raises(LeakError) as caught:
        yield
    file, _, line = caught.value.call_site.rpartition(":")
    assert file == __file__
    (here,) = [entry for entry in caught.traceback if entry.path == Path(__file__)][-1:]
    assert int(line) == here.lineno + 1
    assert reason in caught.value.reason
    assert str(caught.value).startswith(f"{caught.value.call_site} must not reach ")
    assert mock.leaks == [caught.value]
    mock.leaks.clear()


# Proxies are for others


@pytest.mark.parametrize("url", [LINK, LINK.replace("https", "http")])
@pytest.mark.usefixtures("proxied")
def test_proxies_of_the_environment_are_left_out_of_it(intercepted: BranchMock, url: str) -> None:
    assert requests.get(url, allow_redirects=False, timeout=TIMEOUT).status_code == 307
    with httpx.Client() as client:
        assert client.get(url).status_code == 307
    request = urllib.request.Request(url, headers={"User-Agent": "Twitterbot/1.0"})
    opener = urllib.request.build_opener()  # urlopen would keep the proxies for good
    with opener.open(request, timeout=TIMEOUT) as reply:
        assert reply.status == 200
    assert intercepted.requests.count() == 3


@pytest.mark.parametrize("url", [LINK, LINK.replace("https", "http")])
@pytest.mark.usefixtures("proxied")
async def test_and_so_they_are_on_a_loop(intercepted: BranchMock, url: str) -> None:
    async with aiohttp.ClientSession(trust_env=True) as session, httpx.AsyncClient() as client:
        assert (await aiohttp_call(session, "GET", url)).status == 307
        assert (await client.get(url)).status_code == 307
    assert intercepted.requests.count() == 2


def test_others_still_go_through_the_proxy(intercepted: BranchMock, proxied: Proxy) -> None:
    reply = requests.get("http://example.test/", timeout=TIMEOUT)
    assert reply.status_code == 502
    assert proxied.sent[0].startswith(b"GET http://example.test/ ")
    assert intercepted.leaks == []


def test_a_proxy_that_a_program_asks_itself_is_refused(
    intercepted: BranchMock, proxy: Proxy
) -> None:
    with urllib3.ProxyManager(proxy.url, retries=False) as pool:
        with refused(intercepted, f"the way goes by 127.0.0.1 port {proxy.port}"):
            pool.request("GET", LINK)
        with refused(intercepted, f"the way goes by 127.0.0.1 port {proxy.port}"):
            pool.request("GET", LINK.replace("https", "http"))
    connection = http.client.HTTPSConnection("127.0.0.1", proxy.port, timeout=TIMEOUT)
    with refused(intercepted, "the way goes by"):
        connection.set_tunnel("bnc.lt")


# Connections that lead elsewhere


def test_a_handshake_on_any_other_connection_is_refused(
    intercepted: BranchMock, proxy: Proxy
) -> None:
    context = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=TIMEOUT) as sock:
        with refused(intercepted, f"the connection goes to 127.0.0.1 port {proxy.port}"):
            context.wrap_socket(sock, server_hostname="api.branch.io")
        sock.sendall(b"x")


async def test_on_a_loop_such_a_handshake_fails(intercepted: BranchMock, tmp_path: Path) -> None:
    """With what has a certificate that everybody else trusts, as the real Branch has."""
    real = Authority.open(tmp_path / "real")
    everybody = ssl.create_default_context(cadata=real.certificate_pem)
    server = await asyncio.start_server(_unasked, "127.0.0.1", 0, ssl=real.context())
    async with server:
        where = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(
            *where, ssl=everybody, server_hostname="localhost"
        )
        writer.close()
        await writer.wait_closed()
        with pytest.raises(ssl.SSLCertVerificationError):
            await asyncio.get_running_loop().create_connection(
                asyncio.Protocol, *where, ssl=everybody, server_hostname="api.branch.io"
            )
    assert intercepted.requests.all() == []


@contextmanager
def real_branch(folder: Path) -> Iterator[tuple[tuple[str, int], ssl.SSLContext]]:
    """What listens with a certificate that everybody trusts, and hears nothing; where, and who."""
    authority = Authority.open(folder / "real")
    heard: list[bytes] = []

    def serve(sock: socket.socket) -> None:
        with authority.context().wrap_socket(sock, server_side=True) as secure:
            heard.append(secure.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=lambda: serve(listener.accept()[0]))
        thread.start()
        yield listener.getsockname(), ssl.create_default_context(cadata=authority.certificate_pem)
        thread.join(TIMEOUT)
    assert heard == [b""]


def test_a_connection_from_before_is_refused(mock: BranchMock, tmp_path: Path) -> None:
    """Whoever has kept it, of whatever library."""
    with (
        real_branch(tmp_path) as (where, everybody),
        socket.create_connection(where, timeout=TIMEOUT) as plain,
        everybody.wrap_socket(plain, server_hostname="api.branch.io") as kept,
        mock.intercept(),
    ):
        with refused(mock, "the connection is older than the interception"):
            kept.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with refused(mock, "the connection is older than the interception"):
            kept.send(b"GET / HTTP/1.1\r\n\r\n")


async def test_on_a_loop_it_is_cut(mock: BranchMock, tmp_path: Path) -> None:
    with real_branch(tmp_path) as (where, everybody):
        reader, writer = await asyncio.open_connection(
            *where, ssl=everybody, server_hostname="api.branch.io"
        )
        told: list[object] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        with mock.intercept():
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            with pytest.raises(LeakError):
                await asyncio.wait_for(reader.read(), TIMEOUT)
        with pytest.raises(LeakError):
            await writer.wait_closed()
        assert told == mock.leaks
        assert [leak.host for leak in mock.leaks] == ["api.branch.io"]


async def _unasked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("port", [8443, 22])
def test_other_ports_are_refused(intercepted: BranchMock, port: int) -> None:
    reason = f"the emulator stands for the ports 80 and 443, not for {port}"
    with refused(intercepted, reason):
        requests.get(f"https://api.branch.io:{port}/", timeout=TIMEOUT)
    with refused(intercepted, reason):
        httpx.get(f"https://api.branch.io:{port}/")
    with refused(intercepted, reason), socket.socket() as sock:
        sock.connect(("api.branch.io", port))
    with refused(intercepted, reason), socket.socket() as sock:
        sock.connect_ex(("api.branch.io", port))


async def test_and_so_they_are_for_aiohttp(intercepted: BranchMock) -> None:
    async with aiohttp.ClientSession() as session:
        with refused(intercepted, "not for 8443"):
            await session.get("https://api.branch.io:8443/")


def test_no_name_is_ever_looked_up(intercepted: BranchMock) -> None:
    infos = socket.getaddrinfo("www.branch.io", "https", type=socket.SOCK_STREAM)
    family, _, _, _, address = infos[0]
    assert (len(infos), family, address[1]) == (1, socket.AF_INET, 443)
    assert str(address[0]).startswith("127.")
    assert socket.gethostbyname("WWW.branch.io.") == address[0]
    assert socket.gethostbyname_ex("www.branch.io")[2] == [address[0]]
    assert socket.gethostbyname("app.link") != address[0]
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("api.branch.io", 443, socket.AF_INET6)
    assert intercepted.leaks == []


# What a test hears of it


def test_what_a_program_swallows_is_told_by_check(intercepted: BranchMock) -> None:
    try:
        requests.get("https://api.branch.io:8443/", timeout=TIMEOUT)
    except Exception:  # noqa: BLE001 - as programs do that report what happens to Branch
        swallowed = True
    assert swallowed
    with pytest.raises(AssertionError, match=r"test_leaks\.py:\d+ must not reach api\.branch\.io"):
        intercepted.check()
    intercepted.check(ignore=("leaks",))
