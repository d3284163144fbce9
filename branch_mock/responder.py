"""A request's way through the emulator: host, table, faults, operation, envelope, journal, log.

Nothing here waits and nothing knows the HTTP library. Whoever serves takes a request through
`open`, `read`, `strike`, `perform` and `close`, in this order; `strike` is for where `disturbed`.
"""

import logging
from collections.abc import Iterator
from itertools import chain
from threading import Event
from typing import Any

from branch_mock.api import pages, s3
from branch_mock.api.call import Endpoint, Reply
from branch_mock.api.control_access import ControlAccess
from branch_mock.api.endpoints import API, EXPORTS, LINKS
from branch_mock.api.exchange import Exchange, hint_of, printable_hint
from branch_mock.api.hosts import Place, Surface, check_host, place
from branch_mock.api.incoming import Incoming
from branch_mock.api.perform import perform
from branch_mock.api.reading import method_of, parser, read_call
from branch_mock.api.replies import error_reply, page_reply, preflight_reply
from branch_mock.api.router import Methods, Parameters, Router, allowed, choose
from branch_mock.clock import moment, ms_since
from branch_mock.control.endpoints import CONTROL
from branch_mock.domain.addresses import host_name, is_branch_host
from branch_mock.domain.links import CONTROL_PREFIX
from branch_mock.emulator import Emulator
from branch_mock.errors import (
    HINT_HEADER,
    ApiError,
    InternalError,
    InvalidCredentials,
    InvalidRequest,
    LinkNotFound,
    MethodNotAllowed,
    NotReady,
)
from branch_mock.faults import Fault
from branch_mock.misspelt import names_of
from branch_mock.request_log import log_request, requests_log
from branch_mock.secrets import masked_text
from branch_mock.validation import schema_of

log = logging.getLogger(__name__)

_INBOX = "control.inbox_collect"
"""Its calls are attempts to deliver webhooks, which timelines have as such."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HOME_METHODS = ("GET", "HEAD", "OPTIONS")
_TABLES: tuple[tuple[Endpoint[Any], ...], ...] = (API, CONTROL, LINKS, EXPORTS)
_API, _CONTROL, _LINKS, _EXPORTS = map(Router, _TABLES)


def compile_schemas() -> Iterator[None]:
    """Compile the schemas of all endpoints, one at a step, once a process; the first call of an
    endpoint does it else."""
    for endpoint in chain.from_iterable(_TABLES):
        schema_of(endpoint.schema)
        yield


class Responder:
    """Answers requests for one emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._branch = emulator.branch
        self._apps = emulator.branch.apps
        self._access = ControlAccess(emulator.branch.settings)

    def open(self, incoming: Incoming) -> Exchange:
        """Find what a request is for. Nothing is changed yet, and a refusal waits for `perform`,
        since a fault may hit what would be refused."""
        caller = incoming.caller
        where = place(caller.host, incoming.path, self._apps)
        control = where.surface is Surface.API and where.begins_with(CONTROL_PREFIX)
        method = "GET" if incoming.method == "HEAD" else incoming.method
        at_ms = self._branch.clock.now_ms()
        direct = caller.direct and self._access.on
        exchange = Exchange(incoming, method, where, control, at_ms, moment(), direct=direct)
        try:
            check_host(caller.host)
            if control:
                self._access.check(exchange.method, where.path, caller)
            if not exchange.is_home:
                self._find(exchange)
        except ApiError as error:
            exchange.error = error
        return exchange

    def _find(self, exchange: Exchange) -> None:
        method, incoming = exchange.method, exchange.incoming
        methods, exchange.parameters = _look_up(method, exchange)
        if method == "OPTIONS":
            return
        method = method_of(incoming, method, methods)
        endpoint = choose(methods, method, exchange.where.path)
        exchange.endpoint = endpoint
        if endpoint.needs_seeds and not self._branch.ready:
            raise NotReady

    def read(self, exchange: Exchange, raw: bytes) -> None:
        """Take in the rest of the request: its body, empty where there is none."""
        endpoint = exchange.endpoint
        if endpoint is None or exchange.error is not None:
            return
        try:
            parse = parser(exchange.incoming, raw, endpoint)
            call = read_call(exchange.incoming, parse, endpoint, exchange.parameters)
        except ApiError as error:
            exchange.error = error
            return
        exchange.call, exchange.query, exchange.body = call, call.query, call.body
        exchange.parse = parse
        if endpoint.slow:
            call.abandoned = Event()

    def strike(self, exchange: Exchange) -> Fault | None:
        """The fault that hits a request, if any does; none ever hits the control plane."""
        if exchange.control or not self.disturbed(exchange):
            return None
        try:
            heeded = self._access.on
            return self._emulator.faults.strike(exchange.sent(self._apps), heeded=heeded)
        except ApiError as error:  # it asks for one itself, but in no way to be read
            exchange.error = error
            return None

    def disturbed(self, exchange: Exchange) -> bool:
        """Whether a fault might hit a request."""
        if exchange.direct:
            return False
        asked = exchange.incoming.caller.asks_for_fault and self._access.on
        return asked or bool(self._emulator.faults)

    def perform(self, exchange: Exchange) -> Reply:
        """Do what a request asks for, wholly or not at all, and answer it."""
        try:
            return self._perform(exchange)
        except ApiError as error:
            return self._refuse(exchange, error)
        except Exception as error:
            if exchange.call is not None and exchange.call.given_up:
                raise  # which is why
            log.exception("%s /%s failed", exchange.method, masked_text(exchange.where.path))
            self._emulator.failures.append(error)
            return error_reply(InternalError(error))

    def _perform(self, exchange: Exchange) -> Reply:
        if exchange.error is not None:
            raise exchange.error
        if exchange.is_home:
            return self._home(exchange)
        endpoint, call = exchange.endpoint, exchange.call
        if endpoint is None or call is None:
            methods, _ = _look_up("OPTIONS", exchange)
            return preflight_reply(allowed(methods), exchange.incoming.headers)
        inner = exchange.control or exchange.where.surface is Surface.EXPORTS
        reply = perform(self._emulator if inner else self._branch, self._apps, endpoint, call)
        if call.hint is not None:
            exchange.hint = printable_hint(call.hint)
            reply.headers[HINT_HEADER] = exchange.hint
        return reply

    def close(self, exchange: Exchange, reply: Reply) -> None:
        """Write what became of a request into journal and log, before its answer leaves."""
        if not exchange.control:
            self._emulator.journal.write(exchange.entry(self._apps, reply))
        elif _is_deed(exchange):
            place = masked_text(exchange.where.path)
            what = f"{exchange.incoming.method} /{place} -> {reply.status}"
            self._emulator.deeds.note(f"{what} {masked_text(reply.note)}".rstrip())
        if requests_log.isEnabledFor(logging.INFO):
            status = None if exchange.connection is not None else reply.status
            incoming, ms, note = exchange.incoming, ms_since(exchange.began), reply.note
            if exchange.hint is not None and exchange.hint not in note:
                note = f"{note} [hint: {exchange.hint}]".lstrip()
            log_request(incoming.method, incoming.target, status, ms, note)

    def _refuse(self, exchange: Exchange, error: ApiError) -> Reply:
        """The envelope; a page instead where somebody follows a link, which only a browser or the
        form of the path can tell on a host that serves the API too."""
        where, method = exchange.where, exchange.method
        hint, slip = hint_of(error), _slip(exchange, error)
        exchange.hint = hint if slip is None else printable_hint(f"{hint} {slip}")
        if where.surface is Surface.EXPORTS:
            reply = s3.error_reply(error, where.path)
            reply.headers[HINT_HEADER] = exchange.hint
            return reply
        if method == "GET" and _is_followed(where):
            on_links = where.surface is Surface.LINKS
            if on_links or where.looks_like_link or exchange.incoming.caller.accepts_html:
                return page_reply(error, exchange.hint)
            if isinstance(error, LinkNotFound):
                error = _API.refuse(method, where.path)
                exchange.hint = f"path: {hint_of(error)}; {_NO_LINK}"
        return error_reply(error, exchange.hint)

    def _home(self, exchange: Exchange) -> Reply:
        caller, method = exchange.incoming.caller, exchange.method
        if is_branch_host(host_name(caller.host)):
            raise _API.refuse(method, "")
        if method == "OPTIONS":
            return preflight_reply(_HOME_METHODS, exchange.incoming.headers)
        if method != "GET":
            raise MethodNotAllowed(method, "/", _HOME_METHODS)
        apps = self._apps.all() if self._branch.ready else []
        url, app = caller.origin.base or "", apps[0] if apps else None
        if caller.accepts_html:
            return Reply.html(pages.home_html(url, app, docs=self._access.on))
        return Reply.text(pages.home_text(url, app, docs=self._access.on))


_NO_LINK = (
    "nor is there such a link here: one of an app's own domain is at /DOMAIN/PATH, or at /PATH for"
    " who sends that domain as Host"
)


def _slip(exchange: Exchange, error: ApiError) -> str | None:
    """Which field may be misspelt of a call that is refused for what it says."""
    endpoint, call = exchange.endpoint, exchange.call
    if endpoint is None or call is None or not isinstance(error, _ABOUT_FIELDS):
        return None
    return names_of(endpoint.schema).misspelt(call.query, call.body)


_ABOUT_FIELDS = (InvalidRequest, InvalidCredentials)


def _is_deed(exchange: Exchange) -> bool:
    """Whether it asked the control plane to do something."""
    endpoint = exchange.endpoint
    inbox = endpoint is not None and endpoint.name == _INBOX
    return exchange.incoming.method not in _READING and not inbox


def _look_up(method: str, exchange: Exchange) -> tuple[Methods, Parameters]:
    """The endpoints at a place: the API first, then link paths (contract 2)."""
    where, table = exchange.where, _CONTROL if exchange.control else _API
    path = where.path
    if where.surface is Surface.API:
        found = table.find(path)
        if found is not None:
            return found
        found = None if table.owns(path) else _LINKS.find(path)
        if found is None or (method != "OPTIONS" and method not in found[0]):
            raise table.refuse(method, path)
    else:
        table = _EXPORTS if where.surface is Surface.EXPORTS else _LINKS
        found = table.find(path)
        if found is None:
            raise table.refuse(method, path)
    methods, parameters = found
    return methods, {**parameters, "domain": where.domain}


def _is_followed(where: Place) -> bool:
    if where.surface is Surface.API:
        return where.path != "" and not _API.owns(where.path)
    return where.surface is Surface.LINKS
