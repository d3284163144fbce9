"""How long a connection waits for the head of its first request, and for the one after a request
that went the short way (contract 3).

aiohttp bounds the time after the requests that it reads, and `Settings.request_timeout` the time
that a body takes; nobody else would ever hang up on a client that begins and does not go on.
"""

import asyncio
import re

from branch_mock.settings import Settings

_END = re.compile(rb"\n\r?\n")
_KEPT = 2
"""Bytes of the end of a head that may have come before the rest of it."""


class Patience:
    """Closes a connection unless a whole head comes within the request timeout, and when a request
    was the last for longer than the idle timeout."""

    __slots__ = ("_idle", "_loop", "_rested", "_resting", "_tail", "_timer", "_transport")

    def __init__(self, settings: Settings, transport: asyncio.Transport) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._transport = transport
        self._idle = settings.idle_timeout
        self._rested = 0.0
        self._resting: asyncio.TimerHandle | None = None
        self._timer: asyncio.TimerHandle | None = loop.call_later(
            settings.request_timeout, transport.abort
        )
        self._tail = b""

    def heard(self, data: bytes) -> None:
        """Some bytes came."""
        if self._timer is not None:
            came = self._tail + data
            if _END.search(came):
                self._timer.cancel()
                self._timer = None
            self._tail = came[-_KEPT:]

    def rest(self) -> None:
        """A request went the short way, and there is none now."""
        self._rested = self._loop.time()
        if self._resting is None:
            self._resting = self._loop.call_later(self._idle, self._look)

    def _look(self) -> None:
        left = self._rested + self._idle - self._loop.time()
        if left > 0:
            self._resting = self._loop.call_later(left, self._look)
        else:
            self._transport.close()

    def stop_resting(self) -> None:
        """Somebody else looks after the connection from now on."""
        if self._resting is not None:
            self._resting.cancel()
            self._resting = None

    def end(self) -> None:
        """There is nothing to wait for any more."""
        self.stop_resting()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
