"""Sends webhooks: after the answer, never in its way (contract 9).

Deliveries for one address go out one after another, in the order in which they were made; those
for other addresses do not wait for them. Nothing here is waited for by a request or by the stop.
"""

import asyncio
import errno
import logging
import socket
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from functools import partial
from threading import Lock, Thread
from typing import Any

from aiohttp import (
    AddrInfoType,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from branch_mock.branch import Branch
from branch_mock.clock import Stopwatch
from branch_mock.compact_json import encode_text
from branch_mock.destinations import Destinations
from branch_mock.domain.webhooks import HEADERS, Attempt, Delivery, DeliveryState

TIMEOUT_SECONDS = 2.0
"""How long a receiver may take to answer."""

ATTEMPTS = 2
"""One, and one more when the first timed out."""

_CONCURRENT = 64
_STOP_SECONDS = 0.25
_REDIRECTS = range(300, 400)
_SUCCESSES = range(200, 300)

log = logging.getLogger(__name__)

_held: ContextVar[list[int] | None] = ContextVar("held_webhooks", default=None)


class _Hold:
    """Collects the deliveries that the code inside causes, and submits them when it is left."""

    __slots__ = ("_held", "_submit", "_token")

    def __init__(self, submit: Callable[[int], None]) -> None:
        self._submit = submit
        self._held: list[int] = []

    def __enter__(self) -> None:
        self._token = _held.set(self._held)

    def __exit__(self, *_: object) -> None:
        _held.reset(self._token)
        for id_ in self._held:
            self._submit(id_)


class Sender:
    """Sends the pending deliveries of one `Branch` from the event loop that it was started on.

    resolver: how host names become addresses; the system's way unless given. timeout: in seconds.
    """

    def __init__(
        self,
        branch: Branch,
        *,
        resolver: AbstractResolver | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        self._webhooks = branch.webhooks
        self._clock = branch.clock
        self._destinations = Destinations(branch.settings.webhook_allow)
        self._resolver = resolver or DaemonResolver()
        self._timeout = timeout
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots: asyncio.Semaphore
        self._queues: dict[str, deque[int]] = {}
        self._workers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Send what is pending, and from now on whatever comes to be."""
        with self._lock:
            self._loop = asyncio.get_running_loop()
        self._slots = asyncio.Semaphore(_CONCURRENT)
        self._webhooks.listener = self._notice
        self._webhooks.on_clear = self._give_up
        self._queue_pending()

    async def stop(self) -> None:
        """Cancel what is being sent; it stays pending in the log. Waits a quarter of a second."""
        with self._lock:
            self._loop = None
        self._webhooks.listener = self._webhooks.on_clear = None
        workers = self._cancel()
        if workers:
            _, late = await asyncio.wait(workers, timeout=_STOP_SECONDS)
            if late:
                log.warning("%d webhooks were still being cancelled at the stop", len(late))

    def hold(self) -> "_Hold":
        """Send nothing of what the code inside causes before it is left: the answer goes first."""
        return _Hold(self._submit)

    def _notice(self, delivery: Delivery) -> None:
        held = _held.get()
        if held is not None:
            held.append(delivery.id)
        else:
            self._submit(delivery.id)

    def _submit(self, id_: int) -> None:
        """From any thread. The loop comes to it when it has written the answer that it is at."""
        with self._lock:  # so that the loop cannot close in between
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._queue, id_)

    def _give_up(self) -> None:
        """From any thread: what a reset forgot is not to arrive after it."""
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._begin_again)

    def _begin_again(self) -> None:
        self._cancel()
        self._queue_pending()  # what came after the reset, but before this

    def _cancel(self) -> set[asyncio.Task[None]]:
        self._queues.clear()
        workers = set(self._workers)
        for worker in workers:
            worker.cancel()
        return workers

    def _queue_pending(self) -> None:
        for delivery in self._webhooks.all():
            if not delivery.finished:
                self._queue(delivery.id)

    def _queue(self, id_: int) -> None:
        delivery = self._webhooks.find(id_)
        if delivery is None or self._loop is None:
            return
        queue = self._queues.get(delivery.url)
        if queue is not None:
            queue.append(id_)
            return
        self._queues[delivery.url] = queue = deque([id_])
        worker = self._loop.create_task(self._work(delivery.url, queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, url: str, queue: deque[int]) -> None:
        try:
            while queue:
                async with self._slots:
                    await self._deliver(queue.popleft())
        finally:
            if self._queues.get(url) is queue:
                del self._queues[url]

    async def _deliver(self, id_: int) -> None:
        for number in range(1, ATTEMPTS + 1):
            delivery = self._webhooks.find(id_)
            if delivery is None or delivery.finished:
                return  # a reset forgot it
            attempt, timed_out = await self._attempt(delivery)
            state = DeliveryState.FAILED
            if attempt.error is None:
                state = DeliveryState.DELIVERED
            elif timed_out and number < ATTEMPTS:
                state = DeliveryState.PENDING
            self._webhooks.record(id_, attempt, state)
            if state is not DeliveryState.PENDING:
                log.info("webhook %d %s: %s", id_, state, attempt.error or attempt.status)
                return

    async def _attempt(self, delivery: Delivery) -> tuple[Attempt, bool]:
        """One request, and whether it took too long."""
        watch, at_ms, body = Stopwatch(), self._clock.now_ms(), ""

        def made(**outcome: Any) -> Attempt:
            ms = watch.ms()
            return Attempt(at_ms=at_ms, url=delivery.url, body=body, duration_ms=ms, **outcome)

        try:
            body = encode_text(delivery.body)
            status = await self._post(delivery.url, body.encode())
        except TimeoutError:
            error = f"no answer within {self._timeout:g} s"
            return made(error=error), True
        except (ClientError, OSError, ValueError) as failure:
            error = f"{type(failure).__name__}: {failure}"
            return made(error=error), False
        except Exception as bug:
            log.exception("webhook %d failed", delivery.id)
            error = f"a bug in branch_mock: {type(bug).__name__}: {bug}"
            return made(error=error), False
        except asyncio.CancelledError:
            cancelled = made(error="the server stopped")
            self._webhooks.record(delivery.id, cancelled, DeliveryState.PENDING)
            raise
        return made(status=status, error=_problem(status)), False

    async def _post(self, url: str, body: bytes) -> int:
        """The status of the answer; the rest of it is not read."""
        host = URL(url).raw_host or ""
        connector = TCPConnector(
            resolver=self._resolver,
            use_dns_cache=False,
            force_close=True,
            socket_factory=partial(self._open, host),
        )
        timeout = ClientTimeout(total=self._timeout)
        async with (
            ClientSession(
                connector=connector, timeout=timeout, cookie_jar=DummyCookieJar(), trust_env=False
            ) as session,
            session.post(url, data=body, headers=HEADERS, allow_redirects=False) as response,
        ):
            return response.status

    def _open(self, host: str, address: AddrInfoType) -> socket.socket:
        """A socket for one address that a host name led to, or that stood in its place."""
        family, kind, protocol, _, target = address
        if not self._destinations.allows(host, str(target[0])):
            raise PermissionError(
                errno.EACCES, f"{target[0]} is not allowed; the setting webhook_allow may name it"
            )
        return socket.socket(family, kind, protocol)


def _problem(status: int) -> str | None:
    if status in _SUCCESSES:
        return None
    if status in _REDIRECTS:
        return f"status {status}: redirects are not followed"
    return f"status {status}"


class DaemonResolver(AbstractResolver):
    """Asks the system in threads of its own, which no stop has to wait for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host name. Raises OSError."""
        found: Future[list[Any]] = Future()
        found.set_running_or_notify_cancel()
        Thread(target=_look_up, args=(found, host, port, family), daemon=True).start()
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=found_family,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for found_family, _, protocol, _, address in await asyncio.wrap_future(found)
        ]

    async def close(self) -> None:
        """Nothing is kept open."""


def _look_up(found: "Future[list[Any]]", host: str, port: int, family: int) -> None:
    try:
        found.set_result(socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
    except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits gets it
        found.set_exception(error)
