"""`Relay`: two connections as one, for hosts that are let through."""

import asyncio
import socket

from branch_mock.proxy.guard import Guard, Refused, Target
from branch_mock.proxy.hold import Hold
from branch_mock.proxy.limits import Limits


class Relay(asyncio.Protocol):
    """One side of a tunnel: what comes on it goes out on the other, no faster than that takes it.

    When one side has ended its sending the other may go on until it ends as well, or falls silent.
    has_ended: whether nothing more comes on it. lost: set when this side's connection is no more.
    """

    transport: asyncio.Transport
    other: "Relay"

    def __init__(self, silence: "Silence") -> None:
        self._silence = silence
        self.has_ended = False
        self.lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.pause_reading()  # until both sides are there

    def data_received(self, data: bytes) -> None:
        self._silence.end()
        self.other.transport.write(data)

    def eof_received(self) -> bool:
        self.has_ended = True
        there = self.other.transport
        if self.other.has_ended or not there.can_write_eof():
            there.close()
            return False
        if not there.is_closing():
            there.write_eof()
        self._silence.shorten()
        return True

    def pause_writing(self) -> None:
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.other.transport.close()
        self.lost.set()


class Silence:
    """Ends a tunnel on which nothing moves any more.

    seconds: how long it may be silent. half_closed_seconds: likewise once one side has ended.
    """

    def __init__(self, seconds: float, half_closed_seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._half_closed_seconds = half_closed_seconds
        self._transports: list[asyncio.Transport] = []
        self._heard = self._loop.time()
        self._timer = self._loop.call_later(seconds, self._look)

    def watch(self, *transports: asyncio.Transport) -> None:
        """Abort these when the time has come."""
        self._transports.extend(transports)

    def end(self) -> None:
        """Something moved."""
        self._heard = self._loop.time()

    def shorten(self) -> None:
        """One side has ended."""
        self._seconds = min(self._seconds, self._half_closed_seconds)
        self._timer.cancel()
        self._timer = self._loop.call_later(self._seconds, self._look)

    def stop(self) -> None:
        """The tunnel is no more."""
        self._timer.cancel()

    def _look(self) -> None:
        left = self._heard + self._seconds - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
            return
        for transport in self._transports:
            transport.abort()


async def relay(hold: Hold, target: Target, guard: Guard, greeting: bytes, limits: Limits) -> None:
    """Connect to a target, greet the client, then pass bytes on both ways until both have ended.

    Raises Refused, 502, when the target cannot be reached in time, 403 when it leads where the
    guard lets nobody, and ConnectionError when the client is gone by then.
    """
    silence = Silence(limits.silent_seconds, limits.half_closed_seconds)
    near, far = Relay(silence), Relay(silence)
    near.other, far.other = far, near
    here, there = hold.transport, None
    assert here is not None
    try:
        there = await _reach(target, guard, far, limits.connect_seconds)
        silence.watch(here, there)
        here.write(greeting)
        hold.pass_on(near)
        there.resume_reading()
        await near.lost.wait()
        await far.lost.wait()
    finally:
        silence.stop()
        if there is not None:
            there.abort()
            here.abort()


async def _reach(
    target: Target, guard: Guard, protocol: Relay, seconds: float
) -> asyncio.Transport:
    try:
        async with asyncio.timeout(seconds):
            return await _connect(target, guard, protocol)
    except (OSError, ValueError) as error:  # also a TimeoutError, or a name that cannot be one
        raise Refused(502, f"{target} cannot be reached: {type(error).__name__}") from error


async def _connect(target: Target, guard: Guard, protocol: Relay) -> asyncio.Transport:
    """A connection to the first address of a target that takes one. The name is looked up once, and
    what is connected to is the address that was checked."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    failures: list[OSError | Refused] = []
    for *_, (address, *_) in found:
        try:
            guard.check_address(str(address))
            transport, _ = await loop.create_connection(lambda: protocol, str(address), target.port)
        except (OSError, Refused) as failure:
            failures.append(failure)
        else:
            return transport
    raise failures[0]
