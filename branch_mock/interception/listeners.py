"""`Listeners`: where Branch's hosts lead while they are intercepted, and nothing else does."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Protocol

from branch_mock.interception.interceptions import Address

_HOST = "127.0.0.1"
_HANDSHAKE_SECONDS = 10.0


class Server(Protocol):
    """Who answers there."""

    @property
    def protocols(self) -> Callable[[], asyncio.Protocol]: ...

    @property
    def transports(self) -> Iterable[asyncio.Transport]: ...


class Listeners:
    """One listener for http and one for https, on free ports of loopback. Connections end with
    them, so that clients that keep theirs find them closed.

    server: has what answers on a connection, and the connections that there are. context: the
    server's side of TLS.
    """

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server = server
        self._context = context
        self._listening: list[asyncio.Server] = []
        self.addresses: list[Address] = []
        """Where http is, and where https, once they are open."""

    async def open(self) -> None:
        """Serve on the running loop."""
        loop, protocols = asyncio.get_running_loop(), self._server.protocols
        self._add(await loop.create_server(protocols, _HOST, 0))
        self._add(
            await loop.create_server(
                protocols,
                _HOST,
                0,
                ssl=self._context,
                ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            )
        )

    def _add(self, listening: asyncio.Server) -> None:
        self._listening.append(listening)
        sock: socket.socket = listening.sockets[0]
        host, port = sock.getsockname()[:2]
        self.addresses.append(Address(host, port))

    async def close(self) -> None:
        """Stop listening and cut the connections."""
        for listening in self._listening:
            listening.close()
        for transport in self._server.transports:
            name = transport.get_extra_info("sockname")  # None where it is closed already
            if name is not None and name[:2] in self.addresses:
                transport.abort()
        await asyncio.sleep(0)  # until they are gone
