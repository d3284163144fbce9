"""The journal: every request that was answered, bounded, secrets masked (contract 12).

Bounded three ways: by number, by bytes altogether, and in what it keeps of one request.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from json import dumps
from threading import Condition, RLock
from typing import Any

from branch_mock.clock import iso, moment
from branch_mock.errors import WaitTimedOut
from branch_mock.matching import Pattern, Sent
from branch_mock.secrets import mask, masked_text

MAX_ENTRIES = 10_000
MAX_BYTES = 32 * 1024 * 1024
MAX_REPLY = 16 * 1024
"""Bytes of a reply that are kept."""

MAX_BODY = 128 * 1024
"""Bytes of a body up to which it is kept as it was parsed, a whole bulk call among them. Of a
longer one, the first `MAX_REPLY` characters are kept as a text."""


@dataclass(slots=True)
class Entry:
    """One request and its outcome.

    sent: the request as it came; the properties below read it.
    id: grows in the order of the journal. at_ms: when it came, by the emulated clock. endpoint: its
    name in the table, None where there is none. app_id: whose credentials it carried. ms: real time
    that the answer took.
    status, reply: what was answered, at most 16 KiB of it; status is None where a fault kept the
    answer back. truncated: which of `body` and `reply` the journal does not keep whole.
    note: what was done. hint: field and remedy of a refusal. fault: id of the fault that hit it.
    moment: see `branch_mock.clock.moment`.
    """

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
    id: int = 0
    truncated: tuple[str, ...] = ()
    moment: int = field(default_factory=moment, compare=False)

    @property
    def method(self) -> str:
        """Such as `POST`."""
        return self.sent.method

    @property
    def path(self) -> str:
        """Without query, and without the link domain of a path-style address."""
        return self.sent.path

    @property
    def query(self) -> Mapping[str, Any]:
        """The query's parameters; repeated ones are lists."""
        return self.sent.query

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's; names in any case."""
        return self.sent.headers

    @property
    def body(self) -> Any:
        """As it was parsed, with every secret; `{}` where there was none. Of one that is over
        128 KiB, a text: how long it was, and its beginning as JSON, secrets masked."""
        return self.sent.body

    @property
    def branch_key(self) -> str | None:
        """The key that it carried, or of the app whose link it followed."""
        return self.sent.branch_key

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
            "branch_key": _masked(self.sent.branch_key),
            "status": self.status,
            "reply": masked_text(self.reply.decode(errors="replace")),
            "ms": round(self.ms, 2),
            "note": masked_text(self.note),
            "hint": _masked(self.hint),
            "fault": self.fault,
            "truncated": list(self.truncated),
        }

    def __repr__(self) -> str:
        return f"<Entry {self.id}: {self.line()}>"

    def line(self) -> str:
        """As one line of a report."""
        outcome = "no answer" if self.status is None else str(self.status)
        said = [f"{self.method} {masked_text(self.path)} -> {outcome}", masked_text(self.note)]
        if self.hint is not None:
            said.append(f"[hint: {masked_text(self.hint)}]")
        return " ".join(filter(None, said))


def _masked(text: str | None) -> str | None:
    return None if text is None else masked_text(text)


class Journal:
    """The last requests, oldest first: at most 10,000, and at most `max_bytes` of what was sent and
    answered; the newest is always kept. An entry is written before its answer leaves.

    watcher: told of each entry once it is written, and its bytes.
    """

    def __init__(
        self,
        watcher: Callable[[Entry, int], None] | None = None,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._watcher = watcher
        self._max_bytes = max_bytes
        self._entries: deque[tuple[Entry, int]] = deque()
        self._bytes = 0
        self._ids = count(1)
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._waiting = 0
        self.forgotten = 0
        """How many requests were forgotten to stay within bounds, since the last `clear`."""

    def write(self, entry: Entry, size: int) -> None:
        """Take in one answered request of that many bytes, give it its id, and tell those who wait
        for it."""
        if size > MAX_BODY or len(entry.reply) > MAX_REPLY:
            size = _truncate(entry, size)
        size += len(entry.reply)
        entries = self._entries
        with self._lock:
            entry.id = next(self._ids)
            entries.append((entry, size))
            self._bytes += size
            while self._bytes > self._max_bytes or len(entries) > MAX_ENTRIES:
                if len(entries) == 1:
                    break
                self._bytes -= entries.popleft()[1]
                self.forgotten += 1
            if self._waiting:
                self._changed.notify_all()
        if self._watcher is not None:
            self._watcher(entry, size)

    def all(self) -> list[Entry]:
        """Every entry that is kept, oldest first."""
        with self._lock:
            return [entry for entry, _ in self._entries]

    def clear(self, branch_key: str | None = None) -> int:
        """Forget every entry, or those with one key, ids go on; how many there were."""
        with self._lock:
            before = len(self._entries)
            kept = [
                (entry, size)
                for entry, size in self._entries
                if branch_key is not None and entry.sent.branch_key != branch_key
            ]
            self._entries = deque(kept)
            self._bytes = sum(size for _, size in kept)
            self.forgotten = 0
            return before - len(kept)

    def find(self, pattern: Pattern) -> list[Entry]:
        """The requests that match, oldest first."""
        return [entry for entry in self.all() if pattern.matches(entry.sent)]

    def count(self, pattern: Pattern) -> int:
        """How many requests match."""
        return len(self.find(pattern))

    def wait_for(self, pattern: Pattern, times: int, timeout: float) -> list[Entry]:
        """Wait until at least `times` requests match; `timeout` is in seconds.

        Blocks the calling thread. Raises WaitTimedOut telling how many there were.
        """
        with self._changed:
            self._waiting += 1
            try:
                self._changed.wait_for(lambda: self.count(pattern) >= times, timeout)
            finally:
                self._waiting -= 1
        found = self.find(pattern)
        if len(found) < times:
            raise WaitTimedOut(f"{len(found)} of {times} requests came within {timeout:g} s")
        return found

    def nearest(self, pattern: Pattern, limit: int = 3) -> Iterator[tuple[Entry, list[str]]]:
        """The requests that match best without matching, with how they differ, best first.

        Those at the right endpoint come before others. No secret is in what is said.
        """
        place = Pattern(method=pattern.method, path=pattern.path)
        ranked = [
            (not place.matches(entry.sent), len(differences), -entry.id, entry)
            for entry in self.all()
            if (differences := list(pattern.differences(entry.sent)))
        ]
        ranked.sort(key=lambda item: item[:3])
        for _, number, _, entry in ranked[:limit]:
            yield entry, _masked_differences(pattern, entry.sent, number)


def _truncate(entry: Entry, size: int) -> int:
    """Keep only the beginning of a body and a reply that are too long; what is left of `size`."""
    if len(entry.reply) > MAX_REPLY:
        entry.reply = entry.reply[:MAX_REPLY]
        entry.truncated = ("reply",)
    if size > MAX_BODY and entry.sent.body:
        text = dumps(mask(entry.sent.body), ensure_ascii=False)
        kept = f"[the first {MAX_REPLY} of {len(text)} characters] {text[:MAX_REPLY]}"
        entry.sent = entry.sent._replace(body=kept)
        entry.truncated = ("body", *entry.truncated)
        size = len(kept)
    return size


def _masked_differences(pattern: Pattern, sent: Sent, number: int) -> list[str]:
    """How a request differs, with secrets masked on both sides."""
    masked = replace(
        pattern, headers=mask(pattern.headers), query=mask(pattern.query), json=mask(pattern.json)
    )
    shown = sent._replace(
        headers={name.lower(): value for name, value in mask(dict(sent.headers)).items()},
        query=mask(sent.query),
        body=mask(sent.body),
    )
    masked = replace(masked, headers={k.lower(): v for k, v in masked.headers.items()})
    differences = [masked_text(text) for text in masked.differences(shown)]
    return differences if len(differences) == number else [*differences, "a secret differs"]
