"""The only reader of time. Everything else is handed a `Clock` (contract 4)."""

import time  # noqa: TID251 - this is the one module that may
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

EARLIEST_MS = 1401238226593
LATEST_MS = 3471292799999
"""The times that ids can carry: 2014-05-28T00:50:26.593Z to 2079-12-31T23:59:59.999Z."""

FIRST_DATE_MS = -62135596800000
LAST_DATE_MS = 253402300799999
"""The times that a date can be: the years 1 to 9999."""


_START = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT_MOVES = 1000


def moment() -> int:
    """Nanoseconds that only ever grow, whatever emulated clocks say: the order of what happens."""
    return time.monotonic_ns()


def ms_since(earlier: int) -> float:
    """Milliseconds since an earlier `moment`."""
    return (time.monotonic_ns() - earlier) / 1_000_000


class Move(NamedTuple):
    """One move of a clock: the verb, and the time before and after in milliseconds since 1970."""

    moment: int
    verb: str
    before_ms: int
    after_ms: int


def from_ms(ms: int) -> datetime:
    """The UTC datetime of `ms` milliseconds since 1970."""
    return datetime.fromtimestamp(ms // 1000, UTC) + timedelta(milliseconds=ms % 1000)


def iso(ms: int) -> str:
    """ISO 8601 with milliseconds and `Z`, as every date in an answer has it (contract 4)."""
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def parse_iso(text: str) -> int:
    """Milliseconds since 1970 of an ISO 8601 date; without an offset it is UTC.

    Raises ValueError for anything that is not such a date.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round((moment - _START) / timedelta(milliseconds=1))


class ClockState(NamedTuple):
    """What `Clock.save` gives and `Clock.restore` takes.

    frozen_ms: where it stands still, None when it runs. offset_ms: how far it is ahead of the
    machine's time when it runs.
    """

    frozen_ms: int | None
    offset_ms: int


class Clock:
    """What time it is, in whole milliseconds since 1970, UTC: the machine's time unless it is told
    otherwise (contract 12).

    A clock runs or stands still. `set` and `advance` move it either way without changing that.
    moves: the last 1,000 times that it was told to, oldest first. watcher: told of each.
    """

    watcher: Callable[[Move], None] | None = None

    def __init__(self) -> None:
        self._offset_ms = 0
        self._frozen_ms: int | None = None
        self.moves: deque[Move] = deque(maxlen=_KEPT_MOVES)

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""
        if self._frozen_ms is not None:
            return self._frozen_ms
        return time.time_ns() // 1_000_000 + self._offset_ms

    def now(self) -> datetime:
        """The same moment as an aware datetime."""
        return from_ms(self.now_ms())

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_ms is not None

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stand still from now on, or at another moment: a datetime (naive means UTC) or ISO text.

        Raises ValueError for a text that is no date, and for a time that no id could carry.
        """
        to_ms = self.now_ms() if at is None else _checked(_read(at))
        with self._moving("freeze"):
            self._frozen_ms = to_ms

    def set(self, at: datetime | str) -> None:
        """Jump to a moment, given as for `freeze`. Raises ValueError likewise."""
        with self._moving("set"):
            self._shift(_read(at) - self.now_ms())

    def advance(self, by: timedelta | float) -> None:
        """Move on by a timedelta or a number of seconds; negative moves back.

        Raises ValueError where no id could carry the time.
        """
        try:
            step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        except OverflowError:
            raise ValueError(f"must be seconds that a date can hold, got {by}") from None
        with self._moving("advance"):
            self._shift(round(step / timedelta(milliseconds=1)))

    def _shift(self, step_ms: int) -> None:
        _checked(self.now_ms() + step_ms)
        if self._frozen_ms is None:
            self._offset_ms += step_ms
        else:
            self._frozen_ms += step_ms

    def resume(self) -> None:
        """Run on from the present moment."""
        with self._moving("resume"):
            self._offset_ms = self.now_ms() - time.time_ns() // 1_000_000
            self._frozen_ms = None

    @contextmanager
    def _moving(self, verb: str) -> Iterator[None]:
        """Note the move that is made inside, if it is."""
        before_ms = self.now_ms()
        yield
        move = Move(moment(), verb, before_ms, self.now_ms())
        self.moves.append(move)
        if self.watcher is not None:
            self.watcher(move)

    def save(self) -> ClockState:
        """How it goes, for `restore`."""
        return ClockState(self._frozen_ms, self._offset_ms)

    def restore(self, state: ClockState) -> None:
        """Go on as saved. Raises ValueError where no id could carry the time."""
        frozen_ms, offset_ms = state
        _checked(time.time_ns() // 1_000_000 + offset_ms if frozen_ms is None else frozen_ms)
        self._frozen_ms, self._offset_ms = state

    def rewind(self) -> None:
        """Go back to how this clock was made."""
        self._offset_ms = 0
        self._frozen_ms = None
        self.moves.clear()


class SystemClock(Clock):
    """A clock that begins with the machine's own time."""


class FrozenClock(Clock):
    """A clock that begins standing still at `at`, a datetime (naive means UTC) or ISO 8601 text.

    Raises ValueError for a text that is no date, and for a time that no id could carry.
    """

    def __init__(self, at: datetime | str = "2016-01-20T12:00:00Z") -> None:
        super().__init__()
        self._start_ms = _checked(_read(at))
        self._frozen_ms = self._start_ms

    def rewind(self) -> None:
        super().rewind()
        self._frozen_ms = self._start_ms


def _read(at: datetime | str) -> int:
    return parse_iso(at if isinstance(at, str) else at.isoformat())


def _checked(ms: int) -> int:
    if EARLIEST_MS <= ms <= LATEST_MS:
        return ms
    try:
        got = iso(ms)
    except (ValueError, OverflowError):  # a year that no date has
        got = f"{ms} ms since 1970"
    raise ValueError(f"must be from {iso(EARLIEST_MS)} to {iso(LATEST_MS)}, got {got}")


class Stopwatch:
    """Measures elapsed real time for log lines; the emulated clock does not move it."""

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = moment()

    def ms(self) -> float:
        """Milliseconds since this stopwatch was made."""
        return ms_since(self._start)
