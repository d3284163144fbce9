"""What is wrapped while anything is intercepted: the table of it, putting on and taking off."""

import functools
import http.client
import socket
import ssl
import urllib.request
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from threading import RLock, Thread
from typing import Any, NamedTuple

from branch_mock.interception import http_client, sockets, threads
from branch_mock.interception.interceptions import Interception, any_active, begin, end

Function = Callable[..., Any]


class Hook(NamedTuple):
    """A function or method, and what makes its wrapper out of it."""

    owner: Any
    name: str
    wrapper: Callable[[Function], Function]


class _Worn(NamedTuple):
    """A wrapper that is in place, and what it took the place of."""

    owner: Any
    name: str
    wrapper: Function
    original: Any


_HOOKS = (
    Hook(socket, "getaddrinfo", sockets.resolving),
    Hook(socket, "gethostbyname", sockets.resolving),
    Hook(socket, "gethostbyname_ex", sockets.resolving),
    Hook(socket.socket, "connect", sockets.connecting),
    Hook(socket.socket, "connect_ex", sockets.connecting),
    Hook(ssl.SSLContext, "wrap_socket", sockets.wrapping),
    Hook(ssl.SSLContext, "wrap_bio", sockets.wrapping),
    Hook(ssl.SSLSocket, "send", sockets.writing),
    Hook(ssl.SSLObject, "write", sockets.writing),
    Hook(Thread, "start", threads.starting),
    Hook(ThreadPoolExecutor, "submit", threads.submitting),
    Hook(http.client.HTTPConnection, "putrequest", http_client.putting_request),
    Hook(http.client.HTTPConnection, "set_tunnel", http_client.tunnelling),
    Hook(urllib.request.Request, "set_proxy", http_client.setting_proxy),
)
_INHERITED = object()
_LOCK = RLock()
_worn: list[_Worn] = []


@contextmanager
def intercepting(interception: Interception) -> Iterator[None]:
    """Inside, code that belongs to the interception meets its emulator at Branch's hosts.

    Raises LeakError there instead of letting anything through to Branch.
    """
    with _LOCK:
        if not any_active():
            _put_on()
        begin(interception)
    try:
        yield
    finally:
        with _LOCK:
            end(interception)
            if not any_active():
                _take_off()


def _put_on() -> None:
    for hook in (*_HOOKS, *_of_libraries()):
        original = getattr(hook.owner, hook.name)
        wrapper = functools.wraps(original)(hook.wrapper(original))
        kept = vars(hook.owner).get(hook.name, _INHERITED)
        setattr(hook.owner, hook.name, wrapper)
        _worn.append(_Worn(hook.owner, hook.name, wrapper, kept))


def _take_off() -> None:
    """Put everything back, but for what others have wrapped meanwhile: by itself a wrapper lets
    everything pass."""
    while _worn:
        owner, name, wrapper, original = _worn.pop()
        if vars(owner).get(name) is not wrapper:
            continue
        if original is _INHERITED:
            delattr(owner, name)
        else:
            setattr(owner, name, original)


def _of_libraries() -> Iterator[Hook]:
    """The hooks of clients that are installed."""
    from branch_mock.interception import aiohttp_client  # noqa: PLC0415 - what it costs is big

    yield Hook(import_module("aiohttp").BaseConnector, "connect", aiohttp_client.connecting)
    if _has("requests"):
        adapter = import_module("requests.adapters").HTTPAdapter
        yield Hook(adapter, "send", http_client.sending)
    if _has("httpx"):
        from branch_mock.interception import httpx_client  # noqa: PLC0415 - it may not be there

        httpx = import_module("httpx")
        yield Hook(httpx.HTTPTransport, "handle_request", httpx_client.handling)
        yield Hook(httpx.AsyncHTTPTransport, "handle_async_request", httpx_client.handling_async)


def _has(library: str) -> bool:
    """Whether a library can be imported; what it warns of is for those who use it."""
    if find_spec(library) is None:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import_module(library)
    return True
