"""`BranchMock`: the emulator listening on a port, for Python code, sync or async."""

import asyncio
import gc
import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from signal import Signals
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self, Unpack

from aiohttp import web

from branch_mock.app import create_runner
from branch_mock.branch import Branch, ResetTo
from branch_mock.clock import Clock
from branch_mock.documents import MAX_BYTES, MAX_DEPTH
from branch_mock.domain.apps import App
from branch_mock.emulator import Emulator
from branch_mock.errors import BranchMockError, SettingsError
from branch_mock.handle.apps import Apps
from branch_mock.handle.body import as_sent
from branch_mock.handle.checks import check, timeline
from branch_mock.handle.clock import Clock as EmulatedClock
from branch_mock.handle.credits import Credits
from branch_mock.handle.events import Events
from branch_mock.handle.exports import Exports
from branch_mock.handle.faults import Faults
from branch_mock.handle.links import Links
from branch_mock.handle.patterns import PatternFields
from branch_mock.handle.requests import Requests
from branch_mock.handle.rules import Rules
from branch_mock.handle.simulate import Simulate
from branch_mock.handle.snapshots import Snapshots
from branch_mock.handle.webhooks import Webhooks
from branch_mock.settings import Settings, address
from branch_mock.state_files import begin, end

_STOP_SECONDS = 5.0
_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        (*_, address), *_ = socket.getaddrinfo(
            host or None, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except ValueError:  # no name that can be looked up
        raise SettingsError(f"host: must be an address or a host name, got {host!r}") from None
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        raise SettingsError(f"cannot listen on {host} port {port}: {reason}") from None


def address_of(sock: socket.socket) -> str:
    """The http address of a listening socket; one that listens everywhere is at 127.0.0.1."""
    host, port = sock.getsockname()[:2]
    return address(host, port)


class BranchMock(AbstractContextManager["BranchMock"], AbstractAsyncContextManager["BranchMock"]):
    """A running emulator. Use it in `with` or `async with`, or call `start` and `stop`.

    It serves from a thread of its own, so it answers sync and async code alike. The port is a free
    one unless `port` says otherwise. Settings may be given whole or as keywords:
    `BranchMock(seed=("demo",), profile="observed")`.

    seeds: names, paths or data of the form of `schemas/seed.json`, in place of the settings' seed.

    url: its address, such as `http://127.0.0.1:49152`. app: the first app, with its `key`,
    `secret` and `id`. links, apps, credits, events, rules, exports: direct operations. webhooks:
    their delivery log and inboxes. simulate: what devices and users do. requests: the journal.
    faults: what goes wrong on purpose. clock: the emulated time. snapshots: named checkpoints.
    failures: exceptions inside the server that nobody meant; each was answered by a 500.

    Raises SettingsError and SeedError before anything listens.
    """

    links: Links
    apps: Apps
    credits: Credits
    events: Events
    rules: Rules
    webhooks: Webhooks
    simulate: Simulate
    exports: Exports
    requests: Requests
    faults: Faults
    clock: EmulatedClock
    snapshots: Snapshots

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        seeds: Iterable[str | Mapping[str, Any]] | None = None,
        **options: object,
    ) -> None:
        if settings is None:
            settings = Settings(**{"port": 0, **options})  # type: ignore[arg-type]
        elif options:
            raise SettingsError(f"give settings or options, not both: {', '.join(options)}")
        settings.token()
        self.branch = Branch(settings, clock=clock)
        begin(self.branch, seeds)
        self.emulator = Emulator(self.branch)
        self._url: str | None = None
        self._serving: _Serving | None = None
        self._lock = Lock()
        self.links = Links(self)
        self.apps = Apps(self)
        self.credits = Credits(self)
        self.events = Events(self)
        self.rules = Rules(self)
        self.webhooks = Webhooks(self)
        self.simulate = Simulate(self)
        self.exports = Exports(self)
        self.requests = Requests(self.emulator.journal)
        self.faults = Faults(self.emulator)
        self.clock = EmulatedClock(self)
        self.snapshots = Snapshots(self.emulator)

    @property
    def url(self) -> str:
        """The address it listens on. Raises BranchMockError when it is not running."""
        if self._url is None:
            raise BranchMockError("BranchMock is not running; use it in `with` or call start()")
        return self._url

    @property
    def app(self) -> App:
        """The first app: key, secret and id."""
        return self.branch.apps.default

    @property
    def failures(self) -> list[Exception]:
        """Exceptions inside the server that nobody meant: bugs in branch_mock."""
        return self.emulator.failures

    def assert_called(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        **fields: Unpack[PatternFields],
    ) -> None:
        """Raises AssertionError unless `times` requests were like that; at least one when None.

        `mock.assert_called("POST /v1/url", json={"channel": "sms"}, times=1)`. The message shows
        the nearest requests and the very fields that differ.
        """
        __tracebackhide__ = True
        self.requests.assert_called(endpoint, times=times, **fields)

    def check(self, ignore: Collection[str] = ()) -> None:
        """Raises what went wrong unnoticed: a bug of the emulator as it was raised, AssertionError
        for faults that were laid and never hit and for webhooks that were not delivered; an
        ExceptionGroup where it is several.

        Those on their way are waited for. ignore: any of `bugs`, `faults`, `webhooks`.
        """
        __tracebackhide__ = True
        check(self, ignore)

    def timeline(self) -> list[str]:
        """What happened, a line each, in order: requests with what was done, hints and faults,
        attempts to deliver webhooks, moves of the clock, direct operations and calls of the control
        plane. No secret is in it."""
        return timeline(
            self.requests.all(),
            self.webhooks.all(),
            list(self.branch.clock.moves),
            self.emulator.deeds.all(),
        )

    def reset(
        self,
        parts: Iterable[str] | None = None,
        *,
        to: ResetTo = "seed",
        branch_key: str | None = None,
    ) -> None:
        """Go back to the seed in one step, as `POST /_mock/reset` does.

        parts: some of state, journal, faults, webhooks and clock; all unless given. to: `empty`
        leaves one new app and no data. branch_key: only what is that app's, which stays.
        Raises InvalidRequest and InvalidCredentials.
        """
        self.emulator.reset(parts, to=to, branch_key=branch_key)
        self.emulator.deeds.note("mock.reset()")

    def seed(self, data: Mapping[str, Any], *, keep: bool = False) -> None:
        """Load seed data on top of what there is, as `POST /_mock/seed` does: all or nothing.

        keep: make all that there is then what `reset` goes back to. Raises InvalidRequest.
        """
        self.emulator.seed(as_sent(data, MAX_BYTES), keep=keep)
        self.emulator.deeds.note("mock.seed()")

    def state(self) -> dict[str, Any]:
        """Everything it remembers as one JSON document, as `GET /_mock/state` answers it.

        The secrets of its apps are in it.
        """
        return self.emulator.state()

    def put_state(self, document: Mapping[str, Any]) -> None:
        """Make it remember what a document says and nothing else, as `PUT /_mock/state` does.

        All or nothing. Raises InvalidBody and InvalidRequest naming every place that cannot be.
        """
        self.emulator.put_state(as_sent(document, MAX_BYTES, MAX_DEPTH))
        self.emulator.deeds.note("mock.put_state()")

    def start(self) -> Self:
        """Listen and serve. Raises SettingsError when the port is taken."""
        with self._lock:
            if self._serving is not None:
                raise BranchMockError(f"BranchMock is running already, on {self._url}")
            sock = listen(self.branch.settings.host, self.branch.settings.port)
            url = address_of(sock)
            self._serving = _Serving(self.emulator, sock)
            self._url = url
        return self

    def stop(self) -> None:
        """Stop serving; requests in flight get 0.3 seconds. Does nothing when not running."""
        serving = self._take_serving()
        if serving is not None:
            serving.ask_to_stop()
            serving.join()
            end(self.branch)

    def _take_serving(self) -> "_Serving | None":
        with self._lock:
            serving, self._serving, self._url = self._serving, None, None
        return serving

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        serving = self._take_serving()
        if serving is not None:
            serving.ask_to_stop()
            await asyncio.wait([asyncio.wrap_future(serving.ended)], timeout=_STOP_SECONDS)
            serving.join()
            end(self.branch)


class _Serving:
    """A thread with an event loop that serves one socket. Raises what kept it from starting."""

    def __init__(self, emulator: Emulator, sock: socket.socket) -> None:
        self.ended: Future[None] = Future()
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(
            target=self._run, args=(emulator, sock, started), name="branch_mock", daemon=True
        )
        self._thread.start()
        self._loop = started.result()

    def _run(
        self,
        emulator: Emulator,
        sock: socket.socket,
        started: "Future[asyncio.AbstractEventLoop]",
    ) -> None:
        try:
            with asyncio.Runner() as runner:
                server = runner.run(serve(emulator, sock))
                started.set_result(runner.get_loop())
                runner.get_loop().run_forever()
                runner.run(server.cleanup())
        except BaseException as error:
            if started.done():
                raise
            sock.close()
            started.set_exception(error)
        finally:
            self.ended.set_result(None)

    def ask_to_stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)

    def join(self) -> None:
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            raise BranchMockError(f"BranchMock did not stop within {_STOP_SECONDS} seconds")


async def serve(emulator: Emulator, sock: socket.socket) -> web.ServerRunner:
    """Serve a listening socket on the running loop, until the runner's `cleanup`."""
    runner = create_runner(emulator)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    return runner


async def run_server(
    settings: Settings,
    *,
    announce: Callable[[Branch, str], None],
    signals: Iterable[Signals],
) -> None:
    """Serve until one of `signals` comes. Seeds load while health is answered already.

    `announce` is told the address once calls can be answered. Raises SettingsError and SeedError.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    settings.token()
    sock = listen(settings.host, settings.port)
    branch = Branch(settings)
    runner = await serve(Emulator(branch), sock)
    planted, stopped = _plant_aside(branch), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((planted, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not stopped.done():
            planted.result()
            gc.freeze()  # modules and seeds stay: the collector need not look at them again
            announce(branch, address_of(sock))
            await stopped
    finally:
        planted.cancel()
        stopped.cancel()
        await runner.cleanup()
        end(branch)


def _plant_aside(branch: Branch) -> "asyncio.Future[None]":
    """Load the seeds in a thread that does not keep the process from ending."""
    planted: Future[None] = Future()
    planted.set_running_or_notify_cancel()

    def run() -> None:
        try:
            begin(branch)
        except Exception as error:  # noqa: BLE001 - raised where the future is awaited
            planted.set_exception(error)
        else:
            planted.set_result(None)

    Thread(target=run, name="branch_mock seeds", daemon=True).start()
    return asyncio.wrap_future(planted)
