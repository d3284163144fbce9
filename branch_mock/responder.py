"""A request's way through the emulator: host, table, faults, operation, envelope, journal, log."""

import asyncio
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from branch_mock.api import pages
from branch_mock.api.adapter import (
    caller_of,
    error_reply,
    fault_reply,
    page_reply,
    preflight_reply,
    read_call,
    response_of,
    stream,
)
from branch_mock.api.call import Call, Endpoint, Reply
from branch_mock.api.connection import disturb
from branch_mock.api.endpoints import API, LINKS
from branch_mock.api.exchange import Exchange, hint_of
from branch_mock.api.hosts import Place, Surface, check_host, place
from branch_mock.api.perform import perform
from branch_mock.api.router import Methods, Parameters, Router, allowed, choose
from branch_mock.branch import Branch
from branch_mock.clock import Stopwatch
from branch_mock.control.endpoints import CONTROL
from branch_mock.domain.addresses import host_name, is_branch_host
from branch_mock.domain.links import CONTROL_PREFIX
from branch_mock.emulator import Emulator
from branch_mock.errors import (
    ApiError,
    InternalError,
    LinkNotFound,
    MethodNotAllowed,
    NotReady,
)
from branch_mock.faults import Fault, Phase
from branch_mock.request_log import log_request, requests_log
from branch_mock.webhooks import Sender

log = logging.getLogger(__name__)

_HOME_METHODS = ("GET", "HEAD", "OPTIONS")


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

    async def sending(self, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG002
        """Send webhooks while an application runs: one of its cleanup contexts."""
        await self.sender.start()
        yield
        await self.sender.stop()

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
        if reply.chunks is not None:
            return await stream(request, reply, self._branch.clock.now_ms())
        return response_of(reply, self._branch.clock.now_ms())

    def hang_up(self) -> None:
        """Let those who listen to live events come to their end."""
        self._emulator.live.end()

    def _begin(self, request: web.BaseRequest) -> Exchange:
        caller = caller_of(request, self._public_url)
        where = place(caller.host, request.rel_url.raw_path, self._branch.apps)
        return Exchange(
            id=self._emulator.journal.next_id(),
            at_ms=self._branch.clock.now_ms(),
            method=request.method,
            caller=caller,
            where=where,
            control=where.surface is Surface.API and where.begins_with(CONTROL_PREFIX),
        )

    async def _reply(self, request: web.BaseRequest, exchange: Exchange) -> Reply:
        method = "GET" if exchange.method == "HEAD" else exchange.method  # with equal headers
        try:
            return await self._serve(request, method, exchange)
        except ApiError as error:
            return self._refuse(method, exchange, error)
        except Exception as error:
            log.exception("%s /%s failed", method, exchange.where.path)
            self._emulator.failures.append(error)
            return error_reply(InternalError(error))

    async def _serve(self, request: web.BaseRequest, method: str, exchange: Exchange) -> Reply:
        where = exchange.where
        check_host(exchange.caller.host)
        if not where.path and where.surface is Surface.API:
            return self._home(request, method, exchange)
        methods, parameters = self._find(method, exchange)
        if method == "OPTIONS":
            return preflight_reply(allowed(methods), request.headers)
        endpoint = choose(methods, method, where.path)
        exchange.endpoint = endpoint.name
        if endpoint.needs_seeds and not self._branch.ready:
            raise NotReady
        if exchange.control:
            call = await read_call(request, endpoint, parameters, exchange.caller)
            return perform(self._emulator, self._branch.apps, endpoint, call)
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

    def _find(self, method: str, exchange: Exchange) -> tuple[Methods, Parameters]:
        """The endpoints at a place: the API first, then link paths (contract 2)."""
        where = exchange.where
        table = self._control if exchange.control else self._api
        if where.surface is Surface.API:
            found = table.find(where.path)
            if found is not None:
                return found
            if table.owns(where.path) or method not in {"GET", "OPTIONS"}:
                raise table.refuse(method, where.path)
        found = self._links.find(where.path) if where.surface is not Surface.EXPORTS else None
        if found is None:
            raise table.refuse(method, where.path)
        methods, parameters = found
        return methods, {**parameters, "domain": where.domain}

    def _refuse(self, method: str, exchange: Exchange, error: ApiError) -> Reply:
        """The envelope; a page instead where somebody follows a link, which only a browser or the
        form of the path can tell on a host that serves the API too."""
        where = exchange.where
        if self._is_followed(where):
            on_links = where.surface is Surface.LINKS
            if on_links or where.looks_like_link or exchange.caller.accepts_html:
                return page_reply(error)
            if isinstance(error, LinkNotFound):
                error = self._api.refuse(method, where.path)
        exchange.hint = hint_of(error)
        return error_reply(error, exchange.hint)

    def _is_followed(self, where: Place) -> bool:
        if where.surface is Surface.API:
            return where.path != "" and not self._api.owns(where.path)
        return where.surface is Surface.LINKS

    def _home(self, request: web.BaseRequest, method: str, exchange: Exchange) -> Reply:
        caller = exchange.caller
        if is_branch_host(host_name(caller.host)):
            raise self._api.refuse(method, "")
        if method == "OPTIONS":
            return preflight_reply(_HOME_METHODS, request.headers)
        if method != "GET":
            raise MethodNotAllowed(method, "/", _HOME_METHODS)
        apps = self._branch.apps.all() if self._branch.ready else []
        url, app = caller.origin.base or "", apps[0] if apps else None
        if caller.accepts_html:
            return Reply.html(pages.home_html(url, app))
        return Reply.text(pages.home_text(url, app))
