"""The short way of plain requests: read, answered and written in one go, without a task.

Most requests come in one piece, are plain and need no waiting. They are answered by the same
`Responder` as all others, so that they get the same answers; what is saved is aiohttp's machinery
for those that stream, wait or go wrong. What is plain is said narrowly here: at the first request
that is anything else, a connection is aiohttp's for good, with all that came of that request.
"""

import asyncio
import re
from functools import lru_cache
from http import HTTPStatus
from typing import NamedTuple

from multidict import CIMultiDict, CIMultiDictProxy

from branch_mock.api.adapter import common_headers
from branch_mock.api.call import Reply
from branch_mock.api.hosts import Surface
from branch_mock.api.incoming import Caller, Incoming
from branch_mock.api.reading import caller_of
from branch_mock.handler import Handler

MAX_HEAD = 8000
MAX_REQUEST = 64 * 1024
"""Bytes of the longest request that goes the short way, and of its head."""

_MAX_DIGITS = len(str(MAX_REQUEST))
MAX_HEADERS = 100

_LINE = re.compile(rb"(GET|POST|PUT|DELETE) (/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))? HTTP/1\.1\r\n")
_FIELDS = re.compile(rb"(?:[!#-'*+.0-9A-Z^-z|~-]+:[\t -~]*\r\n)+")
_NOT_PLAIN = re.compile(
    rb"^(?:transfer-encoding|content-encoding|expect|upgrade|connection:(?! ?keep-alive\r))",
    re.IGNORECASE | re.MULTILINE,
)
"""Headers that ask for more than an answer."""

_BREAK = b"\r\n"
_END = b"\r\n\r\n"
_ONCE = ("Host", "Content-Length")
_REMEMBERED = 128
"""Clients send the same lines again and again."""

_NO_BODY = frozenset({204, 304})
_BREAKS = re.compile(r"[\r\n\0]")


class _Fields(NamedTuple):
    """The header fields of a plain request, and how long its body is."""

    headers: CIMultiDictProxy[str]
    length: int


class Quick:
    """The short way on one connection."""

    __slots__ = ("_caller", "_clock", "_public_url", "_responder", "_scheme", "_transport")

    def __init__(self, handler: Handler, transport: asyncio.Transport) -> None:
        self._responder = handler.responder
        self._clock = handler.clock
        self._public_url = handler.settings.public_url
        self._transport = transport
        self._scheme = "http" if transport.get_extra_info("sslcontext") is None else "https"
        self._caller = Caller()

    def take(self, data: bytes) -> bool:
        """Answer the request that `data` is. False when it cannot go this way: nothing was done."""
        transport = self._transport
        if transport.is_closing() or transport.get_write_buffer_size():
            return False
        read = self._read(data)
        reply = None if read is None else self._answer(*read, len(data))
        if reply is None:
            return False
        transport.write(_message(reply, self._clock.now_ms() // 1000))
        return True

    def _read(self, data: bytes) -> tuple[Incoming, bytes] | None:
        """The request that `data` is, from its beginning to its end, if it is plain."""
        first, end = data.find(_BREAK, 0, MAX_HEAD) + 2, data.find(_END, 0, MAX_HEAD) + 2
        if end <= first or len(data) > MAX_REQUEST:
            return None
        line, fields = _read_line(data[:first]), _read_fields(data[first:end])
        if line is None or fields is None or fields.length != len(data) - end - 2:
            return None
        caller = self._caller
        if fields.headers is not caller.headers:
            caller = caller_of(fields.headers, self._scheme, self._remote, self._public_url)
            self._caller = caller
        return Incoming(*line, caller), data[end + 2 :]

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


@lru_cache(maxsize=_REMEMBERED)
def _read_line(line: bytes) -> tuple[str, str, str] | None:
    """Method, path and query in the first line of a request, if it is plain."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    method, path, query = found.groups(b"")
    return method.decode(), path.decode(), query.decode()


@lru_cache(maxsize=_REMEMBERED)
def _read_fields(block: bytes) -> _Fields | None:
    """What header fields say, if they are plain."""
    if not _FIELDS.fullmatch(block) or _NOT_PLAIN.search(block):
        return None
    headers = CIMultiDict(_pairs(block.decode()))
    if len(headers) > MAX_HEADERS or any(len(headers.getall(name, ())) > 1 for name in _ONCE):
        return None
    length = headers.get("Content-Length", "0")
    if not length.isdigit() or len(length) > _MAX_DIGITS:
        return None
    return _Fields(CIMultiDictProxy(headers), int(length))


def _pairs(lines: str) -> list[tuple[str, str]]:
    found = []
    for line in lines.split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        found.append((name, value.strip(" \t")))
    return found


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
