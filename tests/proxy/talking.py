"""The client's side of a proxy, and the side beyond, byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

TIMEOUT = 10
CONNECT = b"CONNECT api.branch.io:443 HTTP/1.1\r\nHost: api.branch.io:443\r\n\r\n"
HEALTH = b"GET /_mock/health HTTP/1.1\r\nHost: api.branch.io\r\nConnection: close\r\n\r\n"


class Stream(NamedTuple):
    """One connection. Nothing waits for longer than `TIMEOUT` seconds."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), TIMEOUT)

    async def head(self) -> str:
        """The head of an answer."""
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), TIMEOUT)
        return head.decode("latin-1")

    async def rest(self) -> bytes:
        """What comes until the connection ends, in whatever way."""
        received = b""
        try:
            while chunk := await asyncio.wait_for(self.reader.read(65536), TIMEOUT):
                received += chunk
        except ConnectionError:
            return received
        return received

    async def status(self, data: bytes) -> int:
        """The status of the answer to some bytes."""
        await self.send(data)
        return int((await self.head()).split(" ", 2)[1])

    async def secure(self, pem: str, host: str = "api.branch.io") -> None:
        """Begin TLS, trusting an authority."""
        context = ssl.create_default_context(cadata=pem)
        await asyncio.wait_for(self.writer.start_tls(context, server_hostname=host), TIMEOUT)


class Ends:
    """Makes connections to a port of this machine, and ends them all."""

    def __init__(self, port: int, pem: str) -> None:
        self.port = port
        self.pem = pem
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> Stream:
        """A new connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return Stream(reader, writer)

    async def tunnel(self) -> Stream:
        """A new connection on which `CONNECT` was answered and TLS is spoken."""
        stream = await self.open()
        assert await stream.status(CONNECT) == 200
        await stream.secure(self.pem)
        return stream

    async def close(self) -> None:
        """End them."""
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)


Talk = Callable[[Stream], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[int]:
    """The port of a server that talks like that to everybody."""
    done: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        done.add(task)
        try:
            await talk(Stream(reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in done:
            task.cancel()
        await asyncio.gather(*done, return_exceptions=True)
