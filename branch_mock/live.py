"""Live events: what happens, told to whoever listens while it does (contract 12).

All listeners read one bounded history, each at its own place: a slow one holds nobody up and costs
no memory, and one that comes back tells where it was. Who falls behind is told how much it missed.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from itertools import starmap
from threading import Lock
from typing import Any, NamedTuple

from branch_mock.compact_json import encode_text

MAX_EVENTS = 1000
MAX_BYTES = 8 * 1024 * 1024
"""Of what the events that are kept are about, as far as it is known."""

KEEP_ALIVE_SECONDS = 15.0
KINDS = ("request", "webhook", "click", "reward", "reset", "state", "clock")
View = Callable[[], Mapping[str, Any]]


class LiveEvent(NamedTuple):
    """One event. view: what it says, asked for only when somebody listens. size: bytes that it
    keeps from being freed."""

    id: int
    kind: str
    view: View
    size: int

    def message(self) -> bytes:
        """As a server-sent event."""
        data = encode_text(self.view())
        return f"id: {self.id}\nevent: {self.kind}\ndata: {data}\n\n".encode()


class _Listener:
    """Somebody who waits on an event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self.ended = False

    def wake(self) -> None:
        """From any thread."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    async def wait(self) -> bool:
        """Whether there was news before it was time for a sign of life."""
        try:
            await asyncio.wait_for(self._news.wait(), KEEP_ALIVE_SECONDS)
        except TimeoutError:
            return False
        self._news.clear()
        return True


class Live:
    """The last 1,000 events of one emulator, fewer where they are big, and who listens.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._history: deque[tuple[int, str, View, int]] = deque()
        self._bytes = 0
        self._listeners: set[_Listener] = set()
        self._lock = Lock()
        self._last = 0

    def publish(self, kind: str, view: View, size: int = 0) -> None:
        """Tell an event to whoever listens, now or later. size: bytes that it keeps from being
        freed."""
        with self._lock:
            self._last += 1
            self._history.append((self._last, kind, view, size))
            self._bytes += size
            while self._bytes > MAX_BYTES or len(self._history) > MAX_EVENTS:
                _, _, _, freed = self._history.popleft()
                self._bytes -= freed
            for listener in self._listeners:
                listener.wake()

    def end(self) -> None:
        """Let every listener come to its end: the server stops."""
        with self._lock:
            for listener in self._listeners:
                listener.ended = True
                listener.wake()

    async def listen(
        self, after: int | None = None, kinds: Collection[str] = KINDS
    ) -> AsyncIterator[bytes]:
        """Server-sent events of those kinds until `end`: what comes, and before that what came
        after the event with the id `after`, as far as it is kept."""
        listener = _Listener()
        with self._lock:
            self._listeners.add(listener)
            place = self._last if after is None else min(after, self._last)
        try:
            yield b": branch_mock\n\n"
            while True:
                ended = listener.ended  # what came before the end is told still
                for event in self._after(place):
                    if event.id > place + 1:
                        yield f"event: missed\ndata: {event.id - place - 1}\n\n".encode()
                    place = event.id
                    if event.kind in kinds:
                        yield event.message()
                if ended:
                    return
                if not await listener.wait():
                    yield b": still here\n\n"
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _after(self, place: int) -> list[LiveEvent]:
        with self._lock:
            return [event for event in starmap(LiveEvent, self._history) if event.id > place]
