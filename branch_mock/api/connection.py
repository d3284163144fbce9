"""What a fault does to a connection instead of answering on it (contract 12).

Everything goes through aiohttp's public transport; the reply that is returned afterwards finds the
connection closed, which aiohttp takes for a client that left.
"""

import asyncio
import socket
import struct

from aiohttp import web

from branch_mock.api.call import Reply
from branch_mock.faults import Connection

_LINGER_NOTHING = struct.pack("ii", 1, 0)
_LOOK_SECONDS = 0.05
_GARBAGE = bytes(range(256))
_CUT = b'{"error":{"code":500,"message":'


async def until_left(request: web.BaseRequest) -> None:
    """Wait for the client to leave. A runner may also end the handler then, but need not."""
    while (  # noqa: ASYNC110 - no public event tells it
        transport := request.transport
    ) is not None and not transport.is_closing():
        await asyncio.sleep(_LOOK_SECONDS)


async def disturb(request: web.BaseRequest, kind: Connection, reply: Reply) -> None:
    """Do that to the request's connection; `reply` is what would have been answered."""
    if kind is Connection.HANG:
        await until_left(request)
    transport = request.transport
    if transport is None:
        return
    if kind is Connection.RESET:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
        transport.abort()
        return
    if kind is Connection.TRUNCATED:
        body = reply.body or _CUT
        head = (
            f"HTTP/1.1 {reply.status} Truncated\r\nContent-Type: {reply.content_type}\r\n"
            f"Content-Length: {len(body) + 1}\r\n\r\n"
        )
        transport.write(head.encode() + body[: len(body) // 2])
    elif kind is Connection.GARBAGE:
        transport.write(_GARBAGE)
    transport.close()
