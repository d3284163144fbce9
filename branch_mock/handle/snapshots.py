"""Named snapshots, for Python code that runs the server (contract 12)."""

from branch_mock.emulator import Emulator
from branch_mock.handle.noted import noted
from branch_mock.snapshots import Snapshot
from branch_mock.validation import schema_of


class Snapshots:
    """Checkpoints of the running server: state, ids and clock. They outlive every reset.

    A name has 1 to 64 of `A-Z a-z 0-9 _ . -`.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._kept = emulator.snapshots
        self._deeds = emulator.deeds

    @noted("snapshots.save")
    def save(self, name: str) -> Snapshot:
        """Take a snapshot, in place of one of that name. Raises InvalidRequest."""
        schema_of("control/snapshots_save.json").check({"name": name}, {}, {})
        return self._kept.save(name)

    @noted("snapshots.restore")
    def restore(self, name: str) -> Snapshot:
        """Go back to a snapshot. Raises SnapshotNotFound."""
        return self._kept.restore(name)

    def all(self) -> list[Snapshot]:
        """Every snapshot, in the order in which they were taken."""
        return self._kept.all()

    @noted("snapshots.delete")
    def delete(self, name: str) -> None:
        """Forget a snapshot. Raises SnapshotNotFound."""
        self._kept.delete(name)
