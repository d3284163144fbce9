"""The emulated clock, for Python code that runs the server (contract 12)."""

from datetime import datetime, timedelta

from branch_mock.agenda import Happening
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.validation import schema_of


class Clock:
    """What time it is for the running server: dates, ids, limits and the Date of its answers.

    A moment is a datetime (naive means UTC) or ISO 8601 text. One that no id could carry, and what
    is no moment, raises InvalidRequest; what JSON cannot carry raises InvalidBody. Then nothing has
    changed.

    happened: what fell due during the last move that was made here, in order: each has `at_ms`, in
    milliseconds since 1970, and `what`, in words.
    """

    def __init__(self, host: Host) -> None:
        self._emulator = host.emulator
        self._clock = host.emulator.branch.clock
        self.happened: list[Happening] = []

    def now(self) -> datetime:
        """The emulated time, in UTC."""
        return self._clock.now()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._clock.frozen

    def freeze(self, at: datetime | str | None = None) -> datetime:
        """Stand still from now on, or at another moment. Returns the emulated time."""
        return self._move("freeze", value=True if at is None else _text(at))

    def set(self, at: datetime | str) -> datetime:
        """Jump to a moment; a clock that runs runs on from there. Returns the emulated time."""
        return self._move("set", value=_text(at))

    def advance(self, by: timedelta | float) -> datetime:
        """Move on by a timedelta or a number of seconds, at most 100 years; negative moves back.

        Returns the emulated time.
        """
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return self._move("advance", value=seconds)

    def resume(self) -> datetime:
        """Run on from the present moment. Returns the emulated time."""
        return self._move("resume", value=True)

    def _move(self, verb: str, *, value: object) -> datetime:
        body = schema_of("control/clock_change.json").check_body(as_sent({verb: value}))
        self.happened = self._emulator.change_clock(verb, body[verb])
        return self._clock.now()


def _text(at: datetime | str) -> str:
    return at.isoformat() if isinstance(at, datetime) else at
