"""Tunnels to hosts that are let through: bytes pass both ways, and each side may end first."""

import asyncio

from branch_mock.clock import Stopwatch
from branch_mock.proxy import Limits
from branch_mock.proxy.guard import Target
from tests.process import free_port
from tests.proxy.conftest import Proxying
from tests.proxy.talking import TIMEOUT, Ends, Stream, listening

SHORT = 0.3
LARGE = 8 * 1024 * 1024


async def echo_until_end(stream: Stream) -> None:
    """Read all that comes, and only then answer with it."""
    await stream.send(b"hello ")
    await stream.send(await stream.rest())


async def tunnel(ends: Ends, port: int, name: str = "localhost") -> Stream:
    """A tunnel through the proxy."""
    stream = await ends.open()
    assert await stream.status(f"CONNECT {name}:{port} HTTP/1.1\r\n\r\n".encode()) == 200
    return stream


async def test_a_client_that_ends_first_still_gets_its_answer(proxying: Proxying) -> None:
    async with listening(echo_until_end) as port, proxying("localhost") as ends:
        stream = await tunnel(ends, port)
        await stream.send(b"world")
        stream.writer.write_eof()
        assert await stream.rest() == b"hello world"


async def test_what_comes_with_the_connect_is_passed_on(proxying: Proxying) -> None:
    async with listening(echo_until_end) as port, proxying("LOCAL*") as ends:
        stream = await ends.open()
        head = f"CONNECT Localhost.:{port} HTTP/1.0\r\nA: b\r\n\r\nearly".encode()
        assert await stream.status(head) == 200
        stream.writer.write_eof()
        assert await stream.rest() == b"hello early"


async def test_a_server_that_ends_first_still_hears(proxying: Proxying) -> None:
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def talk(stream: Stream) -> None:
        await stream.send(b"bye")
        stream.writer.write_eof()
        heard.put_nowait(await stream.rest())

    async with listening(talk) as port, proxying("localhost") as ends:
        stream = await tunnel(ends, port)
        assert await stream.rest() == b"bye"
        await stream.send(b"later")
        stream.writer.write_eof()
        assert await asyncio.wait_for(heard.get(), TIMEOUT) == b"later"


async def test_much_passes_and_none_is_held(proxying: Proxying) -> None:
    block = bytes(range(256)) * 256

    async def talk(stream: Stream) -> None:
        for _ in range(LARGE // len(block)):
            await stream.send(block)
        stream.writer.write_eof()
        await stream.rest()

    async with listening(talk) as port, proxying("localhost") as ends:
        stream = await tunnel(ends, port)
        assert await stream.rest() == block * (LARGE // len(block))


async def test_a_half_closed_tunnel_is_not_kept_for_ever(proxying: Proxying) -> None:
    async def talk(stream: Stream) -> None:  # noqa: ARG001 - says nothing
        await asyncio.sleep(TIMEOUT)

    limits = Limits(half_closed_seconds=SHORT)
    async with listening(talk) as port, proxying("localhost", limits=limits) as ends:
        stream = await tunnel(ends, port)
        stream.writer.write_eof()
        watch = Stopwatch()
        assert await stream.rest() == b""
        assert watch.ms() < TIMEOUT * 500


async def test_a_silent_tunnel_is_not_kept_for_ever(proxying: Proxying) -> None:
    async def talk(stream: Stream) -> None:
        for _ in range(8):
            await asyncio.sleep(SHORT / 3)
            await stream.send(b".")
        await asyncio.sleep(TIMEOUT)

    limits = Limits(silent_seconds=2 * SHORT)
    async with listening(talk) as port, proxying("localhost", limits=limits) as ends:
        stream = await tunnel(ends, port)
        assert await stream.rest() == b"." * 8


async def test_a_client_that_leaves_takes_the_server_along(proxying: Proxying) -> None:
    left = asyncio.Event()

    async def talk(stream: Stream) -> None:
        await stream.rest()
        left.set()

    async with listening(talk) as port, proxying("localhost") as ends:
        stream = await tunnel(ends, port)
        stream.writer.transport.abort()
        await asyncio.wait_for(left.wait(), TIMEOUT)


async def test_closing_ends_tunnels(proxying: Proxying) -> None:
    async def talk(stream: Stream) -> None:
        await stream.rest()

    async with listening(talk) as port:
        async with proxying("localhost") as ends:
            await tunnel(ends, port)
            watch = Stopwatch()
        assert watch.ms() < 2000


async def test_who_cannot_be_reached_is_named(proxying: Proxying) -> None:
    async with proxying("localhost", "*.invalid") as ends:
        port = free_port()
        stream = await ends.open()
        await stream.send(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
        assert (await stream.head()).startswith(
            f"HTTP/1.1 502 localhost:{port} cannot be reached: ConnectionRefusedError\r\n"
        )


async def test_a_name_that_cannot_be_one_is_named(proxying: Proxying) -> None:
    async with proxying("*") as ends:
        stream = await ends.open()
        head = b"CONNECT " + b"a" * 100 + b".invalid:443 HTTP/1.1\r\n\r\n"
        assert await stream.status(head) == 502


async def test_a_client_that_leaves_before_the_server_answers_is_forgotten(
    proxying: Proxying,
) -> None:
    before = asyncio.all_tasks()
    async with listening(echo_until_end) as port, proxying("localhost") as ends:
        for _ in range(20):
            stream = await ends.open()
            await stream.send(f"CONNECT localhost:{port} HTTP/1.1\r\n\r\n".encode())
            stream.writer.transport.abort()
        last = await tunnel(ends, port)
        last.writer.write_eof()
        assert await last.rest() == b"hello "
        async with asyncio.timeout(TIMEOUT):
            while len(asyncio.all_tasks() - before) > 0:
                await asyncio.sleep(0.01)


async def test_the_emulators_own_address_needs_no_permission(proxying: Proxying) -> None:
    async with listening(echo_until_end) as port:
        beside = (Target("127.0.0.1", port),)
        async with proxying(beside=beside) as ends:
            stream = await tunnel(ends, port, "127.0.0.1")
            stream.writer.write_eof()
            assert await stream.rest() == b"hello "
            stream = await ends.open()
            assert (
                await stream.status(f"CONNECT 127.0.0.1:{port + 1} HTTP/1.1\r\n\r\n".encode())
                == 403
            )
