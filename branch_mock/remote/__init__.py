"""`RemoteMock`: an app of one's own on an emulator that runs elsewhere, for Python code.

Everything goes over HTTP, and nothing of it touches what other apps on that server have.
"""

from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from branch_mock.domain.apps import App
from branch_mock.errors import BranchMockError, LeakError
from branch_mock.handle.checks import check, timeline
from branch_mock.handle.mock import Mock
from branch_mock.handle.requests import Requests
from branch_mock.remote.clock import Clock
from branch_mock.remote.credits import Credits
from branch_mock.remote.events import Events
from branch_mock.remote.faults import Faults
from branch_mock.remote.journal import RemoteJournal
from branch_mock.remote.links import Links
from branch_mock.remote.referral_codes import ReferralCodes
from branch_mock.remote.rules import Rules
from branch_mock.remote.simulate import Simulate
from branch_mock.remote.transport import Transport, app_of
from branch_mock.remote.webhooks import Webhooks
from branch_mock.settings import sent_token

_OF_A_SERVER = frozenset(
    {"apps", "exports", "snapshots", "intercept", "seed", "state", "put_state", "branch"}
)


class RemoteMock(Mock):
    """An app minted on the emulator at `url`, with what `BranchMock` has for it.

    `with RemoteMock("http://127.0.0.1:8080") as mock:`. links, credits, events, rules,
    referral_codes, simulate do what the HTTP API does, with this app's credentials, but directly:
    no fault hits that, and requests do not tell of it. Requests, webhooks and live events are those
    of this app, and faults hit only requests of this app: those that carry its key, or follow its
    links. The clock can be read, and a reset is of this app,
    since others may use the same server. Lists of links, clicks, events and rules are picked out
    of the whole state, which takes the longer the more the server remembers.

    What goes over HTTP raises the ApiError that it is answered with where that is one of those that
    the operations of BranchMock raise, or TokenNeeded; BranchMockError, which tells status and
    message, for other refusals, and when the server does not answer.

    profile: as for `POST /_mock/apps`. faults: laid when it is entered. token: of the
    control plane, where it asks for one; what the environment's `BRANCH_MOCK_CONTROL_TOKEN`, or
    the file that `BRANCH_MOCK_CONTROL_TOKEN_FILE` names, says unless given. Raises BranchMockError
    when no emulator answers at `url`, SettingsError when it is no address.
    """

    url: str
    links: Links
    credits: Credits
    events: Events
    rules: Rules
    referral_codes: ReferralCodes
    simulate: Simulate
    webhooks: Webhooks
    requests: Requests
    faults: Faults
    clock: Clock

    def __init__(
        self,
        url: str,
        *,
        profile: str | None = None,
        faults: Iterable[Mapping[str, Any]] = (),
        token: str | None = None,
    ) -> None:
        self.url = url.rstrip("/")
        self._profile = profile
        self._first_faults = tuple(faults)
        self._app: App | None = None
        self._transport = Transport(self.url, sent_token() if token is None else token)
        self._journal = RemoteJournal(self)
        self.links = Links(self)
        self.credits = Credits(self)
        self.events = Events(self)
        self.rules = Rules(self)
        self.referral_codes = ReferralCodes(self)
        self.simulate = Simulate(self)
        self.webhooks = Webhooks(self)
        self.requests = Requests(self._journal)
        self.faults = Faults(self)
        self.clock = Clock(self)
        self.leaks: list[LeakError] = []  # what runs elsewhere intercepts nothing here

    @property
    def app(self) -> App:
        """The app: key, secret and id. Raises BranchMockError outside of `with`."""
        if self._app is None:
            raise BranchMockError("RemoteMock has no app yet; use it in `with`")
        return self._app

    @property
    def failures(self) -> list[Exception]:
        """One exception for each request of this app that met a bug of the emulator."""
        return self._journal.bugs()

    if not TYPE_CHECKING:  # which tells of a missing attribute itself

        def __getattr__(self, name: str) -> NoReturn:
            why = " of a server that others use too" if name in _OF_A_SERVER else ""
            raise AttributeError(f"RemoteMock has no {name!r}{why}; BranchMock may have", name=name)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """One call, as JSON in and out. Raises the ApiError that it is answered with, and
        BranchMockError when the server does not answer."""
        return self._transport.call(method, path, body)

    def signed(self, **fields: object) -> dict[str, object]:
        """Fields with this app's credentials; None counts as not given."""
        given = {name: value for name, value in fields.items() if value is not None}
        return {"branch_key": self.app.key, "branch_secret": self.app.secret, **given}

    def chunks(self, path: str, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer that goes on and on, read on the running loop. Raises as `call`
        does."""
        return self._transport.listen(path, query)

    def _read(self, path: str) -> bytes:
        return self._transport.read(path)

    def check(self, ignore: Collection[str] = ()) -> None:
        """As `BranchMock.check`, of this app's requests, faults and webhooks."""
        __tracebackhide__ = True
        check(self, ignore)

    def reset(self, parts: Iterable[str] | None = None) -> None:
        """Take back everything that was done to this app; its credentials stay. The clock stays
        as well, which is everybody's.

        parts: some of state, journal, faults and webhooks; all unless given. Raises InvalidRequest.
        """
        listed = parts if parts is None or isinstance(parts, str) else list(parts)
        narrowed = {} if listed is None else {"parts": listed}
        self.call("POST", "/_mock/reset", {"branch_key": self.app.key, **narrowed})

    def timeline(self) -> list[str]:
        """As `BranchMock.timeline`, of this app; without moves of the clock, which are shared."""
        return timeline(self._journal.all(), self.webhooks.all(), ())

    def __enter__(self) -> Self:
        body = {} if self._profile is None else {"profile": self._profile}
        self._app = app_of(self.call("POST", "/_mock/apps", body), self._profile)
        for fault in self._first_faults:
            self.faults.add(**fault)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.faults.clear()
