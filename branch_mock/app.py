"""The whole HTTP surface, put together in one place."""

import asyncio
import logging
from threading import Event
from typing import Any

from aiohttp import web

from branch_mock.api import pages, s3
from branch_mock.api.adapter import (
    caller_of,
    error_reply,
    page_reply,
    preflight_reply,
    read_call,
    response_of,
    stream,
)
from branch_mock.api.call import MAX_BODY, Call, Caller, Endpoint, Reply
from branch_mock.api.endpoints import API, EXPORTS, LINKS
from branch_mock.api.hosts import Place, Surface, place
from branch_mock.api.perform import perform
from branch_mock.api.router import Methods, Parameters, Router, allowed, choose
from branch_mock.branch import Branch
from branch_mock.clock import Stopwatch
from branch_mock.control.endpoints import CONTROL
from branch_mock.domain.addresses import host_name, is_branch_host
from branch_mock.errors import ApiError, InternalError, LinkNotFound, NotReady
from branch_mock.request_log import log_request, requests_log
from branch_mock.seeds import plant

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 0.5
"""How long requests in flight may take when the server stops."""


class Emulator:
    """Answers HTTP requests for one `Branch`.

    failures: exceptions that nobody meant, each answered by a 500: bugs of ours.
    """

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.failures: list[Exception] = []
        self._api = Router((*API, *CONTROL))
        self._links = Router(LINKS)
        self._exports = Router(EXPORTS)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request, whatever it is."""
        watch = Stopwatch()
        reply = await self._reply(request)
        if requests_log.isEnabledFor(logging.INFO):
            log_request(request.method, request.raw_path, reply.status, watch.ms(), reply.note)
        if reply.chunks is not None:
            return await stream(request, reply, self.branch.clock.now_ms())
        return response_of(reply, self.branch.clock.now_ms())

    async def _reply(self, request: web.BaseRequest) -> Reply:
        caller = caller_of(request, self.branch.settings)
        where = place(caller.host, request.rel_url.raw_path, self.branch.apps)
        try:
            return await self._serve(request, caller, where)
        except ApiError as error:
            return self._refuse(request.method, caller, where, error)
        except Exception as error:
            log.exception("%s /%s failed", request.method, where.path)
            self.failures.append(error)
            return error_reply(InternalError(error))

    async def _serve(self, request: web.BaseRequest, caller: Caller, where: Place) -> Reply:
        if not where.path and where.surface is Surface.API:
            return self._home(request.method, caller)
        methods, parameters = self._find(request.method, where)
        if request.method == "OPTIONS":
            return preflight_reply(allowed(methods), request.headers)
        endpoint = choose(methods, request.method, where.path)
        if not self.branch.ready and endpoint not in CONTROL:
            raise NotReady
        call = await read_call(request, endpoint, parameters, caller)
        if endpoint.slow:
            return await self._perform_slow(endpoint, call)
        return perform(self.branch, endpoint, call)

    async def _perform_slow(self, endpoint: Endpoint, call: Call) -> Reply:
        call.abandoned = Event()
        try:
            return await asyncio.to_thread(perform, self.branch, endpoint, call)
        except asyncio.CancelledError:
            call.abandoned.set()
            raise

    def _find(self, method: str, where: Place) -> tuple[Methods, Parameters]:
        """The endpoints at a place: the API first, then link paths (contract 2)."""
        if where.surface is Surface.API:
            found = self._api.find(where.path)
            if found is not None:
                return found
            if self._api.owns(where.path) or method not in {"GET", "HEAD", "OPTIONS"}:
                raise self._api.refuse(method, where.path)
        if where.surface is Surface.EXPORTS:
            found = self._exports.find(where.path)
        else:
            found = self._links.find(where.path)
        if found is None:
            raise self._api.refuse(method, where.path)
        methods, parameters = found
        return methods, {**parameters, "domain": where.domain}

    def _refuse(self, method: str, caller: Caller, where: Place, error: ApiError) -> Reply:
        """The envelope; a page instead where somebody follows a link, which only a browser or the
        form of the path can tell on a host that serves the API too; XML where export files are."""
        if where.surface is Surface.EXPORTS:
            return s3.error_reply(error, where.path)
        followed = where.surface is Surface.LINKS or (
            where.surface is Surface.API and not self._api.owns(where.path)
        )
        if followed and (
            where.surface is Surface.LINKS or where.looks_like_link or caller.accepts_html
        ):
            return page_reply(error)
        if followed and isinstance(error, LinkNotFound):
            error = self._api.refuse(method, where.path)
        return error_reply(error)

    def _home(self, method: str, caller: Caller) -> Reply:
        if method not in {"GET", "HEAD"} or is_branch_host(host_name(caller.host)):
            raise self._api.refuse(method, "")
        apps = self.branch.apps.all()
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
    app.router.add_route("*", "/{path:.*}", Emulator(branch).handle)
    return app


def create_runner(emulator: Emulator, **options: Any) -> web.ServerRunner:
    """A runner around aiohttp's low-level server, to be set up on the running loop."""
    return web.ServerRunner(
        web.Server(emulator.handle, access_log=None, **options), shutdown_timeout=SHUTDOWN_SECONDS
    )
