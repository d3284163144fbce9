"""`Beside`: where Branch's hosts lead while they are intercepted, and nothing else does."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterable
from typing import Protocol

from branch_mock.interception.interceptions import Address
from branch_mock.proxy import Limits, SecureDoor

_HOST = "127.0.0.1"


class Server(Protocol):
    """Who answers there."""

    @property
    def protocols(self) -> Callable[[], asyncio.Protocol]: ...

    @property
    def transports(self) -> Iterable[asyncio.Transport]: ...


class Beside:
    """One listener for http and one for https, on free ports of loopback. Connections end with
    them, so that clients that keep theirs find them closed.

    server: has what answers on a connection, and the connections that there are. context: the
    server's side of TLS.
    """

    def __init__(self, server: Server, context: ssl.SSLContext) -> None:
        self._server = server
        self._secure = SecureDoor(server.protocols, context, Limits())
        self._plain: asyncio.Server | None = None
        self.addresses: list[Address] = []
        """Where http is, and where https, once they are open."""

    async def open(self) -> None:
        """Serve on the running loop."""
        sockets = [socket.create_server((_HOST, 0)) for _ in ("http", "https")]
        self.addresses = [Address(*sock.getsockname()) for sock in sockets]
        plain, secure = sockets
        loop = asyncio.get_running_loop()
        self._plain = await loop.create_server(self._server.protocols, sock=plain)
        await self._secure.start(secure)

    async def close(self) -> None:
        """Stop listening and cut the connections, those that do not agree on TLS yet as well."""
        if self._plain is not None:
            self._plain.close()
        await self._secure.stop()
        for transport in self._server.transports:
            name = transport.get_extra_info("sockname")  # None where it is closed already
            if name is not None and name[:2] in self.addresses:
                transport.abort()
        self._secure.abort()
        await asyncio.sleep(0)  # until they are gone
