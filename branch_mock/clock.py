"""The only reader of time. Everything else is handed a `Clock` (contract 4)."""

import time  # noqa: TID251 - this is the one module that may
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta


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
    return round(moment.timestamp() * 1000)


class Clock(ABC):
    """What time it is, in whole milliseconds since 1970, UTC."""

    @abstractmethod
    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01T00:00:00Z."""

    def now(self) -> datetime:
        """The same moment as an aware datetime."""
        return from_ms(self.now_ms())

    def rewind(self) -> None:  # noqa: B027 - a clock that cannot has nothing to do
        """Go back to where this clock started, if it is one that can (see `Branch.reset`)."""


class SystemClock(Clock):
    """The machine's own clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class FrozenClock(Clock):
    """A clock that stands still until it is moved.

    `at` is a datetime (naive means UTC) or an ISO 8601 text.
    """

    def __init__(self, at: datetime | str = "2016-01-01T12:00:00Z") -> None:
        self._start_ms = self._read(at)
        self._now_ms = self._start_ms

    @staticmethod
    def _read(at: datetime | str) -> int:
        return parse_iso(at if isinstance(at, str) else at.isoformat())

    def now_ms(self) -> int:
        return self._now_ms

    def set(self, at: datetime | str) -> None:
        """Jump to `at`."""
        self._now_ms = self._read(at)

    def advance(self, by: timedelta | float) -> None:
        """Move on by a timedelta or a number of seconds; negative moves back."""
        step = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self._now_ms += round(step.total_seconds() * 1000)

    def rewind(self) -> None:
        self._now_ms = self._start_ms


class Stopwatch:
    """Measures elapsed real time for log lines; the emulated clock does not move it."""

    __slots__ = ("_start",)

    def __init__(self) -> None:
        self._start = time.perf_counter()

    def ms(self) -> float:
        """Milliseconds since this stopwatch was made."""
        return (time.perf_counter() - self._start) * 1000
