"""`Emulator`: Branch and the things around it that have a life of their own. No HTTP."""

from collections.abc import Callable, Iterable, Mapping

from branch_mock.branch import Branch
from branch_mock.export_files.files import ExportFiles
from branch_mock.faults import Faults
from branch_mock.journal import Journal

PARTS = ("state", "journal", "faults", "webhooks", "clock")
"""What `reset` can be narrowed to (contract 12)."""


class Emulator:
    """One emulator: `branch` and what watches and disturbs it.

    failures: exceptions that nobody meant, each answered by a 500: bugs of ours.
    """

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.journal = Journal()
        self.faults = Faults(branch.clock, branch.ids)
        self.export_files = ExportFiles(branch)
        self.failures: list[Exception] = []
        self._resets: Mapping[str, Callable[[], object]] = {
            "state": branch.reset,
            "journal": self.journal.clear,
            "faults": self.faults.clear,
            "webhooks": branch.webhooks.clear,
            "clock": branch.clock.rewind,
        }

    def reset(self, parts: Iterable[str] = PARTS) -> None:
        """Go back to the seed, wholly or by part. Raises KeyError for a part there is not."""
        for part in parts:
            self._resets[part]()
