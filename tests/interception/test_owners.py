"""Whose code meets which emulator: threads, tasks, pools of threads, several at once."""

import asyncio
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import aiohttp
import pytest

from branch_mock import BranchMock, LeakError
from tests.interception.clients import TIMEOUT, Call, aiohttp_call, every_client, of_requests

API = "https://api.branch.io/v1/url"
LINK = "https://bnc.lt/test-link"


def follow() -> int:
    """Follow a link that every emulator has; the status."""
    return of_requests("GET", LINK).status


def joined(thread: threading.Thread) -> None:
    """Wait for its end."""
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def test_a_thread_belongs_to_the_test_that_started_it(mock: BranchMock, other: BranchMock) -> None:
    inner: list[int] = []

    def with_a_thread_of_its_own() -> None:
        thread = threading.Thread(target=lambda: inner.append(follow()))
        thread.start()
        joined(thread)

    with other.intercept():
        outer = threading.Thread(target=with_a_thread_of_its_own)
        outer.start()
        with mock.intercept():
            assert follow() == 307
            later = threading.Timer(0, with_a_thread_of_its_own)
            later.start()
            joined(later)
        joined(outer)
    assert inner == [307, 307]
    assert (mock.requests.count(), other.requests.count()) == (2, 1)


@every_client
def test_parallel_tests_do_not_see_each_other(
    mock: BranchMock, other: BranchMock, call: Call
) -> None:
    """Two threads take turns in one client, each with an emulator of its own."""
    both = threading.Barrier(2, timeout=TIMEOUT)
    failed: list[BaseException] = []

    def one(server: BranchMock, name: str) -> None:
        try:
            with server.intercept():
                for number in range(3):
                    both.wait()
                    body = {"branch_key": server.app.key, "alias": f"{name}-{number}"}
                    call("POST", API, body)
        except BaseException as error:
            failed.append(error)
            raise

    threads = [
        threading.Thread(target=one, args=(mock, "one")),
        threading.Thread(target=one, args=(other, "two")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        joined(thread)
    assert failed == []
    for server, name in ((mock, "one"), (other, "two")):
        aliases = [entry.body["alias"] for entry in server.requests.all()]
        assert aliases == [f"{name}-{number}" for number in range(3)]


async def test_tasks_of_one_loop_do_not_see_each_other(mock: BranchMock, other: BranchMock) -> None:
    both = asyncio.Barrier(2)

    async def one(server: BranchMock, session: aiohttp.ClientSession) -> None:
        with server.intercept():
            for _ in range(3):
                async with asyncio.timeout(TIMEOUT):
                    await both.wait()
                answer = await aiohttp_call(session, "POST", API, {"branch_key": server.app.key})
                assert answer.status == 200
                assert await asyncio.to_thread(follow) == 307
                loop = asyncio.get_running_loop()
                assert await loop.run_in_executor(None, follow) == 307

    async with aiohttp.ClientSession() as session:
        await asyncio.gather(one(mock, session), one(other, session))
    assert (mock.requests.count(), other.requests.count()) == (9, 9)


def test_a_pool_of_threads_from_before_serves_whoever_asks_it(
    mock: BranchMock, other: BranchMock
) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(int, "1").result(TIMEOUT) == 1
        for server in (mock, other, mock):
            with server.intercept():
                assert pool.submit(follow).result(TIMEOUT) == 307
    assert (mock.requests.count(), other.requests.count()) == (2, 1)


@contextmanager
def worker() -> Iterator[Callable[[Callable[[], object]], "Future[object]"]]:
    """A thread of a program's own that does what is put into its queue."""
    tasks: queue.Queue[tuple[Callable[[], object], Future[object]] | None] = queue.Queue()

    def work() -> None:
        for function, result in iter(tasks.get, None):
            try:
                result.set_result(function())
            except BaseException as error:  # noqa: BLE001 - raised where it is asked for
                result.set_exception(error)

    def ask(function: Callable[[], object]) -> "Future[object]":
        result: Future[object] = Future()
        tasks.put((function, result))
        return result

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield ask
    finally:
        tasks.put(None)
        joined(thread)


def test_a_thread_from_before_meets_the_only_one_that_intercepts(
    mock: BranchMock, other: BranchMock
) -> None:
    with worker() as ask:
        for server in (mock, other):
            with server.intercept():
                assert ask(follow).result(TIMEOUT) == 307
    assert (mock.requests.count(), other.requests.count()) == (1, 1)


def test_a_thread_that_an_earlier_test_started_meets_the_next_one(
    mock: BranchMock, other: BranchMock
) -> None:
    with other.intercept():
        running = worker()
        ask = running.__enter__()
        assert ask(follow).result(TIMEOUT) == 307
    try:
        with mock.intercept():
            assert ask(follow).result(TIMEOUT) == 307
    finally:
        running.__exit__(None, None, None)
    assert (mock.requests.count(), other.requests.count()) == (1, 1)


@contextmanager
def in_another_thread(server: BranchMock) -> Iterator[None]:
    """While somebody else intercepts."""
    begun, over = threading.Event(), threading.Event()

    def intercept() -> None:
        with server.intercept():
            begun.set()
            over.wait(TIMEOUT)

    thread = threading.Thread(target=intercept)
    thread.start()
    try:
        assert begun.wait(TIMEOUT)
        yield
    finally:
        over.set()
        joined(thread)


def test_a_thread_from_before_is_refused_where_several_intercept(
    mock: BranchMock, other: BranchMock
) -> None:
    with worker() as ask, in_another_thread(other), mock.intercept():
        error = ask(follow).exception(TIMEOUT)
        assert isinstance(error, LeakError)
        assert error.host == "bnc.lt"
        assert "2 tests intercept it just now" in error.reason
        assert error.call_site.startswith(f"{__file__.replace('test_owners', 'clients')}:")
        assert follow() == 307
    assert (mock.requests.count(), other.requests.count()) == (1, 0)


def test_a_nested_one_is_in_front_of_the_outer_one(mock: BranchMock, other: BranchMock) -> None:
    with worker() as ask, other.intercept():
        assert follow() == 307
        with mock.intercept():
            assert follow() == 307
            assert ask(follow).result(TIMEOUT) == 307
        assert follow() == 307
    assert (mock.requests.count(), other.requests.count()) == (2, 2)


def test_an_address_that_was_kept_from_an_earlier_test_is_refused(
    mock: BranchMock, other: BranchMock
) -> None:
    with other.intercept():
        address = socket.gethostbyname("api.branch.io")
        assert address in socket.gethostbyname_ex("api.branch.io")[2]
        with socket.create_connection((address, 443), timeout=TIMEOUT) as sock:
            assert sock.getpeername()[0] == "127.0.0.1"
    with mock.intercept(), pytest.raises(LeakError, match="in a test that has ended"):
        socket.create_connection((address, 443), timeout=TIMEOUT)
