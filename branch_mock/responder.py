"""A request's way through the emulator: host, table, faults, operation, envelope, journal, log."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from threading import Event
from typing import Any

from aiohttp import web

from branch_mock.api import pages, s3
from branch_mock.api.access import claimed_key
from branch_mock.api.adapter import (
    HINT_HEADER,
    caller_of,
    error_reply,
    fault_reply,
    method_of,
    page_reply,
    preflight_reply,
    read_call,
    response_of,
    stream,
)
from branch_mock.api.call import Endpoint, Reply
from branch_mock.api.connection import disturb
from branch_mock.api.endpoints import API, EXPORTS, LINKS
from branch_mock.api.exchange import Exchange, hint_of
from branch_mock.api.hosts import Place, Surface, check_host, place
from branch_mock.api.perform import perform
from branch_mock.api.router import Methods, Parameters, Router, allowed, choose
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
from branch_mock.faults import HEADER as FAULT_REQUEST
from branch_mock.faults import Fault, Phase
from branch_mock.request_log import log_request, requests_log
from branch_mock.secrets import masked_text
from branch_mock.validation import schema_of
from branch_mock.webhooks import Sender

log = logging.getLogger(__name__)

_INBOX = "control.inbox_collect"
"""Its calls are attempts to deliver webhooks, which timelines have as such."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HOME_METHODS = ("GET", "HEAD", "OPTIONS")


_TABLES: tuple[tuple[Endpoint[Any], ...], ...] = (API, CONTROL, LINKS, EXPORTS)
_API, _CONTROL, _LINKS, _EXPORTS = map(Router, _TABLES)


class Responder:
    """Answers HTTP requests for one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._branch = emulator.branch
        self._public_url = emulator.branch.settings.public_url
        for endpoint in chain.from_iterable(_TABLES):
            schema_of(endpoint.schema)  # a schema that does not compile stops the start
        self.sender = Sender(emulator.branch)
        self._delayed: set[asyncio.Task[object]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, whatever it is: first the journal, then the answer, then webhooks."""
        with self.sender.hold():
            return await self._answer(request)

    async def sending(self, app: web.Application) -> AsyncIterator[None]:  # noqa: ARG002
        """Send webhooks while an application runs: one of its cleanup contexts."""
        await self.sender.start()
        yield
        await self.sender.stop()

    async def release(self, app: web.Application) -> None:  # noqa: ARG002
        """End the requests that a fault holds up, and live events: an application is shutting
        down."""
        self.hang_up()
        for task in self._delayed:
            task.cancel()

    @contextmanager
    def _held_up(self) -> Iterator[None]:
        """Inside, a fault holds up the request of the running task."""
        task = asyncio.current_task()
        assert task is not None
        self._delayed.add(task)
        try:
            yield
        finally:
            self._delayed.discard(task)

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        watch = Stopwatch()
        exchange = self._begin(request)
        reply = await self._reply(request, exchange)
        if not exchange.control:
            journal = self._emulator.journal
            journal.write(exchange.entry(journal.next_id(), reply, watch.ms()))
        elif request.method not in _READING and exchange.endpoint != _INBOX:
            place = masked_text(exchange.where.path)
            what = f"{request.method} /{place} -> {reply.status} {masked_text(reply.note)}"
            self._emulator.deeds.note(what.rstrip())
        if requests_log.isEnabledFor(logging.INFO):
            status = None if exchange.connection is not None else reply.status
            log_request(request.method, request.raw_path, status, watch.ms(), reply.note)
        if exchange.connection is not None:
            with self._held_up():
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
        answer = await self._prepare(request, method, exchange)
        fault = None if exchange.control else self._strike(exchange)
        if fault is None:
            return await self._run(exchange, answer)
        return await self._fail(method, exchange, answer, fault)

    def _strike(self, exchange: Exchange) -> Fault | None:
        faults = self._emulator.faults
        if not faults and FAULT_REQUEST not in exchange.caller.headers:
            return None
        return faults.strike(exchange.sent)

    async def _prepare(
        self, request: web.BaseRequest, method: str, exchange: Exchange
    ) -> Callable[[], Reply]:
        """Read a request. What it gives makes the reply: then only does anything change. A refusal
        waits for that too, since a fault may hit what would be refused."""
        where, apps = exchange.where, self._branch.apps
        inner = exchange.control or where.surface is Surface.EXPORTS
        subject = self._emulator if inner else self._branch
        parameters: Parameters = {}
        try:
            methods, parameters = self._find(method, exchange)
            if method == "OPTIONS":
                return partial(preflight_reply, allowed(methods), request.headers)
            endpoint = choose(methods, method_of(request, method, methods), where.path)
            exchange.endpoint = endpoint.name
            if endpoint.needs_seeds and not self._branch.ready:
                raise NotReady
            exchange.call = call = await read_call(
                request,
                endpoint,
                parameters,
                exchange.caller,
                self._branch.settings.request_timeout,
            )
        except ApiError as error:
            exchange.branch_key = claimed_key(apps, parameters, {}, None)
            return partial(self._refuse, method, exchange, error)
        if endpoint.slow:
            call.abandoned = Event()
        exchange.query, exchange.body = call.query, call.body
        exchange.branch_key = claimed_key(apps, call.path, call.query, call.body)
        return partial(perform, subject, apps, endpoint, call)

    async def _run(self, exchange: Exchange, answer: Callable[[], Reply]) -> Reply:
        """Answer; a slow endpoint does it in a thread, and learns there when nobody waits."""
        abandoned = None if exchange.call is None else exchange.call.abandoned
        if abandoned is None:
            return answer()
        try:
            return await asyncio.to_thread(answer)
        except asyncio.CancelledError:
            abandoned.set()
            raise

    async def _fail(
        self, method: str, exchange: Exchange, answer: Callable[[], Reply], fault: Fault
    ) -> Reply:
        """Answer a request that a fault hits; the change is made first where the fault says so."""
        exchange.fault, exchange.connection = fault.id, fault.connection
        with self._held_up():
            await asyncio.sleep(self._emulator.faults.seconds(fault))
        reply = Reply()
        if fault.phase is Phase.AFTER or not fault.replaces_reply:
            try:
                reply = await self._run(exchange, answer)
            except ApiError as error:
                reply = self._refuse(method, exchange, error)
        return fault_reply(fault, reply)

    def _find(self, method: str, exchange: Exchange) -> tuple[Methods, Parameters]:
        """The endpoints at a place: the API first, then link paths (contract 2)."""
        where = exchange.where
        table = _CONTROL if exchange.control else _API
        if where.surface is Surface.API:
            found = table.find(where.path)
            if found is not None:
                return found
            if table.owns(where.path) or not _LINKS.serves(method, where.path):
                raise table.refuse(method, where.path)
        table = _EXPORTS if where.surface is Surface.EXPORTS else _LINKS
        found = table.find(where.path)
        if found is None:
            raise table.refuse(method, where.path)
        methods, parameters = found
        return methods, {**parameters, "domain": where.domain}

    def _refuse(self, method: str, exchange: Exchange, error: ApiError) -> Reply:
        """The envelope; a page instead where somebody follows a link, which only a browser or the
        form of the path can tell on a host that serves the API too."""
        where = exchange.where
        exchange.hint = hint_of(error)
        if where.surface is Surface.EXPORTS:
            reply = s3.error_reply(error, where.path)
            reply.headers[HINT_HEADER] = exchange.hint
            return reply
        if method == "GET" and self._is_followed(where):
            on_links = where.surface is Surface.LINKS
            if on_links or where.looks_like_link or exchange.caller.accepts_html:
                return page_reply(error, exchange.hint)
            if isinstance(error, LinkNotFound):
                error = _API.refuse(method, where.path)
                exchange.hint = hint_of(error)
        return error_reply(error, exchange.hint)

    def _is_followed(self, where: Place) -> bool:
        if where.surface is Surface.API:
            return where.path != "" and not _API.owns(where.path)
        return where.surface is Surface.LINKS

    def _home(self, request: web.BaseRequest, method: str, exchange: Exchange) -> Reply:
        caller = exchange.caller
        if is_branch_host(host_name(caller.host)):
            raise _API.refuse(method, "")
        if method == "OPTIONS":
            return preflight_reply(_HOME_METHODS, request.headers)
        if method != "GET":
            raise MethodNotAllowed(method, "/", _HOME_METHODS)
        apps = self._branch.apps.all() if self._branch.ready else []
        url, app = caller.origin.base or "", apps[0] if apps else None
        if caller.accepts_html:
            return Reply.html(pages.home_html(url, app))
        return Reply.text(pages.home_text(url, app))
