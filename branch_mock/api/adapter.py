"""aiohttp on one side, `Incoming` and `Reply` on the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from email.utils import formatdate
from functools import lru_cache

from aiohttp import web
from multidict import CIMultiDict

from branch_mock import __version__
from branch_mock.api.call import Reply
from branch_mock.api.incoming import Incoming
from branch_mock.api.reading import caller_of
from branch_mock.errors import BodyTooLarge, InvalidBody, RequestTimeout


def incoming_of(request: web.BaseRequest, public_url: str | None) -> Incoming:
    """The head of a request. public_url: the setting."""
    url = request.rel_url
    caller = caller_of(request.headers, request.scheme, lambda: request.remote, public_url)
    return Incoming(request.method, url.raw_path, url.raw_query_string, caller)


def size_of(request: web.BaseRequest) -> int:
    """Bytes of the head of a request, about."""
    return len(request.raw_path) + sum(len(n) + len(v) for n, v in request.raw_headers)


async def read_raw(request: web.BaseRequest, limit: int, seconds: int) -> bytes:
    """The whole body, decompressed if it was compressed. Raises BodyTooLarge when it is longer than
    `limit` bytes, InvalidBody when it cannot be read to its end, and RequestTimeout when it takes
    more than so many seconds to come."""
    if request.content.is_eof():  # it came with its head, as most do
        return await _read(request, limit)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, limit)
    except TimeoutError:
        raise RequestTimeout(seconds) from None


async def _read(request: web.BaseRequest, limit: int) -> bytes:
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


def drop_packed(request: web.BaseRequest) -> None:
    """Leave alone what is left of a compressed body. aiohttp would read on for ten seconds, so that
    its client may see the answer, and unpack all of it meanwhile for nobody."""
    if "Content-Encoding" in request.headers and not request.content.is_eof():
        request.content.set_exception(TimeoutError("nobody reads on"))  # which ends the reading


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
    headers = CIMultiDict(common_headers(now_ms // 1000, reply.content_type))
    if reply.headers:
        headers.update(reply.headers)
    return headers


@lru_cache(maxsize=64)
def common_headers(seconds: int, content_type: str) -> tuple[tuple[str, str], ...]:
    """The headers of every answer, at so many seconds since 1970."""
    return (
        ("Content-Type", content_type),
        ("Date", formatdate(seconds, usegmt=True)),
        ("Server", f"branch_mock/{__version__}"),
        ("Access-Control-Allow-Origin", "*"),
    )
