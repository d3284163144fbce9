"""Named snapshots: checkpoints of one emulator that it can go back to (contract 12)."""

from collections import OrderedDict
from threading import Lock
from typing import Any

from msgspec import Struct

from branch_mock.branch import Branch, Saved
from branch_mock.clock import iso
from branch_mock.errors import InvalidRequest, SnapshotNotFound
from branch_mock.live import Live

MAX_SNAPSHOTS = 100


class Snapshot(Struct, frozen=True, kw_only=True):
    """State, ids and clock at one moment.

    name: 1 to 64 of `A-Z a-z 0-9 _ . -`. at_ms: when it was taken, by the emulated clock, in
    milliseconds since 1970. saved: what it holds.
    """

    name: str
    at_ms: int
    saved: Saved

    def view(self) -> dict[str, Any]:
        """As GET /_mock/snapshots shows it."""
        tables = self.saved.state
        return {
            "name": self.name,
            "date": iso(self.at_ms),
            "apps": len(tables["apps"]),
            "links": len(tables["links"]),
        }


class Snapshots:
    """The snapshots of one emulator, oldest first. They outlive every reset."""

    def __init__(self, branch: Branch, live: Live) -> None:
        self._live = live
        self._branch = branch
        self._kept: OrderedDict[str, Snapshot] = OrderedDict()
        self._lock = Lock()

    def save(self, name: str) -> Snapshot:
        """Take a snapshot, in place of one of that name. Raises InvalidRequest past 100 of them."""
        taken = Snapshot(name=name, at_ms=self._branch.clock.now_ms(), saved=self._branch.save())
        with self._lock:
            if name not in self._kept and len(self._kept) >= MAX_SNAPSHOTS:
                raise InvalidRequest.of("name", f"would be one snapshot more than {MAX_SNAPSHOTS}")
            self._kept.pop(name, None)
            self._kept[name] = taken
        return taken

    def restore(self, name: str) -> Snapshot:
        """Go back to a snapshot: state, ids and clock. Raises SnapshotNotFound."""
        kept = self._find(name)
        self._branch.load(kept.saved)
        self._live.publish("state", lambda: {"verb": "restore", "snapshot": name})
        return kept

    def all(self) -> list[Snapshot]:
        """Every snapshot, in the order in which they were taken."""
        with self._lock:
            return list(self._kept.values())

    def delete(self, name: str) -> None:
        """Forget a snapshot. Raises SnapshotNotFound."""
        with self._lock:
            if self._kept.pop(name, None) is not None:
                return
        self._find(name)

    def _find(self, name: str) -> Snapshot:
        with self._lock:
            if name not in self._kept:
                raise SnapshotNotFound(name, self._kept)
            return self._kept[name]
