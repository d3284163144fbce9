"""`Hold`: keeps what comes on a connection until it is known who is to answer it."""

import asyncio
from typing import cast

_MOST = 64 * 1024


class Hold(asyncio.Protocol):
    """A connection that nobody answers yet.

    reads: whether it reads what comes; if not, all of it is left for whom it is passed on to.
    received: what came so far. ended: whether no more will come.
    """

    def __init__(self, *, reads: bool = True) -> None:
        self._reads = reads
        self.transport: asyncio.Transport | None = None
        self.received = b""
        self.ended = False
        self._made = asyncio.Event()
        self._news = asyncio.Event()

    async def made(self) -> asyncio.Transport:
        """The transport, as soon as there is one."""
        await self._made.wait()
        assert self.transport is not None
        return self.transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport = cast(asyncio.Transport, transport)
        if not self._reads:
            transport.pause_reading()
        self._made.set()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if len(self.received) >= _MOST and self.transport is not None:
            self.transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        self.ended = True
        self._news.set()
        return True  # what is held may still be answered

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended = True
        self._news.set()

    async def more(self) -> None:
        """Wait until more has come. Raises ConnectionError when none will."""
        if self.ended:
            raise ConnectionError("the client has ended its side")
        await self._news.wait()
        self._news.clear()

    async def drop_the_rest(self) -> None:
        """Read on and keep nothing until the client ends its side."""
        while not self.ended:
            self.received = b""
            if self.transport is not None:
                self.transport.resume_reading()
            await self.more()

    def pass_on(self, protocol: asyncio.Protocol) -> None:
        """Let another protocol have the connection, and what came on it.

        Raises ConnectionError when the client is gone.
        """
        transport = self.transport
        if transport is None or transport.is_closing():
            raise ConnectionError("the client has left")
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self.received:
            protocol.data_received(self.received)
        if self.ended and not protocol.eof_received():
            transport.close()
        transport.resume_reading()
