"""The journal: every request that was answered, bounded, secrets masked (contract 12).

Bounded three ways: by number, by bytes altogether, and in what it keeps of one request.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from json import dumps
from threading import Condition, RLock
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from branch_mock.clock import iso
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


class Entry(Struct, gc=False):
    """One request and its outcome.

    at_ms: when it came, by the emulated clock. method: such as `POST`. path: without query, and
    without the link domain of a path-style address. query: its parameters; repeated ones are lists.
    headers: names in any case. content: its body, or what parses it. branch_key: the key that it
    carried, or that of the app whose link it followed. endpoint: its name in the table, None where
    there is none. app_id: whose credentials it carried. ms: real time that the answer took.
    status, reply: what was answered, at most 16 KiB of it; status is None where a fault kept the
    answer back. truncated: which of `body` and `reply` the journal does not keep whole.
    direct: whether it was a test's own set-up, as its header `X-Branch-Mock` said.
    note: what was done. hint: field and remedy of a refusal. fault: id of the fault that hit it.
    moment: of the answer, see `branch_mock.clock.moment`. size: bytes of request and reply, as far
    as they are kept. id: grows in the order of the journal.
    """

    at_ms: int
    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    content: Any
    branch_key: str | None
    endpoint: str | None
    app_id: int | None
    status: int | None
    reply: bytes
    ms: float
    note: str = ""
    hint: str | None = None
    fault: str | None = None
    moment: int = 0
    size: int = 0
    id: int = 0
    truncated: tuple[str, ...] = ()
    direct: bool = False

    @property
    def body(self) -> Any:
        """As it was parsed, with every secret; `{}` where there was none; of one that is over
        128 KiB, a text: how long it was, and its beginning as JSON, secrets masked."""
        content = self.content
        if isinstance(content, partial):
            content = self.content = content()
        return content

    def view(self) -> dict[str, Any]:
        """As the control plane shows it; no secret is in it."""
        return {
            "id": self.id,
            "date": iso(self.at_ms),
            "method": self.method,
            "path": masked_text(self.path),
            "query": mask(self.query),
            "headers": mask(dict(self.headers)),
            "body": mask(self.body),
            "endpoint": self.endpoint,
            "app_id": None if self.app_id is None else str(self.app_id),
            "branch_key": _masked(self.branch_key),
            "status": self.status,
            "reply": masked_text(self.reply.decode(errors="replace")),
            "ms": round(self.ms, 2),
            "note": masked_text(self.note),
            "hint": _masked(self.hint),
            "fault": self.fault,
            "direct": self.direct,
            "truncated": list(self.truncated),
        }

    def __repr__(self) -> str:
        return f"<Entry {self.id}: {self.line()}>"

    def line(self) -> str:
        """As one line of a report."""
        outcome = "no answer" if self.status is None else str(self.status)
        said = [f"{self.method} {masked_text(self.path)} -> {outcome}", masked_text(self.note)]
        if self.direct:
            said.append("[direct]")
        if self.hint is not None:
            said.append(f"[hint: {masked_text(self.hint)}]")
        return " ".join(filter(None, said))


def _masked(text: str | None) -> str | None:
    return None if text is None else masked_text(text)


class Journal:
    """The last requests, oldest first: at most 10,000, and at most `max_bytes` of what was sent and
    answered; the newest is always kept. An entry is written before its answer leaves.

    watcher: told of each entry once it is written.
    """

    def __init__(
        self,
        watcher: Callable[[Entry], None] | None = None,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._watcher = watcher
        self._max_bytes = max_bytes
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._ids = count(1)
        self._lock = RLock()
        self._changed = Condition(self._lock)
        self._waiting = 0
        self.forgotten = 0
        """How many requests were forgotten to stay within bounds, since the last `clear`."""

    def write(self, entry: Entry) -> None:
        """Take in one answered request, give it its id, and tell those who wait for it."""
        if entry.size > MAX_REPLY:
            _truncate(entry)
        entries = self._entries
        with self._lock:
            entry.id = next(self._ids)
            entries.append(entry)
            self._bytes += entry.size
            if self._bytes > self._max_bytes or len(entries) > MAX_ENTRIES:
                self._forget()
            if self._waiting:
                self._changed.notify_all()
        if self._watcher is not None:
            self._watcher(entry)

    def _forget(self) -> None:
        """Let go of the oldest, down to the bounds."""
        entries = self._entries
        while len(entries) > 1 and (self._bytes > self._max_bytes or len(entries) > MAX_ENTRIES):
            self._bytes -= entries.popleft().size
            self.forgotten += 1

    def all(self) -> list[Entry]:
        """Every entry that is kept, oldest first."""
        with self._lock:
            return list(self._entries)

    def clear(self, branch_key: str | None = None) -> int:
        """Forget every entry, or those with one key, ids go on; how many there were."""
        with self._lock:
            before = len(self._entries)
            self._entries = deque(
                entry
                for entry in self._entries
                if branch_key is not None and entry.branch_key != branch_key
            )
            self._bytes = sum(entry.size for entry in self._entries)
            self.forgotten = 0
            return before - len(self._entries)

    def find(self, pattern: Pattern, *, direct: bool = False) -> list[Entry]:
        """The requests that match, oldest first. direct: whether those are meant as well that a
        test made itself."""
        return [
            entry for entry in self.all() if (direct or not entry.direct) and pattern.matches(entry)
        ]

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
            (not place.matches(entry), len(differences), -entry.id, entry)
            for entry in self.find(Pattern())
            if (differences := list(pattern.differences(entry)))
        ]
        ranked.sort(key=lambda item: item[:3])
        for _, number, _, entry in ranked[:limit]:
            yield entry, _masked_differences(pattern, entry, number)


def _truncate(entry: Entry) -> None:
    """Keep only the beginning of a body and a reply that are too long."""
    sent = entry.size - len(entry.reply)
    if len(entry.reply) > MAX_REPLY:
        entry.reply = entry.reply[:MAX_REPLY]
        entry.truncated = ("reply",)
    if sent > MAX_BODY and entry.body:
        text = dumps(mask(entry.body), ensure_ascii=False)
        entry.content = f"[the first {MAX_REPLY} of {len(text)} characters] {text[:MAX_REPLY]}"
        entry.truncated = ("body", *entry.truncated)
        sent = len(entry.content)
    entry.size = sent + len(entry.reply)


def _masked_differences(pattern: Pattern, entry: Entry, number: int) -> list[str]:
    """How a request differs, with secrets masked on both sides."""
    masked = replace(
        pattern, headers=mask(pattern.headers), query=mask(pattern.query), json=mask(pattern.json)
    )
    shown = Sent(
        entry.method,
        entry.path,
        mask(entry.query),
        {name.lower(): value for name, value in mask(dict(entry.headers)).items()},
        mask(entry.body),
        entry.branch_key,
    )
    masked = replace(masked, headers={k.lower(): v for k, v in masked.headers.items()})
    differences = [masked_text(text) for text in masked.differences(shown)]
    return differences if len(differences) == number else [*differences, "a secret differs"]
