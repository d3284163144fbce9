"""What every operation works with."""

from msgspec import Struct

from branch_mock.clock import Clock
from branch_mock.ids import Ids
from branch_mock.settings import Settings
from branch_mock.store import Store


class Core(Struct, frozen=True):
    """One emulator's settings, clock, ids and store."""

    settings: Settings
    clock: Clock
    ids: Ids
    store: Store
