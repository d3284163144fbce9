"""The emulator as something that aiohttp serves: an application, or a low-level server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from branch_mock.api.adapter import error_reply, response_of
from branch_mock.api.call import MAX_BODY
from branch_mock.branch import Branch
from branch_mock.clock import Clock
from branch_mock.emulator import Emulator
from branch_mock.errors import InternalError, NotHttp
from branch_mock.responder import Responder
from branch_mock.seeds import plant

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 0.3
"""How long requests in flight may take when the server stops. aiohttp waits for a stubborn one
twice as long, and the process is to end within a second."""

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Answers one request."""


def create_app(branch: Branch | None = None) -> web.Application:
    """An aiohttp application that answers for `branch`, or for a new one with the default seed.

    A branch that is not ready yet is filled with the seeds of its settings first. For
    `aiohttp_client` and for embedding; `BranchMock` and `branch-mock serve` need none.
    """
    if branch is None:
        branch = Branch()
    if not branch.ready:
        plant(branch)
    app = web.Application(client_max_size=MAX_BODY)
    responder = Responder(Emulator(branch))
    app.router.add_route("*", "/{path:.*}", responder.handle)
    app.cleanup_ctx.append(responder.sending)
    app.on_shutdown.append(responder.release)
    return app


class Runner(web.ServerRunner):
    """A runner around aiohttp's low-level server for a handler, to be set up on the running loop.

    Handlers end when their client leaves, so that a fault that hangs does not outlive it.
    """

    def __init__(self, handle: Handler, clock: Clock) -> None:
        server = _Server(handle, clock, access_log=None)
        super().__init__(server, shutdown_timeout=SHUTDOWN_SECONDS)

    @property
    def protocols(self) -> Callable[[], asyncio.Protocol]:
        """Makes what answers on one connection, of whatever transport."""
        assert self.server is not None
        return self.server

    @property
    def transports(self) -> list[asyncio.Transport]:
        """Those of the connections that there are."""
        connections = [] if self.server is None else self.server.connections
        return [one.transport for one in connections if one.transport is not None]


class EmulatorRunner(Runner):
    """Serves an emulator, and sends webhooks meanwhile.

    handle: answers a request, wherever it came.
    """

    def __init__(self, emulator: Emulator) -> None:
        responder = Responder(emulator)
        super().__init__(responder.handle, emulator.branch.clock)
        self.handle = responder.handle
        self._sender = responder.sender
        self._hang_up = responder.hang_up

    async def setup(self) -> None:
        await super().setup()
        await self._sender.start()

    async def cleanup(self) -> None:
        self._hang_up()
        await self._sender.stop()
        await super().cleanup()


class _Server(web.Server):
    """aiohttp's low-level server, but for what it answers to requests that are not HTTP."""

    def __init__(self, handle: Handler, clock: Clock, **options: Any) -> None:
        super().__init__(handle, handler_cancellation=True, **options)
        self._clock = clock
        self._connection_options = {"loop": asyncio.get_running_loop(), **options}

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._clock, **self._connection_options)


class _Connection(web.RequestHandler):
    """Answers what aiohttp cannot read with the envelope as well (contract 3), and keeps it, which
    may hold secrets, out of answer and log."""

    __slots__ = ("_clock",)

    def __init__(self, manager: web.Server, clock: Clock, **options: Any) -> None:
        super().__init__(manager, **options)
        self._clock = clock

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        if status >= InternalError.status or request.writer.output_size:
            return super().handle_error(request, status, exc, message)
        log.info("A request from %s is not HTTP: %s", request.remote, type(exc).__name__)
        response = response_of(error_reply(NotHttp(exc)), self._clock.now_ms())
        response.force_close()
        return response
