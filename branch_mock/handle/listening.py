"""Live events, for Python code (contract 12)."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, aclosing
from threading import Lock
from types import TracebackType
from typing import Any, Self
from weakref import finalize

from branch_mock.errors import BranchMockError, WaitTimedOut
from branch_mock.handle.body import as_sent
from branch_mock.handle.requests import WAIT_SECONDS
from branch_mock.handle.server_sent import ServerSentEvent, event_of
from branch_mock.loops import LoopThread
from branch_mock.validation import schema_of

_OPEN_SECONDS = 10.0
_END = b"\n\n"
_Seen = Callable[[ServerSentEvent], ServerSentEvent | None]
"""An event as its listener is to see it; None for one that is not for it."""


class _Stream:
    """Server-sent events, on the loop on which it was opened."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], timeout: float, seen: _Seen) -> None:
        self._blocks = _blocks(chunks)
        self._timeout = timeout
        self._seen = seen
        self._reading: asyncio.Task[bytes | None] | None = None
        self._closed = False

    async def open(self) -> None:
        """Come to the greeting: whatever happens from now on will be told."""
        try:
            await self._block(_OPEN_SECONDS)
        except BaseException as error:
            await self.close()
            if isinstance(error, WaitTimedOut):
                reason = f"the server did not answer within {_OPEN_SECONDS:g} s"
                raise BranchMockError(f"no live events: {reason}") from None
            raise

    async def next(self) -> ServerSentEvent | None:
        """The next event; None at the end. Raises WaitTimedOut; one may go on then."""
        now = asyncio.get_running_loop().time
        end = now() + self._timeout
        while True:
            block = await self._block(end - now())
            if block is None:
                await self.close()
                return None
            event = event_of(block.decode().split("\n"))
            seen = None if event is None else self._seen(event)
            if seen is not None:
                return seen

    async def _block(self, seconds: float) -> bytes | None:
        """What is read is kept for the next call where it does not come in time."""
        if self._closed:
            return None
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._read())
        reading = self._reading
        await asyncio.wait({reading}, timeout=max(seconds, 0))
        if not reading.done():
            raise WaitTimedOut(f"no live event came within {self._timeout:g} s")
        self._reading = None
        return None if reading.cancelled() else reading.result()

    async def _read(self) -> bytes | None:
        return await anext(self._blocks, None)

    async def close(self) -> None:
        """Listen no more; whoever waits comes to the end. A second time does nothing."""
        if self._closed:
            return
        self._closed = True
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait({reading})
            if not reading.cancelled():
                reading.exception()  # nobody is there any more to be told
        await self._blocks.aclose()


async def _blocks(chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    rest = b""
    async with aclosing(chunks):
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(_END)
            for block in whole:
                yield block


class Listener(AbstractContextManager["Listener"], Iterator[ServerSentEvent]):
    """Live events as they come, from when it was made: iterate, or call `next()`.

    Each is waited for as long as `timeout` says; then WaitTimedOut is raised, which is a
    TimeoutError, and one may go on. The iteration ends when the server stops or `close` is called,
    from any thread. Raises BranchMockError when a server elsewhere does not answer any more.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream
        self._thread = LoopThread("branch_mock events")
        self._forgotten = finalize(self, self._thread.ask_to_stop)
        self._lock = Lock()
        try:
            self._thread.submit(stream.open()).result()
        except BaseException:
            self.close()
            raise

    def __next__(self) -> ServerSentEvent:
        with self._lock:  # nothing is handed to a thread that has ended
            alive = self._forgotten.alive
            coming = self._thread.submit(self._stream.next()) if alive else None
        event = None if coming is None else coming.result()
        if event is None:
            self.close()
            raise StopIteration
        return event

    def close(self) -> None:
        """Listen no more. The end of `with` does so; a second time does nothing."""
        with self._lock:
            alive = self._forgotten.detach() is not None
        if alive:
            try:
                self._thread.call(self._stream.close())
            finally:
                self._thread.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class AsyncListener(AbstractAsyncContextManager["AsyncListener"]):
    """Live events as they come, for async code, from `async with` on: iterate, or `await anext()`.

    Timeouts, the end and what is raised are as for `Listener`.
    """

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ServerSentEvent:
        event = await self._stream.next()
        if event is None:
            raise StopAsyncIteration
        return event

    async def aclose(self) -> None:
        """Listen no more. The end of `async with` does so; a second time does nothing."""
        await self._stream.close()

    async def __aenter__(self) -> Self:
        await self._stream.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()


class Listens(ABC):
    """Something whose live events can be listened to."""

    @abstractmethod
    def _chunks(self, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """Server-sent events for the checked query of GET /_mock/events."""

    def _seen(self, event: ServerSentEvent) -> ServerSentEvent | None:
        """An event as the listener is to see it; None for one that is not for it."""
        return event

    def listen(
        self,
        kinds: str | Iterable[str] | None = None,
        *,
        after: int | None = None,
        timeout: float = WAIT_SECONDS,
    ) -> Listener:
        """Live events from now on, as GET /_mock/events tells them: use it in `with`.

        kinds: some of request, webhook, click, reward, reset, state and clock; all unless given.
        after: first what came after the event of that id, of the last 1,000. timeout: for how many
        seconds each next one is waited for. Raises InvalidRequest. Blocks the calling thread: where
        what is to happen runs on the event loop of the test, use `listen_async`.
        """
        return Listener(self._stream(kinds, after, timeout))

    def listen_async(
        self,
        kinds: str | Iterable[str] | None = None,
        *,
        after: int | None = None,
        timeout: float = WAIT_SECONDS,
    ) -> AsyncListener:
        """The same for async code, in `async with`: the event loop of the caller goes on
        meanwhile. Raises InvalidRequest."""
        return AsyncListener(self._stream(kinds, after, timeout))

    def _stream(
        self, kinds: str | Iterable[str] | None, after: int | None, timeout: float
    ) -> _Stream:
        several = kinds if kinds is None or isinstance(kinds, str) else list(kinds)
        sent = as_sent({"kinds": several, "after": after})
        query, _ = schema_of("control/events.json").check({}, sent, {})
        return _Stream(self._chunks(query), timeout, self._seen)
