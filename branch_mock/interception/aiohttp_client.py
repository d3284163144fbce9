"""aiohttp: its connectors pass requests for Branch on to one of the interception's own.

So connections and addresses that a session has kept are not used, and proxies that it has are left
out of it.
"""

import socket
from collections.abc import Callable
from typing import Any

from aiohttp import ClientRequest, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import Connection

from branch_mock.interception.interceptions import Interception, of_host
from branch_mock.interception.names import clean

Function = Callable[..., Any]


def connecting(original: Function) -> Function:
    """Around aiohttp.BaseConnector.connect."""

    async def connect(self: Any, req: ClientRequest, *arguments: Any, **options: Any) -> Any:
        owner = of_host(clean(req.url.raw_host)) if isinstance(self, TCPConnector) else None
        if owner is None:
            return await original(self, req, *arguments, **options)
        req.update_proxy(None, None, None)
        own = TCPConnector(
            resolver=_Resolver(owner),
            use_dns_cache=False,
            ssl=owner.trust,
            force_close=True,  # nothing outlives a test or its event loop
            limit=0,
        )
        connection: Connection = await original(own, req, *arguments, **options)
        if connection.transport is not None:
            # at its release; a loop that ends then would not see the goodbyes of TLS through
            connection.add_callback(connection.transport.abort)
        return connection

    return connect


class _Resolver(AbstractResolver):
    """Finds the emulator under every name."""

    def __init__(self, owner: Interception) -> None:
        self._owner = owner

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - as it is asked
    ) -> list[ResolveResult]:
        target = self._owner.target(clean(host), port)
        return [
            ResolveResult(
                hostname=host,
                host=target.host,
                port=target.port,
                family=socket.AF_INET6 if ":" in target.host else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is kept."""
