"""HTTPS at the real hosts without a proxy (`tls_port`): who is slow, silent or talks nonsense."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from branch_mock import Branch, BranchMock
from branch_mock.app import EmulatorRunner
from branch_mock.clock import Stopwatch
from branch_mock.doors import listen
from branch_mock.emulator import Emulator
from branch_mock.proxy import Limits, SecureDoor
from branch_mock.tls import Authority
from tests.proxy.talking import HEALTH, TIMEOUT, Ends

SHORT = 0.3


@pytest.fixture
async def ends(branch: Branch, ca_dir: Path) -> AsyncIterator[Ends]:
    """Clients of a door with short limits."""
    runner = EmulatorRunner(Emulator(branch))
    await runner.setup()
    authority = Authority.open(ca_dir)
    limits = Limits(handshake_seconds=SHORT, closing_seconds=SHORT)
    door = SecureDoor(runner.protocols, authority.context(), limits)
    sock = listen("127.0.0.1", 0)
    await door.start(sock)
    ends = Ends(sock.getsockname()[1], authority.certificate_pem)
    yield ends
    watch = Stopwatch()
    await door.stop()
    await runner.cleanup()
    door.abort()
    await ends.close()
    assert watch.ms() < 2000


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01", HEALTH, b"\x00" * 100_000])
async def test_a_handshake_that_is_none_ends(ends: Ends, sent: bytes) -> None:
    stream = await ends.open()
    stream.writer.write(sent)
    watch = Stopwatch()
    await stream.rest()
    assert watch.ms() < TIMEOUT * 500


async def test_slow_clients_hold_nobody_up(ends: Ends) -> None:
    for _ in range(10):
        await ends.open()
    quick = await ends.open()
    await quick.secure(ends.pem, "bnc.lt")
    assert await quick.status(HEALTH.replace(b"api.branch.io", b"bnc.lt")) == 404


async def test_clients_that_stay_do_not_hold_up_the_end(ends: Ends) -> None:
    for _ in range(3):
        stream = await ends.open()
        await stream.secure(ends.pem)
        assert await stream.status(HEALTH.replace(b"Connection: close\r\n", b"")) == 200


async def test_clients_that_leave_are_forgotten(ends: Ends) -> None:
    before = asyncio.all_tasks()
    for _ in range(5):
        stream = await ends.open()
        stream.writer.transport.abort()
        stream = await ends.open()
        await stream.secure(ends.pem)
        stream.writer.transport.abort()
    async with asyncio.timeout(TIMEOUT):
        while asyncio.all_tasks() != before:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("name", ["api.branch.io", "bnc.lt", "a1b2.app.link", "localhost"])
def test_openssl_has_no_doubts(proxied: BranchMock, name: str) -> None:
    assert proxied.emulator.authority is not None
    client = (
        *("openssl", "s_client", "-servername", name, "-verify_hostname", name),
        *("-verify_return_error", "-x509_strict", "-purpose", "sslserver"),
        *("-CAfile", str(proxied.emulator.authority.certificate_path), "-no-CApath"),
    )
    door, proxy = (urlsplit(url).netloc for url in (proxied.tls_url, proxied.proxy_url))
    ways: list[tuple[str, ...]] = [("-connect", door)]
    if name != "localhost":
        ways.append(("-proxy", proxy, "-connect", f"{name}:443"))
    for way in ways:
        done = subprocess.run(
            [*client, *way],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "Verify return code: 0 (ok)" in done.stdout
        assert "Verified peername: " in done.stdout
