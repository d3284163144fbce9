"""`Branch`: the whole emulator with the network taken off."""

from typing import Literal, NamedTuple

from branch_mock.clock import Clock, ClockState, SystemClock
from branch_mock.domain.apps import App
from branch_mock.ids import Ids, IdsState
from branch_mock.indexes import with_app_of
from branch_mock.operations.apps import Apps
from branch_mock.operations.clicks import Clicks
from branch_mock.operations.core import Core
from branch_mock.operations.credits import Credits
from branch_mock.operations.events import Events
from branch_mock.operations.exports import Exports
from branch_mock.operations.identities import Identities
from branch_mock.operations.links import Links
from branch_mock.operations.referral_codes import ReferralCodes
from branch_mock.operations.rules import Rules
from branch_mock.operations.sessions import Sessions
from branch_mock.operations.webhooks import Webhooks
from branch_mock.settings import Settings
from branch_mock.store import Snapshot, Store

ResetTo = Literal["seed", "empty"]


class Saved(NamedTuple):
    """What `Branch.save` gives: all that decides how the emulator goes on.

    delivery: the number of the newest webhook.
    """

    state: Snapshot
    ids: IdsState
    clock: ClockState
    delivery: int


class Kept(NamedTuple):
    """A state to begin with, which nothing changes, and where ids go on from there."""

    state: Snapshot
    ids: IdsState


class Branch:
    """Apps, links, clicks, credits … and everything that can be done with them.

    Begins empty; `branch_mock.seeds.plant` fills it. Safe to use from several threads.

    ready: whether the seeds are loaded, so that calls can be answered.
    """

    ready = False

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.clock = clock or SystemClock()
        self.ids = ids or Ids(self.clock, self.settings.random_seed)
        self.store = Store(self.ids)
        core = Core(self.settings, self.clock, self.ids, self.store)
        self.apps = Apps(core)
        self.identities = Identities(core)
        self.links = Links(core, self.apps, self.identities)
        self.credits = Credits(core, self.identities)
        self.webhooks = Webhooks(core)
        self.rules = Rules(core, self.credits, self.webhooks)
        self.events = Events(core, self.identities, self.rules)
        self.clicks = Clicks(core, self.events)
        self.sessions = Sessions(core, self.identities, self.links, self.clicks, self.events)
        self.exports = Exports(core)
        self.referral_codes = ReferralCodes(core, self.identities, self.credits)
        self._blank = self._kept = Kept(self.store.snapshot(), self.ids.save())

    def keep(self) -> Kept:
        """Make the present state the one that `reset` goes back to, and tell it."""
        with self.store.lock:
            self.ready = True
            self._kept = Kept(self.store.snapshot(), self.ids.save())
            return self._kept

    def begin(self, kept: Kept) -> None:
        """Be as another branch was when it kept its state, and keep it too."""
        with self.store.lock:
            self.store.restore(kept.state)
            self.ids.restore(kept.ids)
            self._kept = kept
            self.ready = True

    def save(self) -> Saved:
        """State, ids and clock as they are, for `load`."""
        with self.store.lock:
            return Saved(
                self.store.snapshot(), self.ids.save(), self.clock.save(), self.webhooks.last
            )

    def load(self, saved: Saved) -> None:
        """Make state, ids and clock what they were. What `reset` goes back to stays as it is.

        Raises ValueError for a clock outside the times that ids can carry; nothing has changed.
        """
        with self.store.lock:
            self.clock.restore(saved.clock)
            self.store.restore(saved.state)
            self.ids.restore(saved.ids)
            self.webhooks.last = max(self.webhooks.last, saved.delivery)

    def reset(self, to: ResetTo = "seed", *, app: App | None = None) -> None:
        """Go back to the state of the last `keep`, in one step: the seed, as a rule.

        to: `empty` goes back to what a server with the seed `empty` begins with: one new app and
        nothing else. app: only that app's data go back; ids go on and the app stays, as in the
        seed where that has it. Otherwise ids start again from there. The clock is left alone.
        """
        snapshot, ids = self._kept if to == "seed" else self._blank
        with self.store.lock:
            if app is not None:
                apps = {**self._blank[0], "apps": self._kept[0]["apps"]}
                back = snapshot if to == "seed" else apps
                self.store.restore(with_app_of(app.id, self.store.snapshot(), back))
                return
            self.store.restore(snapshot)
            self.ids.restore(ids)
            if to == "empty":
                self.apps.mint()
