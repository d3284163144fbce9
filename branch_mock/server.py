"""`BranchMock`: the emulator listening on a port, for Python code, sync or async."""

import asyncio
from collections.abc import Collection, Coroutine, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, contextmanager
from dataclasses import fields
from ssl import create_default_context
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from branch_mock.branch import Branch, ResetTo
from branch_mock.clock import Clock
from branch_mock.documents import MAX_BYTES, MAX_DEPTH
from branch_mock.domain.addresses import REAL, Origin
from branch_mock.domain.apps import App
from branch_mock.doors import Doors
from branch_mock.emulator import Emulator
from branch_mock.errors import BranchMockError, LeakError, SettingsError
from branch_mock.handle.apps import Apps
from branch_mock.handle.body import as_sent
from branch_mock.handle.checks import check, timeline
from branch_mock.handle.clock import Clock as EmulatedClock
from branch_mock.handle.credits import Credits
from branch_mock.handle.events import Events
from branch_mock.handle.exports import Exports
from branch_mock.handle.faults import Faults
from branch_mock.handle.links import Links
from branch_mock.handle.mock import Mock
from branch_mock.handle.reading import read
from branch_mock.handle.referral_codes import ReferralCodes
from branch_mock.handle.requests import Requests
from branch_mock.handle.rules import Rules
from branch_mock.handle.simulate import Simulate
from branch_mock.handle.snapshots import Snapshots
from branch_mock.handle.webhooks import Webhooks
from branch_mock.loops import LoopThread
from branch_mock.settings import Settings
from branch_mock.state_files import begin, end

_STOP_SECONDS = 5.0
_T = TypeVar("_T")


class BranchMock(
    Mock, AbstractContextManager["BranchMock"], AbstractAsyncContextManager["BranchMock"]
):
    """A running emulator. Use it in `with` or `async with`, or call `start` and `stop`.

    It serves from a thread of its own, so it answers sync and async code alike. The port is a free
    one unless `port` says otherwise. Settings may be given whole or as keywords:
    `BranchMock(seed=("demo",), profile="observed")`.

    seeds: names, paths or data of the form of `schemas/seed.json`, one or several, in place of the
    settings' seed.
    loop: a thread that several may serve from, which its maker closes after them.

    url: its address, such as `http://127.0.0.1:49152`. app: the first app, with its `key`,
    `secret` and `id`. links, apps, credits, events, rules, referral_codes, exports: direct
    operations; events can be listened to as well. webhooks: their delivery log and inboxes.
    simulate: what devices and users do. requests: the journal. faults: what goes wrong on purpose.
    clock: the emulated time. snapshots: named checkpoints. failures: exceptions inside the server
    that nobody meant; each was answered by a 500. leaks: what was stopped on its way to Branch
    itself while `intercept` is in force.

    Raises SettingsError and SeedError before anything listens.
    """

    links: Links
    apps: Apps
    credits: Credits
    events: Events
    rules: Rules
    referral_codes: ReferralCodes
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
        seeds: str | Mapping[str, Any] | Iterable[str | Mapping[str, Any]] | None = None,
        loop: LoopThread | None = None,
        **options: object,
    ) -> None:
        if settings is None:
            known = {item.name for item in fields(Settings)}
            for name in options:
                if name not in known:
                    raise SettingsError(f"{name}: is no setting")
            settings = Settings(**{"port": 0, **options})  # type: ignore[arg-type]
        elif not isinstance(settings, Settings):
            raise SettingsError(f"settings: must be Settings(…), got {settings!r}")
        elif options:
            raise SettingsError(f"give settings or options, not both: {', '.join(options)}")
        if clock is not None and not isinstance(clock, Clock):
            raise SettingsError(f"clock: must be a Clock, such as FrozenClock(…), got {clock!r}")
        settings.token()
        self.branch = Branch(settings, clock=clock)
        begin(self.branch, [seeds] if isinstance(seeds, str | Mapping) else seeds)
        self.emulator = Emulator(self.branch)
        self._doors: Doors | None = None
        self._serving: _Serving | None = None
        self._intercepting = 0
        self.leaks: list[LeakError] = []
        self._lock = Lock()
        self._loop = loop
        self.links = Links(self)
        self.apps = Apps(self)
        self.credits = Credits(self)
        self.events = Events(self)
        self.rules = Rules(self)
        self.referral_codes = ReferralCodes(self)
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
        return self._running.url

    @property
    def tls_url(self) -> str:
        """The https address of the setting `tls_port`, at which Branch's hosts can be told to be.

        Raises BranchMockError when it is not running, or has no such port.
        """
        return self._running.tls_url

    @property
    def proxy_url(self) -> str:
        """The address of the proxy that the setting `proxy_port` asks for. Raises likewise."""
        return self._running.proxy_url

    @property
    def _running(self) -> Doors:
        if self._doors is None:
            raise BranchMockError("BranchMock is not running; use it in `with` or call start()")
        return self._doors

    @property
    def origin(self) -> Origin:
        """Where the addresses are that it hands out: at the setting `public_url`, at Branch's own
        hosts while these are intercepted, else at `url`. Raises BranchMockError as that does."""
        public_url = self.branch.settings.public_url
        if public_url is None and self._intercepting:
            return REAL
        return Origin(public_url or self.url)

    @property
    def app(self) -> App:
        """The first app: key, secret and id."""
        return self.branch.apps.default

    @property
    def failures(self) -> list[Exception]:
        """Exceptions inside the server that nobody meant: bugs in branch_mock."""
        return self.emulator.failures

    def _read(self, path: str) -> bytes:
        _ = self._running
        return read(self.emulator, path)

    def check(self, ignore: Collection[str] = ()) -> None:
        """Raises what went wrong unnoticed: a bug of the emulator as it was raised, AssertionError
        for faults that were laid and never hit, for webhooks that were not delivered and for what
        was stopped on its way to Branch itself; an ExceptionGroup where it is several.

        Webhooks on their way are waited for. ignore: any of `bugs`, `faults`, `webhooks`, `leaks`.
        """
        __tracebackhide__ = True
        check(self, ignore)

    def timeline(self) -> list[str]:
        """What happened, a line each, in order: requests with what was done, hints and faults,
        attempts to deliver webhooks, moves of the clock, direct operations and calls of the control
        plane. No secret is in it."""
        return timeline(
            self.emulator.journal.all(),
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

        All or nothing. Raises InvalidBody, and InvalidRequest naming at most 20 places that cannot
        be.
        """
        self.emulator.put_state(as_sent(document, MAX_BYTES, MAX_DEPTH))
        self.emulator.deeds.note("mock.put_state()")

    @contextmanager
    def intercept(self) -> Iterator[None]:
        """Inside, Branch's real hosts lead here, https://api.branch.io, https://bnc.lt and others,
        and the link domains of its apps: for http.client, urllib, urllib3, requests, httpx and
        aiohttp in this process. Addresses that are handed out are the real ones then.

        That goes for the code inside, and for threads and tasks that it starts; a thread from
        before meets the only emulator that intercepts, and is refused where there are several.
        Nothing of Branch can be reached meanwhile: LeakError is raised there, and names the call.
        Raises SettingsError where the extra `tls` is not installed, BranchMockError when it is not
        running.
        """
        from branch_mock.interception import Interception, intercepting  # noqa: PLC0415 - few need it
        from branch_mock.interception.authority import authority  # noqa: PLC0415 - it needs `tls`

        trusted = authority()
        with self._lock:
            doors, serving = self._running, self._serving
        assert serving is not None
        listeners = serving.call(doors.open_beside(trusted.context(doors.is_ours)))
        trust = create_default_context(cadata=trusted.certificate_pem)
        plain, secure = listeners.addresses
        interception = Interception(plain, secure, trust, doors.is_ours, self.leaks)
        self._intercepting += 1
        try:
            with intercepting(interception):
                yield
        finally:
            self._intercepting -= 1
            if self._serving is serving:
                serving.call(doors.close_beside(listeners))

    def start(self) -> Self:
        """Listen and serve. Raises SettingsError when the port is taken."""
        with self._lock:
            if self._doors is not None:
                raise BranchMockError(f"BranchMock is running already, on {self._doors.url}")
            doors = Doors(self.emulator)
            self._serving = _Serving(doors, self._loop)
            self._doors = doors
        return self

    def stop(self) -> None:
        """Stop serving; requests in flight get 0.3 seconds. Does nothing when not running."""
        serving = self._take_serving()
        if serving is not None:
            serving.stop()
            end(self.branch)

    def _take_serving(self) -> "_Serving | None":
        with self._lock:
            serving, self._serving, self._doors = self._serving, None, None
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
            await serving.stop_aside()
            end(self.branch)


class _Serving:
    """Serves at doors until `stop`, in a shared thread or one of its own. Raises what keeps it from
    starting."""

    def __init__(self, doors: Doors, shared: LoopThread | None) -> None:
        self._doors = doors
        self._own = None
        if shared is None:
            shared = self._own = LoopThread()
        self._loop = shared
        try:
            self._loop.call(doors.open())
        except BaseException:
            doors.shut()
            self._end_own()
            raise

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """What a coroutine returns, which runs there."""
        return self._loop.call(coroutine)

    def stop(self) -> None:
        """Let go of the doors."""
        try:
            self._loop.call(self._doors.close())
        finally:
            self._end_own()

    async def stop_aside(self) -> None:
        """The same without holding up the running loop."""
        closed = asyncio.wrap_future(self._loop.submit(self._doors.close()))
        await asyncio.wait([closed], timeout=_STOP_SECONDS)
        if self._own is not None:
            self._own.ask_to_stop()
            await asyncio.wait([asyncio.wrap_future(self._own.ended)], timeout=_STOP_SECONDS)
        self._end_own()
        closed.result()

    def _end_own(self) -> None:
        if self._own is not None:
            self._own.close()
