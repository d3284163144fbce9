"""`Branch`: the whole emulator with the network taken off."""

from branch_mock.clock import Clock, SystemClock
from branch_mock.ids import Ids
from branch_mock.operations.apps import Apps
from branch_mock.operations.clicks import Clicks
from branch_mock.operations.core import Core
from branch_mock.operations.credits import Credits
from branch_mock.operations.events import Events
from branch_mock.operations.exports import Exports
from branch_mock.operations.identities import Identities
from branch_mock.operations.links import Links
from branch_mock.operations.rules import Rules
from branch_mock.operations.sessions import Sessions
from branch_mock.operations.webhooks import Webhooks
from branch_mock.settings import Settings
from branch_mock.store import Store


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
        self._kept = self.store.snapshot(), self.ids.save()

    def keep(self) -> None:
        """Make the present state the one that `reset` goes back to."""
        with self.store.lock:
            self.ready = True
            self._kept = self.store.snapshot(), self.ids.save()

    def reset(self) -> None:
        """Go back to the state of the last `keep`, in one step: the seed, as a rule.

        Ids start again from there; the clock is left alone.
        """
        snapshot, ids = self._kept
        with self.store.lock:
            self.store.restore(snapshot)
            self.ids.restore(ids)
