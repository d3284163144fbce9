"""What every operation works with."""

from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from msgspec import Struct

from branch_mock.clock import Clock
from branch_mock.domain.apps import App
from branch_mock.ids import Ids
from branch_mock.settings import Settings
from branch_mock.store import State, Store


class _Owned(Protocol):
    @property
    def app_id(self) -> int: ...


_T = TypeVar("_T", bound=_Owned)


class Core(Struct, frozen=True):
    """One emulator's settings, clock, ids and store."""

    settings: Settings
    clock: Clock
    ids: Ids
    store: Store

    def listed(self, table: Callable[[State], Mapping[int, _T]], app: App | None) -> list[_T]:
        """The entities of a table that are of one app, or of all, oldest first."""
        with self.store.lock:
            found = list(table(self.store.state).values())
        return [entity for entity in found if app is None or entity.app_id == app.id]
