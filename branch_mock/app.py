"""The emulator as something that aiohttp serves: an application, or a low-level server."""

import asyncio
import logging
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


def create_runner(emulator: Emulator) -> web.ServerRunner:
    """A runner around aiohttp's low-level server, to be set up on the running loop.

    Handlers end when their client leaves, so that a fault that hangs does not outlive it.
    """
    return _Runner(emulator)


class _Runner(web.ServerRunner):
    """Serves, and sends webhooks meanwhile."""

    def __init__(self, emulator: Emulator) -> None:
        handler = Handler(emulator)
        server = _Server(handler, access_log=None)
        super().__init__(server, shutdown_timeout=SHUTDOWN_SECONDS)
        self._sender = handler.sender
        self._hang_up = handler.hang_up

    async def setup(self) -> None:
        await super().setup()
        await self._sender.start()

    async def cleanup(self) -> None:
        self._hang_up()
        await self._sender.stop()
        await super().cleanup()


class _Server(web.Server):
    """aiohttp's low-level server, but for connections of ours."""

    def __init__(self, handler: Handler, **options: Any) -> None:
        options["keepalive_timeout"] = handler.settings.idle_timeout
        super().__init__(handler.handle, handler_cancellation=True, **options)
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
        response = response_of(
            error_reply(NotHttp(exc), "send a request as RFC 9112 has it"),
            self._answerer.clock.now_ms(),
        )
        response.force_close()
        return response
