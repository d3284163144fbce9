"""What clients do wrong, slowly or never: each connection ends, and nothing stays behind."""

import asyncio
import gc
import socket

import pytest

from branch_mock.clock import Stopwatch
from branch_mock.proxy import Limits
from tests.proxy.conftest import Proxying
from tests.proxy.talking import CONNECT, HEALTH, TIMEOUT

SHORT = 0.3


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"CONNECT\r\n\r\n", 400),
        (b"CONNECT api.branch.io HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT api.branch.io: HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT api.branch.io:0 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT api.branch.io:65536 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT api.branch.io:99999999999999999999 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT :443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT https://api.branch.io:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT [::1:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT api.branch.io:443 HTTP/2.0\r\n\r\n", 400),
        (b"CONNECT api branch io:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT \xff\xfe:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT \x00:443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT " + b"a" * 300 + b":443 HTTP/1.1\r\n\r\n", 400),
        (b"CONNECT " + b"a" * 20_000, 431),
        (b"CONNECT api.branch.io:443 HTTP/1.1\r\n" + b"A: b\r\n" * 4000, 431),
        (CONNECT + b"\x16\x03\x01", 400),
        (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT api.branch.io.example.com:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n", 403),
        (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\n\r\n", 403),
    ],
)
async def test_a_malformed_connect_is_told_and_ended(
    proxying: Proxying, sent: bytes, status: int
) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        assert await stream.status(sent) == status
        assert b'{"error":{"code":%d,' % status in await stream.rest()


async def test_a_client_that_says_much_too_much_hears_so(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        assert await stream.status(b"CONNECT " + b"a" * 3_000_000) == 431


async def test_a_client_that_is_gone_before_it_is_refused_is_no_error(proxying: Proxying) -> None:
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    async with proxying() as ends:
        with socket.create_connection(("127.0.0.1", ends.port)) as gone:
            gone.sendall(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        stream = await ends.open()
        assert await stream.status(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n") == 403
    gc.collect()
    assert errors == []


async def test_a_client_that_does_not_leave_after_a_refusal_is_left(proxying: Proxying) -> None:
    async with proxying(limits=Limits(closing_seconds=SHORT)) as ends:
        stream = await ends.open()
        await stream.send(b"CONNECT x\r\n\r\n")
        await stream.rest()

        async def say_more() -> None:
            while True:
                await stream.send(b"more")
                await asyncio.sleep(SHORT / 4)

        with pytest.raises(ConnectionError):
            await asyncio.wait_for(say_more(), TIMEOUT)


async def test_the_first_line_of_a_refusal_says_why(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        await stream.send(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        line = (await stream.head()).partition("\r\n")[0]
        assert line.startswith("HTTP/1.1 403 example.com is not a host of Branch's")
        assert "--allow-host example.com" in line


async def test_what_is_shown_of_a_malformed_connect_is_harmless(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        await stream.send(b"CONNECT \x1b[31m\r X: y \xc3\xa4\n\r\n\r\n")
        head = await stream.head()
        assert head.startswith("HTTP/1.1 400 The proxy takes CONNECT HOST:PORT")
        assert "\x1b" not in head


async def test_a_connect_may_come_in_pieces(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        for piece in (CONNECT[:3], CONNECT[3:20], CONNECT[20:-1]):
            await stream.send(piece)
            await asyncio.sleep(0)
        assert await stream.status(CONNECT[-1:]) == 200
        await stream.secure(ends.pem)
        assert await stream.status(HEALTH) == 200


@pytest.mark.parametrize("sent", [b"", b"CON", CONNECT[:-2]])
async def test_a_connect_that_does_not_come_is_not_waited_for(
    proxying: Proxying, sent: bytes
) -> None:
    async with proxying(limits=Limits(head_seconds=SHORT)) as ends:
        stream = await ends.open()
        await stream.send(sent)
        assert await stream.rest() == b""


@pytest.mark.parametrize("sent", [b"", b"\x16", b"\x16\x03\x01\x02\x00\x01"])
async def test_a_handshake_that_does_not_come_is_not_waited_for(
    proxying: Proxying, sent: bytes
) -> None:
    async with proxying(limits=Limits(handshake_seconds=SHORT)) as ends:
        stream = await ends.open()
        assert await stream.status(CONNECT) == 200
        watch = Stopwatch()
        await stream.send(sent)
        await stream.rest()
        assert watch.ms() < TIMEOUT * 500


async def test_a_handshake_that_is_none_ends(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        assert await stream.status(CONNECT) == 200
        await stream.send(b"GET / HTTP/1.1\r\n\r\n")
        watch = Stopwatch()
        await stream.rest()
        assert watch.ms() < TIMEOUT * 500


async def test_a_slow_handshake_is_waited_for(proxying: Proxying) -> None:
    """As long as it takes no longer than it may."""
    async with proxying(limits=Limits(handshake_seconds=TIMEOUT)) as ends:
        stream = await ends.open()
        assert await stream.status(CONNECT) == 200
        await asyncio.sleep(SHORT)
        await stream.secure(ends.pem)
        assert await stream.status(HEALTH) == 200


async def test_slow_clients_hold_nobody_up(proxying: Proxying) -> None:
    async with proxying() as ends:
        for sent in (b"", b"CONNECT api", CONNECT, CONNECT):
            stream = await ends.open()
            await stream.send(sent)
        quick = await ends.tunnel()
        assert await quick.status(HEALTH) == 200


async def test_clients_that_leave_leave_nothing(proxying: Proxying) -> None:
    before = asyncio.all_tasks()
    async with proxying() as ends:
        for sent in (b"", b"CON", CONNECT, b"GET http://api.branch.io/ HTTP/1.1\r\n"):
            stream = await ends.open()
            await stream.send(sent)
            stream.writer.transport.abort()
        tunnel = await ends.tunnel()
        tunnel.writer.transport.abort()
        assert await (await ends.tunnel()).status(HEALTH) == 200
    async with asyncio.timeout(TIMEOUT):
        while asyncio.all_tasks() != before:
            await asyncio.sleep(0.01)


async def test_closing_does_not_wait_for_anybody(proxying: Proxying) -> None:
    async with proxying() as ends:
        for sent in (b"", CONNECT):
            await (await ends.open()).send(sent)
        idle = await ends.tunnel()
        assert await idle.status(HEALTH.replace(b"Connection: close\r\n", b"")) == 200
        watch = Stopwatch()
    assert watch.ms() < 2000


async def test_a_second_connect_on_a_used_connection_is_refused(proxying: Proxying) -> None:
    async with proxying() as ends:
        stream = await ends.open()
        absolute = b"GET http://api.branch.io/_mock/health HTTP/1.1\r\nHost: api.branch.io\r\n\r\n"
        assert await stream.status(absolute) == 200
        await stream.send(CONNECT)
        assert b" 400 " in await stream.rest()


async def test_what_is_not_http_is_told_so(proxying: Proxying) -> None:
    async with proxying() as ends:
        for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01", b"COFFEE\r\n\r\n"):
            stream = await ends.open()
            assert await stream.status(sent) == 400
