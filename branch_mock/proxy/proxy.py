"""`Proxy`: says who is to answer a request: the emulator, another host, or nobody."""

import asyncio
import logging
import socket
from ssl import SSLContext

from aiohttp import web

from branch_mock.api.adapter import response_of
from branch_mock.app import Runner
from branch_mock.handler import Handler
from branch_mock.proxy.arrivals import Arrivals
from branch_mock.proxy.forward import Forwarder
from branch_mock.proxy.guard import Guard, Refused, Target
from branch_mock.proxy.heads import (
    END,
    ESTABLISHED,
    absolute_target,
    connect_target,
    refusal_reply,
)
from branch_mock.proxy.hold import Hold
from branch_mock.proxy.limits import Limits
from branch_mock.proxy.relay import relay

log = logging.getLogger(__name__)

_CONNECT = b"CONNECT "
_PLAIN_PORT = 80
_DEFAULT_PORTS = (_PLAIN_PORT, 443)


class Proxy(Arrivals):
    """A forward proxy on the running loop, between `start` and `close`.

    `CONNECT` to a host that is answered here ends in TLS with a certificate for that host, but on
    port 80, where plain HTTP is what clients speak in a tunnel. Requests in absolute form, `http`
    and `https` alike, need no tunnel. Requests that name no other host are the emulator's too.

    handler: answers what is for the emulator. context: its side of TLS.
    """

    def __init__(
        self,
        handler: Handler,
        guard: Guard,
        context: SSLContext,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(context, limits or Limits())
        self._handle = handler.handle
        self._guard = guard
        self._clock = handler.clock
        self._forwarder = Forwarder(guard, self.limits)
        self._runner = Runner(self._answer, handler)

    async def start(self, sock: socket.socket) -> None:
        await self._runner.setup()
        await super().start(sock)

    async def close(self) -> None:
        """End every connection; requests in flight get 0.3 seconds."""
        await self.stop()
        await self._runner.cleanup()
        await self._forwarder.close()
        self.abort()

    async def hand_on(self, hold: Hold, transport: asyncio.Transport) -> None:
        async with asyncio.timeout(self.limits.head_seconds):
            await hold.more()
            while (is_connect := _may_be_connect(hold.received)) and END not in hold.received:
                if len(hold.received) > self.limits.head_bytes:
                    raise Refused(431, f"CONNECT takes at most {self.limits.head_bytes} bytes")
                await hold.more()
        if is_connect:
            await self._connect(hold, transport)
        else:
            hold.pass_on(self._runner.protocols())

    async def _connect(self, hold: Hold, transport: asyncio.Transport) -> None:
        head, _, hold.received = hold.received.partition(END)
        target = connect_target(head + END)
        if not self._guard.check(target):
            await relay(hold, target, self._guard, ESTABLISHED, self.limits)
            return
        if target.port == _PLAIN_PORT:
            transport.write(ESTABLISHED)
            hold.pass_on(self._runner.protocols())
            return
        if hold.received:
            raise Refused(400, "In a tunnel to Branch, TLS begins when CONNECT has been answered")
        transport.write(ESTABLISHED)
        inner = await self.secure(transport)
        inner.pass_on(self._runner.protocols())

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, in a tunnel or without one."""
        try:
            if request.method == "CONNECT":
                raise Refused(400, "CONNECT is for connections on which nothing was asked before")
            address = request.raw_path
            if address.startswith("/") or address == "*":
                return await self._handle(request)
            scheme, target = absolute_target(address)
            if self._guard.check(target):
                return await self._handle(_as_if_sent_there(request, scheme, target))
            return await self._forwarder.forward(request, address, target)
        except Refused as refused:
            log.warning("The proxy refused: %s", refused)
            response = response_of(refusal_reply(refused), self._clock.now_ms())
            response.force_close()
            return response


def _may_be_connect(received: bytes) -> bool:
    return received[: len(_CONNECT)] == _CONNECT[: len(received)]


def _as_if_sent_there(request: web.BaseRequest, scheme: str, target: Target) -> web.BaseRequest:
    """A request in absolute form as its host would see it; the address counts, not the Host."""
    host = target.host if target.port in _DEFAULT_PORTS else str(target)
    headers = request.headers.copy()
    headers["Host"] = host
    return request.clone(rel_url=request.rel_url, headers=headers, scheme=scheme, host=host)
