"""Many clients of the proxy at once; and nothing stays open behind them."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest

from branch_mock import BranchMock, FrozenClock
from tests.proxy.conftest import Proxying
from tests.proxy.talking import CONNECT, HEALTH, TIMEOUT

AT_ONCE = 64
EACH = 5


def files() -> int:
    """How many files and sockets this process has open."""
    return len(list(Path("/dev/fd").iterdir()))


async def until_no_more_than(number: int) -> None:
    """Wait until so few are open; connections take leave after they were closed."""
    async with asyncio.timeout(TIMEOUT):
        while files() > number:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("kept", [True, False], ids=["kept-alive", "one-each"])
async def test_64_at_once(proxied: BranchMock, scheme: str, kept: bool) -> None:  # noqa: FBT001
    """64 clients that make and read links: each gets its own, and none waits for ever."""
    before = files()
    assert proxied.emulator.authority is not None
    context = ssl.create_default_context(cadata=proxied.emulator.authority.certificate_pem)
    connector = aiohttp.TCPConnector(limit=AT_ONCE, force_close=not kept, ssl=context)
    together = asyncio.Barrier(AT_ONCE)

    async def client(number: int) -> list[str]:
        made = []
        await together.wait()
        for turn in range(EACH):
            alias = f"{number}-{turn}"
            body = {"branch_key": proxied.app.key, "alias": alias}
            async with session.post(f"{scheme}://api.branch.io/v1/url", json=body) as reply:
                made.append((await reply.json())["url"])
            view = {"branch_key": proxied.app.key, "url": made[-1]}
            async with session.get(f"{scheme}://api.branch.io/v1/url", params=view) as reply:
                assert (await reply.json())["alias"] == alias
        return made

    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, proxy=proxied.proxy_url
    ) as session:
        made = await asyncio.gather(*map(client, range(AT_ONCE)))
    await until_no_more_than(before)
    expected = [
        [f"https://bnc.lt/{number}-{turn}" for turn in range(EACH)] for number in range(AT_ONCE)
    ]
    assert made == expected


async def test_no_connection_stays_open(proxying: Proxying) -> None:
    async with proxying() as ends:
        assert await (await ends.tunnel()).status(HEALTH) == 200
        await ends.close()
        before = files()
        for sent in (b"", b"CON", CONNECT, CONNECT + b"x", b"CONNECT a:1 HTTP/1.1\r\n\r\n"):
            for _ in range(10):
                stream = await ends.open()
                await stream.send(sent)
        for _ in range(10):
            assert await (await ends.tunnel()).status(HEALTH) == 200
        assert files() > before
        await ends.close()
        await until_no_more_than(before)


def test_starting_and_stopping_leaves_nothing(clock: FrozenClock, ca_dir: Path) -> None:
    def once() -> int:
        with BranchMock(clock=clock, proxy_port=0, tls_port=0, ca_dir=str(ca_dir)) as mock:
            assert mock.proxy_url != mock.tls_url.replace("https", "http")
        return files()

    assert once() == once()
