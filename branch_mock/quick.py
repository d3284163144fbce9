"""The short way of plain requests: parsed, answered and written in one go, without a task.

Most requests come in one piece and need no waiting. They are read by aiohttp's own parser and
answered by the same `Responder`, so that they get the same answers; what is saved is aiohttp's
machinery for those that stream, wait or go wrong. At the first of these a connection is aiohttp's
for good.
"""

import asyncio
import re
from functools import lru_cache
from http import HTTPStatus

from aiohttp import HttpVersion11
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpProcessingError, HttpRequestParser, RawRequestMessage

from branch_mock.api.adapter import common_headers
from branch_mock.api.call import Reply
from branch_mock.api.hosts import Surface
from branch_mock.api.incoming import Incoming
from branch_mock.handler import Handler

MAX_REQUEST = 64 * 1024
"""Bytes of the longest request that goes the short way."""

_METHODS = frozenset({"GET", "POST", "PUT", "DELETE"})
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d{1,9})\r\n", re.IGNORECASE)
_NO_BODY = frozenset({204, 304})
_BREAKS = re.compile(r"[\r\n\0]")


class Quick:
    """The short way on one connection."""

    __slots__ = ("_clock", "_parser", "_responder", "_scheme", "_transport")

    def __init__(self, handler: Handler, transport: asyncio.Transport) -> None:
        self._responder = handler.responder
        self._clock = handler.clock
        self._transport = transport
        loop = asyncio.get_running_loop()
        self._parser = HttpRequestParser(BaseProtocol(loop), loop, MAX_REQUEST)
        self._scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"

    def take(self, data: bytes) -> bool:
        """Answer the request that `data` is. False when it cannot go this way: nothing was done."""
        transport = self._transport
        if not _is_whole(data) or transport.is_closing() or transport.get_write_buffer_size():
            return False
        incoming = self._read(data)
        reply = None if incoming is None else self._answer(*incoming, len(data))
        if reply is None:
            return False
        transport.write(_message(reply, self._clock.now_ms() // 1000))
        return True

    def _read(self, data: bytes) -> tuple[Incoming, bytes] | None:
        """The request that `data` is, unless it is more than plain."""
        try:
            messages, _, _ = self._parser.feed_data(data)
        except HttpProcessingError:
            return None  # aiohttp finds it too, and answers
        if len(messages) != 1:
            return None
        message, payload = messages[0]
        if not payload.is_eof() or not _is_plain(message):
            return None
        path, _, query = message.path.partition("?")
        headers, scheme = message.headers, self._scheme
        incoming = Incoming(message.method, path, query, headers, scheme, self._remote)
        return incoming, payload.read_nowait()

    def _remote(self) -> str | None:
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if isinstance(peer, tuple) else peer

    def _answer(self, incoming: Incoming, body: bytes, size: int) -> Reply | None:
        """What is answered; None, and nothing done, where it takes waiting or streaming."""
        responder = self._responder
        exchange = responder.open(incoming)
        endpoint = exchange.endpoint
        if (
            exchange.control
            or exchange.where.surface is Surface.EXPORTS
            or (endpoint is not None and endpoint.slow)
            or responder.disturbed(exchange)
        ):
            return None
        responder.read(exchange, body)
        exchange.size = size
        reply = responder.perform(exchange)
        responder.close(exchange, reply)
        return reply


def _is_whole(data: bytes) -> bool:
    """Whether that is one request from its beginning to its end, if its head is plain."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or len(data) > MAX_REQUEST:
        return False
    length = _LENGTH.search(data, 0, end + 2)
    return len(data) == end + 4 + (0 if length is None else int(length[1]))


def _is_plain(message: RawRequestMessage) -> bool:
    return (
        message.method in _METHODS
        and message.version == HttpVersion11
        and message.path.startswith("/")
        and "#" not in message.path
        and "Expect" not in message.headers
        and not (message.should_close or message.upgrade or message.chunked or message.compression)
    )


def _message(reply: Reply, seconds: int) -> bytes:
    """The whole answer as it goes over the wire."""
    head = _head(reply.status, reply.content_type, seconds)
    for name, value in reply.headers.items():
        if _BREAKS.search(value):
            raise ValueError(f"header {name} has a line break")
        head += f"{name}: {value}\r\n"
    body = b"" if reply.status in _NO_BODY else reply.body
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@lru_cache(maxsize=64)
def _head(status: int, content_type: str, seconds: int) -> str:
    lines = "".join(f"{name}: {value}\r\n" for name, value in common_headers(seconds, content_type))
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}"
