"""The journal: every request that was answered, bounded, secrets masked (contract 12)."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from threading import Condition
from typing import Any

from branch_mock.clock import iso
from branch_mock.matching import Pattern, Sent
from branch_mock.secrets import mask, masked_text

MAX_ENTRIES = 10_000
MAX_BODY = 16 * 1024
"""Bytes of a reply, or characters of an unreadable body, that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request and its outcome.

    at_ms: when it came, by the emulated clock. endpoint: its name in the table, None where there is
    none. app_id: whose credentials it carried. ms: real time that the answer took.
    note: what was done. hint: field and remedy of a refusal. fault: id of the fault that hit it.
    """

    id: int
    at_ms: int
    sent: Sent
    endpoint: str | None
    app_id: int | None
    status: int | None
    reply: bytes
    ms: float
    note: str = ""
    hint: str | None = None
    fault: str | None = None

    def view(self) -> dict[str, Any]:
        """As the control plane shows it; no secret is in it."""
        return {
            "id": self.id,
            "date": iso(self.at_ms),
            "method": self.sent.method,
            "path": masked_text(self.sent.path),
            "query": mask(self.sent.query),
            "headers": mask(dict(self.sent.headers)),
            "body": mask(self.sent.body),
            "endpoint": self.endpoint,
            "app_id": None if self.app_id is None else str(self.app_id),
            "branch_key": self.sent.branch_key,
            "status": self.status,
            "reply": masked_text(self.reply.decode(errors="replace")),
            "ms": round(self.ms, 2),
            "note": masked_text(self.note),
            "hint": self.hint,
            "fault": self.fault,
        }

    def line(self) -> str:
        """As one line of a report."""
        return f"{self.sent.method} {masked_text(self.sent.path)} -> {self.status} {self.note}"


class Journal:
    """The last 10,000 requests, oldest first. An entry is written before its answer leaves.

    watcher: told of each entry once it is written.
    """

    def __init__(self, watcher: Callable[[Entry], None] | None = None) -> None:
        self._watcher = watcher
        self._entries: deque[Entry] = deque(maxlen=MAX_ENTRIES)
        self._ids = count(1)
        self._changed = Condition()

    def next_id(self) -> int:
        """The id of the entry that is written next."""
        return next(self._ids)

    def write(self, entry: Entry) -> None:
        """Take in one answered request and tell those who wait for it."""
        with self._changed:
            self._entries.append(entry)
            self._changed.notify_all()
        if self._watcher is not None:
            self._watcher(entry)

    def all(self) -> list[Entry]:
        """Every entry that is kept, oldest first."""
        with self._changed:
            return list(self._entries)

    def clear(self, branch_key: str | None = None) -> int:
        """Forget every entry, or those with one key, ids go on; how many there were."""
        with self._changed:
            kept = [
                entry
                for entry in self._entries
                if branch_key is not None and entry.sent.branch_key != branch_key
            ]
            forgotten = len(self._entries) - len(kept)
            self._entries.clear()
            self._entries.extend(kept)
            return forgotten

    def find(self, pattern: Pattern) -> list[Entry]:
        """The requests that match, oldest first."""
        return [entry for entry in self.all() if pattern.matches(entry.sent)]

    def count(self, pattern: Pattern) -> int:
        """How many requests match."""
        return len(self.find(pattern))

    def wait_for(self, pattern: Pattern, times: int, timeout: float) -> list[Entry]:
        """Wait until at least `times` requests match; `timeout` is in seconds.

        Raises TimeoutError telling how many there were.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.count(pattern) >= times, timeout)
        found = self.find(pattern)
        if len(found) < times:
            raise TimeoutError(f"waited {timeout} s for {times} requests, {len(found)} came")
        return found

    def nearest(self, pattern: Pattern, limit: int = 3) -> Iterator[tuple[Entry, list[str]]]:
        """The requests that match best without matching, with how they differ, best first."""
        ranked = [(list(pattern.differences(entry.sent)), entry) for entry in self.all()]
        ranked = [(differences, entry) for differences, entry in ranked if differences]
        ranked.sort(key=lambda item: (len(item[0]), -item[1].id))
        for differences, entry in ranked[:limit]:
            yield entry, differences


def key_of(path: Mapping[str, str], query: Mapping[str, Any], body: object) -> str | None:
    """The Branch key that a request carries, wherever it does."""
    fields: Mapping[str, Any] = body if isinstance(body, Mapping) else {}
    for place in (path, query, fields):
        key = place.get("branch_key")
        if isinstance(key, str):
            return key
    return None
