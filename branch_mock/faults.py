"""Faults: what goes wrong on purpose, laid over the real behaviour (contract 12)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import count
from math import ceil
from threading import Lock
from typing import Any, NamedTuple, TypedDict

from msgspec import Struct, field
from msgspec.structs import replace

from branch_mock.clock import Clock
from branch_mock.errors import InvalidRequest, Violation
from branch_mock.ids import Ids
from branch_mock.matching import Pattern, Sent

BY_HAND = "by-hand"
"""The id of a fault that a request asked for itself, by the header `X-Branch-Mock`."""

HEADER = "X-Branch-Mock"
DIRECT = "direct"
"""What that header says of a test's own set-up: no fault hits it, and it is none of the requests
that the code under test made."""

STATUSES = range(200, 600)
MAX_SECONDS = 3600
TOO_MANY = 429
_RETRYABLE = frozenset({TOO_MANY, 503})
"""Statuses to which HTTP gives a `Retry-After`."""

_FRAMING = frozenset({"content-length", "transfer-encoding", "connection"})
"""Headers that say how the answer is sent, which only the server itself can."""


class Connection(StrEnum):
    """What happens to the connection instead of an answer."""

    HANG = "hang"
    RESET = "reset"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    GARBAGE = "garbage"


class Phase(StrEnum):
    """Whether the request is still carried out: not at all, or with its reply lost."""

    BEFORE = "before"
    AFTER = "after"


class FaultFields(TypedDict, total=False):
    """What a fault can be laid with, besides the requests that it is for; see `Fault`."""

    id: str
    status: int
    body: Any
    headers: Mapping[str, str]
    delay: float | Sequence[float]
    retry_after: int
    connection: str
    phase: str
    first: int
    nth: int
    every: int
    probability: float
    limit: int
    window: float


class Fault(Struct, frozen=True, kw_only=True):
    """One rule. What it does, to which requests, and when.

    match: which requests.
    status: HTTP status to answer, 200 to 599, with `body` (an object becomes JSON, a text is sent
        as it is, None the error envelope) and `headers`.
    delay: seconds before the answer, drawn between the two. retry_after: whole seconds, sent as
        `Retry-After`. connection: what happens to it instead of an answer.
    phase: whether the request is carried out all the same, with its reply lost.
    first: only the first n matching requests. nth: only that one. every: each n-th.
    probability: 0 to 1, drawn from the seeded generator.
    limit, window: lets `limit` requests through in each `window` seconds of the emulated clock.
        The others get 429 unless something else is said; a 429 or 503 tells what is left of the
        window as `Retry-After`, unless told.
    """

    id: str
    match: Pattern = field(default_factory=Pattern)
    status: int | None = None
    body: Any = None
    headers: Mapping[str, str] = {}
    delay: tuple[float, float] = (0.0, 0.0)
    retry_after: int | None = None
    connection: Connection | None = None
    phase: Phase = Phase.BEFORE
    first: int | None = None
    nth: int | None = None
    every: int | None = None
    probability: float = 1.0
    limit: int | None = None
    window: float = 60.0

    @property
    def replaces_reply(self) -> bool:
        """Whether the caller gets something else than the real answer."""
        return self.status is not None or self.connection is not None

    def due(self, number: int) -> bool:
        """Whether it applies to the `number`-th matching request, counted from 1."""
        return (
            (self.first is None or number <= self.first)
            and (self.nth is None or number == self.nth)
            and (self.every is None or number % self.every == 0)
        )

    def violations(self) -> Iterator[Violation]:
        """Where its parts do not go together."""
        if self.delay[0] > self.delay[1]:
            yield Violation("delay", f"must be [least, most], got {list(self.delay)}")
        if self.body is not None and self.status is None:
            yield Violation("status", "is required where a body is given")
        framing = sorted(name for name in self.headers if name.lower() in _FRAMING)
        if framing:
            yield Violation("headers", f"must leave {', '.join(framing)} to the server")
        yield from self._never_due()
        yield from self._unsent()
        acts = self.replaces_reply or any(self.delay) or self.headers
        if not acts and self.retry_after is None:
            yield Violation("status", "or something else that it does is required")

    def _never_due(self) -> Iterator[Violation]:
        first, nth, every = self.first, self.nth, self.every
        if nth is not None and first is not None and nth > first:
            yield Violation("nth", f"never comes: it is past the first {first}, got {nth}")
        if nth is not None and every is not None and nth % every:
            yield Violation("nth", f"never comes: it is no multiple of every, {every}, got {nth}")
        if first is not None and every is not None and every > first:
            yield Violation("every", f"never comes: it is past the first {first}, got {every}")
        due = 1 if nth is not None else first
        if due is not None and self.limit is not None and due <= self.limit:
            yield Violation("limit", f"is never passed by {due} in all, got {self.limit}")

    def _unsent(self) -> Iterator[Violation]:
        """What of an answer is said though the connection carries none."""
        if self.connection in {None, Connection.TRUNCATED}:
            return
        parts = {"status": self.status, "headers": self.headers, "retry_after": self.retry_after}
        for name, value in parts.items():
            if value:
                problem = f"is never sent where connection is {self.connection}, got {value!r}"
                yield Violation(name, problem)


def fault_parts(body: dict[str, Any]) -> dict[str, Any]:
    """What `Faults.add` takes, from a checked body."""
    parts = dict(body)
    if "match" in parts:
        parts["match"] = Pattern(**parts["match"])
    if "delay" in parts:
        delay = parts["delay"]
        parts["delay"] = tuple(delay) if isinstance(delay, list) else (delay, delay)
    for name, kind in (("connection", Connection), ("phase", Phase)):
        if name in parts:
            parts[name] = kind(parts[name])
    return parts


class FaultRecord(NamedTuple):
    """A fault that is laid. matched: how many requests were like its `match`. hits: how many of
    those it applied to."""

    fault: Fault
    matched: int
    hits: int


class _Laid(Struct):
    """A fault that is laid, and what became of it."""

    fault: Fault
    matched: int = 0
    hits: int = 0
    window_start_ms: int = 0
    in_window: int = 0


class Faults:
    """The faults that are laid, in the order in which they were; the first that applies hits."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._laid: dict[str, _Laid] = {}
        self._numbers = count(1)
        self._lock = Lock()

    def __bool__(self) -> bool:
        return bool(self._laid)

    def add(self, **parts: Any) -> Fault:
        """Lay a fault; the parts are those of `Fault`, an `id` is given where none is named.

        Raises InvalidRequest when the id is taken, and when the parts do not go together.
        """
        with self._lock:
            fault = _complete(Fault(**{"id": "", **parts}))
            violations = list(fault.violations())
            if fault.id in self._laid or fault.id == BY_HAND:
                violations.append(Violation("id", f"is another fault's: {fault.id}"))
            if violations:
                raise InvalidRequest(violations)
            fault = replace(fault, id=fault.id or self._free_id())
            self._laid[fault.id] = _Laid(fault, window_start_ms=self._clock.now_ms())
            return fault

    def _free_id(self) -> str:
        names = (f"fault-{number}" for number in self._numbers)
        return next(name for name in names if name not in self._laid)

    def clear(self, id_: str | None = None, *, branch_key: str | None = None) -> int:
        """Take one fault away, those that are for one key, or all; how many there were."""
        with self._lock:
            gone = [
                name
                for name, laid in self._laid.items()
                if id_ in (None, name) and branch_key in (None, laid.fault.match.branch_key)
            ]
            for name in gone:
                del self._laid[name]
            return len(gone)

    def all(self) -> list[FaultRecord]:
        """The faults that are laid, each with what became of it."""
        with self._lock:
            laid = self._laid.values()
            return [FaultRecord(item.fault, item.matched, item.hits) for item in laid]

    def never_hit(self) -> list[Fault]:
        """The faults that are laid and hit nothing."""
        return [record.fault for record in self.all() if not record.hits]

    def spent(self) -> list[tuple[Fault, int]]:
        """The faults whose limit is used up, each with when its window ends, in milliseconds."""
        with self._lock:
            return [
                (laid.fault, laid.window_start_ms + ceil(laid.fault.window * 1000))
                for laid in self._laid.values()
                if laid.fault.limit is not None and laid.in_window >= laid.fault.limit
            ]

    def strike(self, sent: Sent, *, heeded: bool = True) -> Fault | None:
        """The fault that hits a request, if any does; it counts as a hit.

        heeded: whether the request may ask for one itself. Raises InvalidRequest when it does, but
        not in a way to be read.
        """
        asked = sent.headers.get(HEADER) if heeded else None
        if asked is not None:
            return by_hand(asked)
        if not self._laid:
            return None
        with self._lock:
            for laid in self._laid.values():
                if _concerns(laid.fault, sent) and self._applies(laid):
                    laid.hits += 1
                    return self._as_of_now(laid)
        return None

    def _applies(self, laid: _Laid) -> bool:
        laid.matched += 1
        fault = laid.fault
        if not fault.due(laid.matched) or not self._past_limit(laid):
            return False
        return fault.probability >= 1 or self._ids.random.random() < fault.probability

    def _past_limit(self, laid: _Laid) -> bool:
        if laid.fault.limit is None:
            return True
        now = self._clock.now_ms()
        if not 0 <= now - laid.window_start_ms < laid.fault.window * 1000:
            laid.window_start_ms, laid.in_window = now, 0
        laid.in_window += 1
        return laid.in_window > laid.fault.limit

    def _as_of_now(self, laid: _Laid) -> Fault:
        """The fault as it hits: one past its limit tells how long the window lasts."""
        fault = laid.fault
        if fault.limit is None or fault.retry_after is not None or fault.status not in _RETRYABLE:
            return fault
        passed = (self._clock.now_ms() - laid.window_start_ms) / 1000
        return replace(fault, retry_after=ceil(fault.window - passed))

    def seconds(self, fault: Fault) -> float:
        """How long a fault delays one answer."""
        low, high = fault.delay
        return low if low == high else self._ids.random.uniform(low, high)


def _complete(fault: Fault) -> Fault:
    """A limit that nothing else is said about answers 429."""
    if fault.limit is None or fault.replaces_reply or any(fault.delay):
        return fault
    return replace(fault, status=TOO_MANY)


def _concerns(fault: Fault, sent: Sent) -> bool:
    """Whether a request is one of those that a fault is for. A browser's preflight is not, unless
    the fault names its method: it would use up the fault that is meant for the call itself."""
    method = fault.match.method
    if sent.method == "OPTIONS" and (method is None or method.upper() != "OPTIONS"):
        return False
    return fault.match.matches(sent)


def by_hand(text: str) -> Fault:
    """The fault that a request asks for itself: `status=503; delay=0.5` (contract 12).

    Raises InvalidRequest naming what cannot be read.
    """
    parts: dict[str, Any] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, _, value = (word.strip() for word in part.partition("="))
        if name not in _BY_HAND:
            known = f"{', '.join(_BY_HAND)}, or be {DIRECT!r}"
            raise InvalidRequest.of(HEADER, f"must be made of {known}, got {part[:80]!r}")
        try:
            parts[name] = _BY_HAND[name](value)
        except ValueError as error:
            raise InvalidRequest.of(HEADER, f"{name}: {error}, got {value[:80]!r}") from None
    fault = Fault(id=BY_HAND, **parts)
    for violation in fault.violations():
        raise InvalidRequest.of(HEADER, f"{violation.field} {violation.problem}, got {text[:80]!r}")
    return fault


def _status(text: str) -> int:
    if not text.isdigit() or int(text) not in STATUSES:
        raise ValueError(f"must be from {STATUSES[0]} to {STATUSES[-1]}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= MAX_SECONDS:
        raise ValueError(f"must be seconds from 0 to {MAX_SECONDS}")
    return seconds


def _whole_seconds(text: str) -> int:
    seconds = _seconds(text)
    if not seconds.is_integer():
        raise ValueError("must be whole seconds")
    return int(seconds)


def _delay(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    return _seconds(low), _seconds(high or low)


def _one_of(kind: type[Connection] | type[Phase]) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        if text not in {*kind}:
            raise ValueError(f"must be one of {', '.join(kind)}")
        return kind(text)

    return read


_BY_HAND: dict[str, Callable[[str], Any]] = {
    "status": _status,
    "delay": _delay,
    "retry_after": _whole_seconds,
    "connection": _one_of(Connection),
    "phase": _one_of(Phase),
    "body": str,
}


def describe(fault: Fault) -> str:
    """A fault in a few words, for logs and reports."""
    what: Iterable[str] = filter(
        None,
        (
            f"status {fault.status}" if fault.status is not None else "",
            f"Retry-After {fault.retry_after}" if fault.retry_after is not None else "",
            fault.connection or "",
            f"delay {fault.delay[0]:g}-{fault.delay[1]:g} s" if any(fault.delay) else "",
            fault.phase if fault.phase is Phase.AFTER else "",
        ),
    )
    return f"{fault.id}: {', '.join(what)}"
