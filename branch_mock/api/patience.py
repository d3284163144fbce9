"""How long a connection waits for the head of its first request (contract 3).

aiohttp bounds the time between requests on a connection, and `Settings.request_timeout` the time
that a body takes; nobody else would ever hang up on a client that begins and does not go on.
"""

import asyncio
import re

_END = re.compile(rb"\n\r?\n")
_KEPT = 2
"""Bytes of the end of a head that may have come before the rest of it."""


class Patience:
    """Closes a connection unless a whole head comes within `seconds`."""

    __slots__ = ("_tail", "_timer")

    def __init__(self, seconds: float, transport: asyncio.Transport) -> None:
        loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = loop.call_later(seconds, transport.abort)
        self._tail = b""

    def heard(self, data: bytes) -> None:
        """Some bytes came."""
        if self._timer is not None:
            came = self._tail + data
            if _END.search(came):
                self.end()
            self._tail = came[-_KEPT:]

    def end(self) -> None:
        """There is nothing to wait for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
