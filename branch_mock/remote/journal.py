"""The requests of one app on an emulator elsewhere (contract 12)."""

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from multidict import CIMultiDict

from branch_mock.clock import Stopwatch, parse_iso
from branch_mock.errors import BranchMockError, InternalError, WaitTimedOut
from branch_mock.journal import Entry, Journal
from branch_mock.matching import Pattern
from branch_mock.remote.transport import Remote

_LOOK_SECONDS = 0.05


class RemoteJournal(Journal):
    """The server's journal as far as it is about one app; secrets in it are masked."""

    def __init__(self, remote: Remote) -> None:
        super().__init__()
        self._remote = remote
        self._cleared = 0

    def all(self) -> list[Entry]:
        """Every request of the app that is kept, oldest first."""
        return self.find(Pattern(), direct=True)

    def find(self, pattern: Pattern, *, direct: bool = False) -> list[Entry]:
        """The requests of the app that match, oldest first."""
        key = self._remote.app.key
        if pattern.branch_key not in (None, key):
            return []
        asked = {**pattern.parts(), "branch_key": key, "direct": direct}
        found = self._remote.call("POST", "/_mock/requests/find", asked)
        prefix = f"{self._remote.app.id}."
        entries = [entry_of(view, prefix) for view in found]
        return [entry for entry in entries if entry.id > self._cleared]

    def clear(self, branch_key: str | None = None) -> int:
        """Leave out, from now on, what came so far; how many there were. None has another key."""
        if branch_key not in (None, self._remote.app.key):
            return 0
        entries = self.all()
        self._cleared = max((entry.id for entry in entries), default=self._cleared)
        return len(entries)

    def wait_for(self, pattern: Pattern, times: int, timeout: float) -> list[Entry]:
        """As Journal does, asking again and again."""

        def look() -> list[Entry] | None:
            found = self.find(pattern)
            return found if len(found) >= times else None

        found: list[Entry] | None = wait_until(look, timeout)
        if found is None:
            came = self.count(pattern)
            raise WaitTimedOut(f"{came} of {times} requests came within {timeout:g} s")
        return found

    def bugs(self) -> list[Exception]:
        """One exception for each request that met a bug of the emulator."""
        return [
            BranchMockError(f"{entry.line()}; the log of {self._remote.url} has the details")
            for entry in self.all()
            if entry.status == InternalError.status and entry.fault is None
        ]


def wait_until(look: Callable[[], Any], timeout: float) -> Any:
    """What `look` gives, once it is not None; None after `timeout` seconds."""
    watch, never = Stopwatch(), Event()
    while (found := look()) is None and watch.ms() < timeout * 1000:
        never.wait(_LOOK_SECONDS)
    return found


def entry_of(view: Mapping[str, Any], prefix: str) -> Entry:
    """The entry that the control plane shows; ids of faults without their prefix."""
    at_ms = parse_iso(view["date"])
    return Entry(
        id=view["id"],
        at_ms=at_ms,
        method=view["method"],
        path=view["path"],
        query=view["query"],
        headers=CIMultiDict(view["headers"]),
        content=view["body"],
        branch_key=view["branch_key"],
        endpoint=view["endpoint"],
        app_id=None if view["app_id"] is None else int(view["app_id"]),
        status=view["status"],
        reply=view["reply"].encode(),
        ms=view["ms"],
        note=view["note"],
        hint=view["hint"],
        fault=None if view["fault"] is None else view["fault"].removeprefix(prefix),
        truncated=tuple(view["truncated"]),
        moment=at_ms,
        direct=view["direct"],
    )
