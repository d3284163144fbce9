"""Named snapshots, for Python code that runs the server (contract 12)."""

from branch_mock.snapshots import Snapshot
from branch_mock.snapshots import Snapshots as Kept
from branch_mock.validation import schema_of


class Snapshots:
    """Checkpoints of the running server: state, ids and clock. They outlive every reset.

    A name has 1 to 64 of `A-Z a-z 0-9 _ . -`.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def save(self, name: str) -> Snapshot:
        """Take a snapshot, in place of one of that name. Raises InvalidRequest."""
        schema_of("control/snapshots_save.json").check({"name": name}, {}, {})
        return self._kept.save(name)

    def restore(self, name: str) -> Snapshot:
        """Go back to a snapshot. Raises SnapshotNotFound."""
        return self._kept.restore(name)

    def all(self) -> list[Snapshot]:
        """Every snapshot, in the order in which they were taken."""
        return self._kept.all()

    def delete(self, name: str) -> None:
        """Forget a snapshot. Raises SnapshotNotFound."""
        self._kept.delete(name)
