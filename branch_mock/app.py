"""The whole HTTP surface, put together in one place."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from branch_mock.api import pages
from branch_mock.api.adapter import (
    caller_of,
    error_reply,
    fault_reply,
    method_of,
    page_reply,
    preflight_reply,
    read_call,
    response_of,
)
from branch_mock.api.call import MAX_BODY, Call, Caller, Endpoint, Reply
from branch_mock.api.connection import disturb
from branch_mock.api.endpoints import API, LINKS
from branch_mock.api.exchange import Exchange, hint_of
from branch_mock.api.hosts import Place, Surface, place
from branch_mock.api.perform import perform
from branch_mock.api.router import Methods, Parameters, Router, allowed, choose
from branch_mock.branch import Branch
from branch_mock.clock import Stopwatch
from branch_mock.control.endpoints import CONTROL, CONTROL_PREFIX
from branch_mock.domain.addresses import host_name, is_branch_host
from branch_mock.emulator import Emulator
from branch_mock.errors import ApiError, InternalError, LinkNotFound, NotReady
from branch_mock.faults import Fault, Phase
from branch_mock.request_log import log_request, requests_log
from branch_mock.seeds import plant
from branch_mock.webhooks import Sender

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 0.5
"""How long requests in flight may take when the server stops."""


class Responder:
    """Answers HTTP requests for one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._branch = emulator.branch
        self._public_url = emulator.branch.settings.public_url
        self._api = Router(API)
        self._control = Router(CONTROL)
        self._links = Router(LINKS)
        self.sender = Sender(emulator.branch)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, whatever it is. Its webhooks go out after the answer (contract 9)."""
        with self.sender.hold():
            return await self._answer(request)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request. Its entry is in the journal before it is answered."""
        watch = Stopwatch()
        exchange = self._begin(request)
        reply = await self._reply(request, exchange)
        if not exchange.control:
            self._emulator.journal.write(exchange.entry(reply, watch.ms()))
        if requests_log.isEnabledFor(logging.INFO):
            status = None if exchange.connection is not None else reply.status
            log_request(request.method, request.raw_path, status, watch.ms(), reply.note)
        if exchange.connection is not None:
            await disturb(request, exchange.connection, reply)
        return response_of(reply, self._branch.clock.now_ms())

    async def sending(self, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG002
        """Send webhooks while an application runs: one of its cleanup contexts."""
        await self.sender.start()
        yield
        await self.sender.stop()

    def _begin(self, request: web.BaseRequest) -> Exchange:
        caller = caller_of(request, self._public_url)
        where = place(caller.host, request.rel_url.raw_path, self._branch.apps)
        return Exchange(
            id=self._emulator.journal.next_id(),
            at_ms=self._branch.clock.now_ms(),
            method=request.method,
            caller=caller,
            where=where,
            control=where.surface is Surface.API and where.path.startswith(CONTROL_PREFIX),
        )

    async def _reply(self, request: web.BaseRequest, exchange: Exchange) -> Reply:
        try:
            return await self._serve(request, exchange)
        except ApiError as error:
            return self._refuse(exchange, error)
        except Exception as error:
            log.exception("%s /%s failed", request.method, exchange.where.path)
            self._emulator.failures.append(error)
            return error_reply(InternalError(error))

    async def _serve(self, request: web.BaseRequest, exchange: Exchange) -> Reply:
        where = exchange.where
        if not where.path and where.surface is Surface.API:
            return self._home(request.method, exchange.caller)
        methods, parameters = self._find(request.method, where)
        if request.method == "OPTIONS":
            return preflight_reply(allowed(methods), request.headers)
        endpoint = choose(methods, method_of(request, methods), where.path)
        exchange.endpoint = endpoint.name
        if exchange.control:
            call = await read_call(request, endpoint, parameters, exchange.caller)
            return perform(self._emulator, self._branch.apps, endpoint, call)
        if not self._branch.ready:
            raise NotReady
        exchange.call = call = await read_call(request, endpoint, parameters, exchange.caller)
        exchange.body = call.body
        fault = self._emulator.faults.strike(exchange.sent)
        if fault is None:
            return perform(self._branch, self._branch.apps, endpoint, call)
        return await self._fail(exchange, endpoint, call, fault)

    async def _fail(
        self, exchange: Exchange, endpoint: Endpoint[Branch], call: Call, fault: Fault
    ) -> Reply:
        """Answer a request that a fault hits; the change is made first where the fault says so."""
        exchange.fault, exchange.connection = fault.id, fault.connection
        await asyncio.sleep(self._emulator.faults.seconds(fault))
        if fault.phase is Phase.AFTER or not fault.replaces_reply:
            reply = perform(self._branch, self._branch.apps, endpoint, call)
        else:
            reply = Reply()
        return fault_reply(fault, reply)

    def _find(self, method: str, where: Place) -> tuple[Methods, Parameters]:
        """The endpoints at a place: the API first, then link paths (contract 2)."""
        if where.surface is Surface.API:
            table = self._control if where.path.startswith(CONTROL_PREFIX) else self._api
            found = table.find(where.path)
            if found is not None:
                return found
            if table.owns(where.path) or not self._links.serves(method, where.path):
                raise table.refuse(method, where.path)
        found = self._links.find(where.path) if where.surface is not Surface.EXPORTS else None
        if found is None:
            raise self._api.refuse(method, where.path)
        methods, parameters = found
        return methods, {**parameters, "domain": where.domain}

    def _refuse(self, exchange: Exchange, error: ApiError) -> Reply:
        """The envelope; a page instead where somebody follows a link, which only a browser or the
        form of the path can tell on a host that serves the API too."""
        where = exchange.where
        on_links = where.surface is Surface.LINKS
        followed = on_links or (where.surface is Surface.API and not self._api.owns(where.path))
        page = on_links or where.looks_like_link or exchange.caller.accepts_html
        if followed and page and exchange.method in {"GET", "HEAD"}:
            return page_reply(error)
        if followed and isinstance(error, LinkNotFound):
            error = self._api.refuse(exchange.method, where.path)
        exchange.hint = hint_of(error)
        return error_reply(error, exchange.hint)

    def _home(self, method: str, caller: Caller) -> Reply:
        if method not in {"GET", "HEAD"} or is_branch_host(host_name(caller.host)):
            raise self._api.refuse(method, "")
        apps = self._branch.apps.all()
        url, app = caller.origin.base or "", apps[0] if apps else None
        if caller.accepts_html:
            return Reply.html(pages.home_html(url, app))
        return Reply.text(pages.home_text(url, app))


def create_app(branch: Branch | None = None) -> web.Application:
    """An aiohttp application that answers for `branch`, or for a new one with the default seed.

    For `aiohttp_client` and for embedding; `BranchMock` and `branch-mock serve` need none.
    """
    if branch is None:
        branch = Branch()
        plant(branch)
    app = web.Application(client_max_size=MAX_BODY)
    responder = Responder(Emulator(branch))
    app.router.add_route("*", "/{path:.*}", responder.handle)
    app.cleanup_ctx.append(responder.sending)
    return app


def create_runner(emulator: Emulator, **options: Any) -> web.ServerRunner:
    """A runner around aiohttp's low-level server, to be set up on the running loop."""
    return _Runner(Responder(emulator), **options)


class _Runner(web.ServerRunner):
    """Serves, and sends webhooks meanwhile."""

    def __init__(self, responder: Responder, **options: Any) -> None:
        server = web.Server(responder.handle, access_log=None, **options)
        super().__init__(server, shutdown_timeout=SHUTDOWN_SECONDS)
        self._sender = responder.sender

    async def setup(self) -> None:
        await super().setup()
        await self._sender.start()

    async def cleanup(self) -> None:
        await self._sender.stop()
        await super().cleanup()
