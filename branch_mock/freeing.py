"""Frees large tables aside, so that who resets need not wait until 10,000 links are freed."""

from collections import deque
from collections.abc import Sequence
from threading import Condition, Event, Thread
from typing import Any

Tables = Sequence[dict[Any, Any]]

_FREED_AT_ONCE = 2000
_SLICE = 200
_PAUSE_SECONDS = 0.0002
_IDLE_SECONDS = 5.0


class Freer:
    """Frees tables in a thread of its own, which nobody has to wait for.

    The thread is there while there is something to free, and `idle_seconds` longer: a test suite
    resets again at once, and to start a thread costs a good part of what a reset does.
    """

    def __init__(self, idle_seconds: float = _IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._pending: deque[Tables] = deque()
        self._changed = Condition()
        self._thread: Thread | None = None

    @property
    def thread(self) -> Thread | None:
        """The thread, while there is one."""
        return self._thread

    def add(self, tables: Tables) -> None:
        """Free tables that nothing uses any more."""
        with self._changed:
            self._pending.append(tables)
            if self._thread is None or not self._thread.is_alive():  # which it is not after a fork
                self._thread = Thread(target=self._run, name="branch_mock freeing", daemon=True)
                self._thread.start()
            else:
                self._changed.notify_all()

    def wait(self, timeout: float) -> bool:
        """Whether all of them are freed within so many seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._pending, timeout)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._pending, self._idle_seconds):
                    self._thread = None
                    return
                tables = self._pending[0]
            _free(tables)
            with self._changed:
                self._pending.popleft()
                self._changed.notify_all()


def _free(tables: Tables) -> None:
    """In slices, so that other threads get the interpreter in between."""
    pause = Event()
    for table in tables:
        while table:
            pause.wait(_PAUSE_SECONDS)
            for _ in range(min(_SLICE, len(table))):
                table.popitem()


_freer = Freer()


def discard(tables: Tables) -> None:
    """Free tables that nothing uses any more; large ones aside, nobody has to wait for it."""
    if sum(map(len, tables)) > _FREED_AT_ONCE:
        _freer.add(tables)


def wait_until_freed(timeout: float) -> bool:
    """Whether everything that was discarded is freed within `timeout` seconds."""
    return _freer.wait(timeout)
