"""Proxies in the test's own loop, with limits of the test's own."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from branch_mock import Branch, BranchMock, FrozenClock
from branch_mock.app import EmulatorRunner
from branch_mock.domain.addresses import is_branch_host
from branch_mock.doors import listen
from branch_mock.emulator import Emulator
from branch_mock.proxy import Guard, Limits, Proxy, Target
from branch_mock.tls import Authority
from tests.proxy.talking import Ends

Proxying = Callable[..., AbstractAsyncContextManager[Ends]]


@pytest.fixture(scope="session")
def ca_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority."""
    return Authority.open(tmp_path_factory.mktemp("authority") / "ca").folder


@pytest.fixture
def proxied(clock: FrozenClock, ca_dir: Path) -> Iterator[BranchMock]:
    """A running server with a proxy and HTTPS; its bugs fail the test."""
    with BranchMock(clock=clock, proxy_port=0, tls_port=0, ca_dir=str(ca_dir)) as mock:
        yield mock
    assert mock.failures == []


@pytest.fixture
def proxying(branch: Branch, ca_dir: Path) -> Proxying:
    """Starts a proxy with these limits, that lets these hosts through."""

    @asynccontextmanager
    async def start(
        *allow: str, limits: Limits | None = None, beside: tuple[Target, ...] = ()
    ) -> AsyncIterator[Ends]:
        runner = EmulatorRunner(Emulator(branch))
        await runner.setup()
        authority = Authority.open(ca_dir)
        guard = Guard(is_branch_host, allow, beside)
        proxy = Proxy(runner.handler, guard, authority.context(), limits)
        sock = listen("127.0.0.1", 0)
        await proxy.start(sock)
        ends = Ends(sock.getsockname()[1], authority.certificate_pem)
        try:
            yield ends
        finally:
            await ends.close()
            await proxy.close()
            await runner.cleanup()

    return start
