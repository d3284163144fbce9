"""Connections as they arrive, until it is known who answers on them."""

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from ssl import SSLContext, SSLError
from weakref import WeakSet

from branch_mock.app import all_accepted
from branch_mock.proxy.guard import Refused
from branch_mock.proxy.heads import refusal_bytes
from branch_mock.proxy.hold import Hold
from branch_mock.proxy.limits import Limits

log = logging.getLogger(__name__)

Protocols = Callable[[], asyncio.Protocol]
"""Makes what answers on one connection."""


class Arrivals:
    """Takes connections on the running loop, from `start` to `stop`, and hands each one on.

    Until then a connection is a `Hold`. Nothing that a client does raises, or makes others wait.
    reads_first: whether who is to answer depends on what comes.
    """

    reads_first = True

    def __init__(self, context: SSLContext, limits: Limits) -> None:
        self.limits = limits
        self._context = context
        self._listener: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._transports: WeakSet[asyncio.Transport] = WeakSet()

    async def hand_on(self, hold: Hold, transport: asyncio.Transport) -> None:
        """Find out who answers. May raise Refused, OSError and TimeoutError, which end it."""
        raise NotImplementedError

    async def start(self, sock: socket.socket) -> None:
        """Take connections from a listening socket."""
        self._listener = await asyncio.get_running_loop().create_server(self._arrival, sock=sock)

    async def stop(self) -> None:
        """Take no more, and end those that were not handed on yet."""
        await all_accepted()
        if self._listener is not None:
            self._listener.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def abort(self) -> None:
        """End those that are still there, whoever answers on them, and wait for no client to take
        its leave."""
        for transport in list(self._transports):
            transport.abort()

    async def secure(self, transport: asyncio.Transport) -> Hold:
        """The connection inside TLS on another. Raises OSError when they cannot agree in time."""
        inner = Hold()
        inner.transport = await asyncio.get_running_loop().start_tls(
            transport,
            inner,
            self._context,
            server_side=True,
            ssl_handshake_timeout=self.limits.handshake_seconds,
            ssl_shutdown_timeout=self.limits.closing_seconds,
        )
        return inner

    def _arrival(self) -> Hold:
        hold = Hold(reads=self.reads_first)
        task = asyncio.get_running_loop().create_task(self._serve(hold))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return hold

    async def _serve(self, hold: Hold) -> None:
        transport = await hold.made()
        self._transports.add(transport)
        try:
            await self.hand_on(hold, transport)
        except Refused as refused:
            log.warning("The proxy refused: %s", refused)
            await self._refuse(hold, transport, refused)
        except SSLError as error:
            log.warning("A client and branch_mock cannot agree on TLS: %s", error)
            transport.abort()
        except (OSError, TimeoutError) as error:
            log.info("A connection came to nothing: %r", error)
            transport.abort()

    async def _refuse(self, hold: Hold, transport: asyncio.Transport, refused: Refused) -> None:
        """Answer, and hear the client out for a moment: one that is cut off may lose the answer."""
        transport.write(refusal_bytes(refused))
        with suppress(OSError):  # also of a client that was gone before it could be heard out
            transport.write_eof()
            async with asyncio.timeout(self.limits.closing_seconds):
                await hold.drop_the_rest()
        transport.close()


class SecureDoor(Arrivals):
    """Connections that begin with TLS, as clients of the real hosts open them."""

    reads_first = False

    def __init__(self, protocols: Protocols, context: SSLContext, limits: Limits) -> None:
        super().__init__(context, limits)
        self._protocols = protocols

    async def hand_on(self, hold: Hold, transport: asyncio.Transport) -> None:  # noqa: ARG002
        (await self.secure(transport)).pass_on(self._protocols())
