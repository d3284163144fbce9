"""aiohttp on one side, `Call` and `Reply` on the other; every error becomes the envelope here."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from aiohttp import web

from branch_mock import __version__
from branch_mock.api import pages
from branch_mock.api.bodies import read_body, read_pairs
from branch_mock.api.call import HTML_TYPE, Call, Caller, Endpoint, Reply
from branch_mock.api.hosts import origin_for
from branch_mock.errors import ApiError, BodyTooLarge, InvalidBody, MethodNotAllowed
from branch_mock.settings import Settings

log = logging.getLogger(__name__)

CORS_HEADERS = {"Access-Control-Allow-Origin": "*"}
_SERVER = f"branch_mock/{__version__}"
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})


def caller_of(request: web.BaseRequest, settings: Settings) -> Caller:
    """Who sent a request; `X-Forwarded-…` of a proxy in front are believed."""
    headers = request.headers
    host = headers.get("X-Forwarded-Host") or headers.get("Host") or ""
    scheme = headers.get("X-Forwarded-Proto") or request.scheme
    return Caller(
        host=host,
        origin=origin_for(scheme, host, settings.public_url),
        user_agent=_text(headers.get("User-Agent", "")),
        ip=_ip_of(headers.get("X-Forwarded-For"), request.remote),
        accepts_html="text/html" in headers.get("Accept", ""),
    )


def _ip_of(forwarded: str | None, remote: str | None) -> str:
    if forwarded:
        first = forwarded.partition(",")[0].strip()
        try:
            return str(ip_address(first))
        except ValueError:
            log.debug("X-Forwarded-For is no address: %r", first)
    return remote or "127.0.0.1"


def _text(header: str) -> str:
    """Bytes of a header that are not UTF-8 arrive as lone surrogates; make them U+FFFD."""
    return header if header.isascii() else header.encode(errors="replace").decode()


async def read_call(
    request: web.BaseRequest, endpoint: Endpoint, path: Mapping[str, str], caller: Caller
) -> Call:
    """The call in a request. Raises BodyTooLarge and InvalidBody."""
    query_text = request.rel_url.raw_query_string
    query = read_pairs(query_text) if query_text else {}
    body: Any = {}
    if endpoint.method not in _BODILESS:
        raw = await _read(request, endpoint.max_body)
        body = read_body(raw, request.headers.get("Content-Type", ""))
    return Call(path=path, query=query, body=body, caller=caller, headers=request.headers)


async def _read(request: web.BaseRequest, limit: int) -> bytes:
    """The whole body, at most `limit` bytes of it, decompressed if it was compressed."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise BodyTooLarge(limit)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    chunks, size = [], 0
    while chunk := await _next_chunk(request):
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge(limit)
        chunks.append(chunk)
    return b"".join(chunks)


async def _next_chunk(request: web.BaseRequest) -> bytes:
    try:
        return await request.content.readany()
    except (web.RequestPayloadError, ConnectionError) as error:
        raise InvalidBody(f"The body cannot be read: {type(error).__name__}") from error


def error_reply(error: ApiError) -> Reply:
    """The envelope of an error (contract 3)."""
    body = {"error": {"code": error.status, "message": error.message}}
    reply = Reply.json(body, status=error.status, note=error.message)
    if isinstance(error, MethodNotAllowed):
        reply.headers["Allow"] = error.allowed
    return reply


def page_reply(error: ApiError) -> Reply:
    """An error as a page, for those who follow links (contract 6)."""
    reply = error_reply(error)
    reply.body = pages.failure(error.status, error.message).encode()
    reply.content_type = HTML_TYPE
    return reply


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
    response.content_length = reply.length
    await response.prepare(request)
    chunks = reply.chunks if request.method != "HEAD" else None
    while chunks is not None and (chunk := await asyncio.to_thread(next, chunks, None)):
        await response.write(chunk)
    await response.write_eof()
    return response


def _headers_of(reply: Reply, now_ms: int) -> dict[str, str]:
    return {
        "Content-Type": reply.content_type,
        "Date": _http_date(now_ms // 1000),
        "Server": _SERVER,
        **CORS_HEADERS,
        **reply.headers,
    }


@lru_cache(maxsize=8)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
