"""A listener for hosts of Branch, with a certificate of a test CA, that forwards to the mock."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread

from trustme import CA

log = logging.getLogger(__name__)
TIMEOUT = 20
API_HOST = "api.branch.io"


class _Terminator:
    """Ends TLS and passes the bytes of each connection on, both ways, until it is told to stop."""

    def __init__(self, port: int, seconds: float) -> None:
        self._port = port
        self._seconds = seconds
        self._forwarding: set[asyncio.Task[None] | None] = set()
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def serve(self, context: ssl.SSLContext, started: "Future[_Terminator]") -> None:
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0, ssl=context)
        async with server:
            self.port: int = server.sockets[0].getsockname()[1]
            started.set_result(self)
            await asyncio.wait_for(self._stop.wait(), self._seconds)
        tasks = [task for task in self._forwarding if task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=TIMEOUT)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._forwarding.add(asyncio.current_task())
        from_mock, to_mock = await asyncio.open_connection("127.0.0.1", self._port)
        async with asyncio.timeout(self._seconds), _closing(to_mock), _closing(writer):
            await asyncio.gather(_pump(reader, to_mock), _pump(from_mock, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends, then end the other."""
    try:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    except ConnectionError as error:  # a client that goes without a word has ended too
        log.debug("connection lost: %r", error)
    writer.close()


@asynccontextmanager
async def _closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        yield
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@contextmanager
def terminator(
    ca: CA, port: int, *, hosts: Sequence[str] = (API_HOST,), seconds: float = TIMEOUT
) -> Iterator[int]:
    """The port of a TLS listener on 127.0.0.1 that forwards to `port` there, for `seconds` at most.

    It has a certificate for `hosts`.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert(*hosts).configure_cert(context)
    started: Future[_Terminator] = Future()

    async def main() -> None:
        await _Terminator(port, seconds).serve(context, started)

    thread = Thread(target=asyncio.run, args=(main(),))
    thread.start()
    running = started.result(TIMEOUT)
    try:
        yield running.port
    finally:
        running.stop()
        thread.join(TIMEOUT)
        assert not thread.is_alive()
