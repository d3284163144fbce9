"""aiohttp on one side, `Call` and `Reply` on the other; every error becomes the envelope here."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from branch_mock import __version__
from branch_mock.api import pages
from branch_mock.api.bodies import read_body, read_pairs
from branch_mock.api.call import HTML_TYPE, Call, Caller, Endpoint, Reply, printable
from branch_mock.api.hosts import is_authority, origin_for
from branch_mock.api.router import Methods
from branch_mock.api.scripts import SCRIPT_BODIES, script_body
from branch_mock.errors import (
    ApiError,
    BodyTooLarge,
    InvalidBody,
    MethodNotAllowed,
    RequestTimeout,
)
from branch_mock.faults import Fault, describe

HINT_HEADER = "X-Branch-Mock-Hint"
FAULT_HEADER = "X-Branch-Mock-Fault"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_SCHEMES = frozenset({"http", "https"})


def caller_of(request: web.BaseRequest, public_url: str | None) -> Caller:
    """Who sent a request; `X-Forwarded-…` of a proxy in front are believed."""
    headers = request.headers
    host = printable(headers.get("Host", ""))
    forwarded = headers.get("X-Forwarded-Host")
    if forwarded and is_authority(_first(forwarded)):
        host = _first(forwarded) or host
    scheme = headers.get("X-Forwarded-Proto")
    if scheme is None or (scheme := _first(scheme).lower()) not in _SCHEMES:
        scheme = request.scheme
    return Caller(
        host=host,
        origin=origin_for(scheme, host, public_url),
        headers=headers,
        remote=lambda: request.remote,
    )


def _first(header: str) -> str:
    """The first of a list: each proxy on the way adds its own behind it."""
    return header.partition(",")[0].strip()


def method_of(request: web.BaseRequest, method: str, methods: Methods) -> str:
    """What a request means to do: a script's GET that carries a body is the POST that the SDKs
    make of it on old browsers (contract 11)."""
    post = methods.get("POST")
    if method == "GET" and post is not None and post.jsonp:
        query = printable(request.rel_url.raw_query_string)
        if "callback=" in query and not SCRIPT_BODIES.isdisjoint(read_pairs(query)):
            return "POST"
    return method


async def read_call(
    request: web.BaseRequest,
    endpoint: Endpoint[Any],
    path: Mapping[str, str],
    caller: Caller,
    seconds: int,
) -> Call:
    """The call in a request, whose body may take so many seconds. Raises BodyTooLarge,
    InvalidBody and RequestTimeout."""
    query_text = printable(request.rel_url.raw_query_string)
    query = read_pairs(query_text) if query_text else {}
    body: Any = {}
    if endpoint.method not in _BODILESS and request.method in _BODILESS:
        body = script_body(query)
    elif endpoint.method not in _BODILESS:
        raw = await _read_in_time(request, endpoint.max_body, seconds)
        content_type = request.headers.get("Content-Type", "")
        body = read_body(raw, content_type, endpoint.max_depth)
    return Call(path=path, query=query, body=body, caller=caller)


async def _read_in_time(request: web.BaseRequest, limit: int, seconds: int) -> bytes:
    if request.content.is_eof():  # it came with its head, as most do
        return await _read(request, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, limit)
    except TimeoutError:
        raise RequestTimeout(seconds) from None


async def _read(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it, decompressed if it was compressed."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise BodyTooLarge(limit)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    chunks, size = [], 0
    content = request.content
    try:
        while not content.at_eof():
            chunk = await content.readany()
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(limit)
            chunks.append(chunk)
    except (web.RequestPayloadError, ConnectionError) as error:
        raise InvalidBody(f"The body cannot be read: {type(error).__name__}") from error
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def error_reply(error: ApiError, hint: str | None = None) -> Reply:
    """The answer that an error is (contract 3); `hint` goes into a header."""
    reply = Reply(status=error.status, body=error.body().encode(), note=error.message)
    if hint is not None:
        reply.headers[HINT_HEADER] = hint
    if isinstance(error, MethodNotAllowed):
        reply.headers["Allow"] = error.allowed
    return reply


def page_reply(error: ApiError, hint: str | None = None) -> Reply:
    """An error as a page, for those who follow links (contract 6)."""
    reply = error_reply(error, hint)
    reply.body = pages.failure(error.status, error.message).encode()
    reply.content_type = HTML_TYPE
    return reply


def fault_reply(fault: Fault, reply: Reply) -> Reply:
    """What a fault makes of a reply (contract 12); a header names the fault."""
    if fault.status is not None:
        reply = _status_reply(fault, fault.status)
    reply.headers.update(fault.headers)
    if fault.retry_after is not None:
        reply.headers["Retry-After"] = str(fault.retry_after)
    reply.headers[FAULT_HEADER] = fault.id
    reply.note = f"{describe(fault)} {reply.note}".rstrip()
    return reply


def _status_reply(fault: Fault, status: int) -> Reply:
    if fault.body is None:
        text = HTTPStatus(status).phrase if status in _PHRASES else "Fault"
        return Reply.json({"error": {"code": status, "message": text}}, status=status)
    if isinstance(fault.body, str):
        return Reply.text(fault.body, status=status)
    return Reply.json(fault.body, status=status)


_PHRASES = frozenset(HTTPStatus)


def preflight_reply(methods: Sequence[str], headers: Mapping[str, str]) -> Reply:
    """The answer to OPTIONS: every origin, the path's methods, the headers that were asked for."""
    allow = ", ".join(methods)
    wanted = headers.get("Access-Control-Request-Headers", "*")
    return Reply(
        status=204,
        headers={
            "Allow": allow,
            "Access-Control-Allow-Methods": allow,
            "Access-Control-Allow-Headers": wanted,
            "Access-Control-Max-Age": "86400",
        },
    )


def response_of(reply: Reply, now_ms: int) -> web.Response:
    """The response that a reply stands for; its Date is the emulated clock's (contract 4)."""
    return web.Response(status=reply.status, body=reply.body, headers=_headers_of(reply, now_ms))


async def stream(request: web.BaseRequest, reply: Reply, now_ms: int) -> web.StreamResponse:
    """Send a reply whose body comes in chunks, and not more of it than the client takes."""
    response = web.StreamResponse(status=reply.status, headers=_headers_of(reply, now_ms))
    chunks = reply.chunks
    response.content_length = reply.length
    await response.prepare(request)
    if request.method == "HEAD":
        pass
    elif isinstance(chunks, AsyncIterator):
        async with aclosing(chunks) as coming:  # type: ignore[type-var]
            async for chunk in coming:
                await response.write(chunk)
    elif chunks is not None:
        while chunk := await asyncio.to_thread(next, chunks, b""):
            await response.write(chunk)
    await response.write_eof()
    return response


def _headers_of(reply: Reply, now_ms: int) -> CIMultiDict[str]:
    headers = CIMultiDict(_common_headers(now_ms // 1000, reply.content_type))
    if reply.headers:
        headers.update(reply.headers)
    return headers


@lru_cache(maxsize=64)
def _common_headers(seconds: int, content_type: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Type", content_type),
        ("Date", formatdate(seconds, usegmt=True)),
        ("Server", f"branch_mock/{__version__}"),
        ("Access-Control-Allow-Origin", "*"),
    )
