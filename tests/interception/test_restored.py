"""Afterwards everything is as it was, whatever happened meanwhile."""

import functools
import http.client
import socket
import ssl
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import aiohttp
import httpx
import pytest
import requests

from branch_mock import BranchMock, BranchMockError, SettingsError
from branch_mock.interception import hooks
from branch_mock.proxy import Limits
from tests.interception.clients import ALL, TIMEOUT, Call

HANDSHAKE_SECONDS = Limits().handshake_seconds
OWNERS: tuple[Any, ...] = (
    socket,
    socket.socket,
    ssl.SSLContext,
    ssl.SSLSocket,
    ssl.SSLObject,
    threading.Thread,
    ThreadPoolExecutor,
    http.client.HTTPConnection,
    urllib.request.Request,
    requests.adapters.HTTPAdapter,
    httpx.HTTPTransport,
    httpx.AsyncHTTPTransport,
    aiohttp.BaseConnector,
    aiohttp.TCPConnector,
)


def names() -> list[Mapping[str, object]]:
    """Everything that modules and classes have of their own."""
    return [dict(vars(owner)) for owner in OWNERS]


@pytest.fixture
def untouched() -> Iterator[None]:
    """Nothing is another than before."""
    before = names()
    yield
    assert names() == before


@pytest.mark.usefixtures("untouched")
def test_everything_is_put_back(mock: BranchMock) -> None:
    before = names()
    with mock.intercept():
        assert names() != before


@pytest.mark.usefixtures("untouched")
def test_even_when_the_test_fails(mock: BranchMock) -> None:
    with pytest.raises(ZeroDivisionError), mock.intercept():
        raise ZeroDivisionError
    assert mock.links.create(alias="one") == f"{mock.url}/one"


@pytest.mark.usefixtures("untouched")
def test_the_last_one_puts_it_back(mock: BranchMock, other: BranchMock) -> None:
    """Whatever the order they end in."""
    first, second = mock.intercept(), other.intercept()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert requests.get("https://bnc.lt/test-link", allow_redirects=False, timeout=TIMEOUT)
    second.__exit__(None, None, None)
    assert (mock.requests.count(), other.requests.count()) == (0, 1)


def test_what_others_have_wrapped_meanwhile_stays(mock: BranchMock) -> None:
    kept = socket.getaddrinfo
    with mock.intercept():
        theirs = functools.partial(socket.getaddrinfo)
        socket.getaddrinfo = theirs
    try:
        assert socket.getaddrinfo is theirs
        assert socket.getaddrinfo("127.0.0.1", 80)[0][4] == ("127.0.0.1", 80)
    finally:
        socket.getaddrinfo = kept
    assert socket.getaddrinfo is kept


def test_only_public_names_are_wrapped() -> None:
    """Every hook is a function or method that its library documents, none with a leading `_`."""
    table = [*hooks._HOOKS, *hooks._of_libraries()]
    assert len(table) > 12
    for hook in table:
        assert not hook.name.startswith("_")
        assert callable(getattr(hook.owner, hook.name))
        module = sys.modules[getattr(hook.owner, "__module__", "socket")]
        assert not any(part.startswith("_") for part in module.__name__.split(".")[:1])


@pytest.mark.parametrize("call", ALL, ids=lambda call: call.__name__)
def test_no_client_reaches_the_emulator_afterwards(
    mock: BranchMock, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mock.intercept():
        assert call("GET", "https://bnc.lt/test-link", None).status == 307
    monkeypatch.setattr(socket, "getaddrinfo", _no_such_name)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - each client has its own
        call("GET", "https://bnc.lt/test-link", None)
    assert not isinstance(caught.value, BranchMockError)
    assert mock.requests.count() == 1


def _no_such_name(*_: object, **__: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "no such name here")


def test_it_needs_a_running_emulator() -> None:
    with pytest.raises(BranchMockError, match="is not running"), BranchMock(port=0).intercept():
        pass


def test_it_can_be_had_again_after_a_restart(mock: BranchMock) -> None:
    for _ in range(2):
        with mock.intercept():
            url = "https://bnc.lt/test-link"
            assert requests.get(url, allow_redirects=False, timeout=TIMEOUT).status_code == 307
        mock.stop()
        mock.start()


def test_without_the_extra_the_error_says_what_to_install(
    mock: BranchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    from branch_mock.interception import authority  # noqa: PLC0415 - it is taken anew

    authority.authority.cache_clear()
    for name in [name for name in sys.modules if name.startswith("branch_mock.tls.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    before = names()
    with (
        pytest.raises(SettingsError, match=r"pip install 'branch-mock\[tls\]'"),
        mock.intercept(),
    ):
        pass
    assert names() == before


def test_a_client_that_has_not_agreed_on_tls_is_hung_up_on(mock: BranchMock) -> None:
    with mock.intercept():
        begun = socket.create_connection(("bnc.lt", 443), TIMEOUT)
        begun.sendall(b"\x16\x03")  # the beginning of a handshake
        begun.settimeout(HANDSHAKE_SECONDS / 2)
    with begun, suppress(ConnectionResetError):
        assert begun.recv(1) == b""
