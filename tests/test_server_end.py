"""Nothing is left behind when a server stops, whatever its clients are doing."""

import asyncio
import gc
import socket
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web

from branch_mock import BranchMock, SettingsError
from branch_mock.clock import Stopwatch
from branch_mock.handler import Handler
from tests.client import TIMEOUT

ROUNDS = 50
STOP_MS = 1000


def used() -> tuple[int, list[str]]:
    """How many file descriptors are open, and which threads run."""
    gc.collect()
    descriptors = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return descriptors, sorted(thread.name for thread in threading.enumerate())


@contextmanager
def nothing_left() -> Iterator[None]:
    """Fail when the block leaves a descriptor, a thread or a warning behind."""
    with BranchMock() as mock:  # what the first use loads for good
        answer(mock)
    before = used()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
        after = used()
    assert after == before
    assert [str(warning.message) for warning in caught] == []


def connect(mock: BranchMock) -> socket.socket:
    parts = urlsplit(mock.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT)


def read_reply(sock: socket.socket) -> bytes:
    """What comes until a whole reply to `GET /_mock/health` is there."""
    got = b""
    while b'"}' not in got:
        chunk = sock.recv(4096)
        assert chunk, "the server closed the connection"
        got += chunk
    return got


def answer(mock: BranchMock) -> None:
    """One request on a connection that is closed then."""
    with connect(mock) as sock:
        sock.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in read_reply(sock)


@contextmanager
def silent(mock: BranchMock) -> Iterator[None]:
    """A client that connects and says nothing."""
    with connect(mock):
        yield


@contextmanager
def kept_alive(mock: BranchMock) -> Iterator[None]:
    """A client that keeps its connection after a reply."""
    with connect(mock) as sock:
        sock.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in read_reply(sock)
        yield


@contextmanager
def half_sent(mock: BranchMock) -> Iterator[None]:
    """A client whose request the server is reading."""
    with connect(mock) as sock:
        sock.sendall(b"POST /v1/url HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n")
        sock.sendall(b"Expect: 100-continue\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100")
        sock.sendall(b"{")
        yield


def test_fifty_starts_and_stops_leave_nothing() -> None:
    with nothing_left():
        for _ in range(ROUNDS):
            with BranchMock() as mock:
                answer(mock)


def test_fifty_starts_and_stops_on_a_loop_leave_nothing() -> None:
    async def rounds() -> None:
        for _ in range(ROUNDS):
            async with BranchMock() as mock:
                assert mock.url
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with nothing_left():
        asyncio.run(rounds())


def test_servers_that_are_never_started_leave_nothing() -> None:
    with nothing_left():
        for _ in range(ROUNDS):
            BranchMock().stop()


def test_starts_that_fail_leave_nothing() -> None:
    with nothing_left(), BranchMock() as mock:
        port = int(mock.url.rpartition(":")[2])
        for _ in range(ROUNDS):
            with pytest.raises(SettingsError):
                BranchMock(port=port).start()


@pytest.mark.parametrize("client", [silent, kept_alive, half_sent])
def test_stopping_is_bounded_and_leaves_nothing_whatever_a_client_does(
    client: Callable[[BranchMock], AbstractContextManager[None]],
) -> None:
    with nothing_left():
        mock = BranchMock().start()
        with client(mock):
            watch = Stopwatch()
            mock.stop()
            assert watch.ms() < STOP_MS
        assert mock.failures == []


async def test_stopping_on_a_loop_leaves_the_loop_free_meanwhile() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0.001)

    mock = BranchMock()
    await mock.__aenter__()
    with half_sent(mock):
        ticking = asyncio.create_task(tick())
        before = ticks
        await mock.__aexit__(None, None, None)
        assert ticks > before + 10
        ticking.cancel()
        await asyncio.wait([ticking], timeout=TIMEOUT)


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_handler_that_never_ends_does_not_keep_the_server(
    monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    reached = threading.Semaphore(0)

    async def hang(*_: object) -> web.StreamResponse:
        reached.release()
        await asyncio.Event().wait()
        return web.Response()

    with nothing_left():
        mock = BranchMock()
        monkeypatch.setattr(Handler, "handle", hang)
        mock.start()
        with ExitStack() as clients:
            for _ in range(rounds):
                sock = clients.enter_context(connect(mock))
                sock.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
                assert reached.acquire(timeout=TIMEOUT)
            watch = Stopwatch()
            mock.stop()
            assert watch.ms() < STOP_MS
