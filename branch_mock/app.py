"""The emulator as something that aiohttp serves: an application, or a low-level server."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiohttp import web

from branch_mock.api.adapter import response_of
from branch_mock.api.call import MAX_BODY
from branch_mock.api.patience import Patience
from branch_mock.api.replies import error_reply
from branch_mock.branch import Branch
from branch_mock.emulator import Emulator
from branch_mock.errors import InternalError, NotHttp
from branch_mock.handler import Handler
from branch_mock.quick import Quick
from branch_mock.seeds import plant

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 0.3
"""How long requests in flight may take when the server stops. aiohttp waits for a stubborn one
twice as long, and the process is to end within a second."""

_ACCEPTING = 3
"""Turns of the loop in which what was accepted becomes a connection, which can be ended. A server
that is closed before forgets it, and its socket."""

Handle = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
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
    handler = Handler(Emulator(branch))
    app.router.add_route("*", "/{path:.*}", handler.handle)
    app.cleanup_ctx.append(handler.sending)
    app.on_shutdown.append(handler.release)
    return app


class Runner(web.ServerRunner):
    """A runner around aiohttp's low-level server, to be set up on the running loop.

    handle: answers what does not go the short way, which leads to `handler`. It ends when its
    client leaves, so that a fault that hangs does not outlive it.
    """

    def __init__(self, handle: Handle, handler: Handler) -> None:
        server = _Server(handle, handler, access_log=None)
        super().__init__(server, shutdown_timeout=SHUTDOWN_SECONDS)

    async def cleanup(self) -> None:
        """Take no more connections, and end those that there are."""
        for _ in range(_ACCEPTING):
            await asyncio.sleep(0)
        await super().cleanup()

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

    handler: answers a request, wherever it came.
    """

    def __init__(self, emulator: Emulator) -> None:
        handler = Handler(emulator)
        super().__init__(handler.handle, handler)
        self.handler = handler

    async def setup(self) -> None:
        await super().setup()
        await self.handler.sender.start()

    async def cleanup(self) -> None:
        self.handler.hang_up()
        await self.handler.sender.stop()
        await super().cleanup()


class _Server(web.Server):
    """aiohttp's low-level server, but for connections of ours."""

    def __init__(self, handle: Handle, handler: Handler, **options: Any) -> None:
        options["keepalive_timeout"] = handler.settings.idle_timeout
        super().__init__(handle, handler_cancellation=True, **options)
        self._handler = handler
        self._connection_options = {"loop": asyncio.get_running_loop(), **options}

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._handler, **self._connection_options)


class _Connection(web.RequestHandler):
    """Plain requests go the short way. What aiohttp cannot read is answered with the envelope as
    well (contract 3), and kept, which may hold secrets, out of answer and log."""

    __slots__ = ("_answerer", "_patience", "_quick")

    def __init__(self, manager: web.Server, handler: Handler, **options: Any) -> None:
        super().__init__(manager, **options)
        self._answerer = handler
        self._patience: Patience | None = None
        self._quick: Quick | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        way = cast(asyncio.Transport, transport)
        self._patience = Patience(self._answerer.settings, way)
        self._quick = Quick(self._answerer, way)

    def data_received(self, data: bytes) -> None:
        patience, quick = self._patience, self._quick
        if patience is not None:
            patience.heard(data)
            if quick is not None:
                if quick.take(data):
                    patience.rest()
                    return
                self._quick = None
                patience.stop_resting()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._patience is not None:
            self._patience.end()
        super().connection_lost(exc)

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
        reply = error_reply(NotHttp(exc), "send a request as RFC 9112 has it")
        response = response_of(reply, self._answerer.clock.now_ms())
        response.force_close()
        return response
