"""What falls due by the emulated clock: how behaviour changes at a moment, with nobody calling.

Nothing is stored for it and nothing has to run: each source derives what is due between two moments
from the state as it is. A move of the clock is answered with what happened on the way, in order.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from branch_mock.branch import Branch
from branch_mock.clock import iso
from branch_mock.faults import Faults


class Happening(Struct, frozen=True, kw_only=True):
    """One change of behaviour. at_ms: milliseconds since 1970. what: in words."""

    at_ms: int
    what: str

    def view(self) -> dict[str, Any]:
        """As POST /_mock/clock answers it."""
        return {"date": iso(self.at_ms), "what": self.what}


Source = Callable[[int, int], Iterable[Happening]]
"""What a part of the emulator knows to fall due after the one moment and not after the other, both
in milliseconds since 1970. What it tells besides is passed over."""


class Agenda:
    """Everything that follows the clock. `sources` may be added to."""

    def __init__(self, branch: Branch, faults: Faults) -> None:
        self._branch = branch
        self._faults = faults
        self.sources: list[Source] = [self._clicks, self._windows, self._exports]

    def between(self, start_ms: int, end_ms: int) -> list[Happening]:
        """What falls due after the one moment and not after the other, in order."""
        due = [
            happening
            for source in self.sources
            for happening in source(start_ms, end_ms)
            if start_ms < happening.at_ms <= end_ms
        ]
        return sorted(due, key=lambda happening: happening.at_ms)

    def _clicks(self, *_: int) -> Iterator[Happening]:
        """Clicks that a session may be matched with, when their links' duration is over."""
        with self._branch.store.lock:
            state = self._branch.store.state
            waiting = [id_ for id_ in state.waiting_before if id_ not in state.matched]
            clicks = [state.clicks[id_] for id_ in waiting]
        for click in clicks:
            over_ms = click.created_ms + click.link.match_duration * 1000 + 1
            yield Happening(at_ms=over_ms, what=f"click {click.id} no longer waits for a session")

    def _windows(self, *_: int) -> Iterator[Happening]:
        """Faults that refuse what is past a limit, when they begin to count again."""
        for fault, end_ms in self._faults.spent():
            yield Happening(at_ms=end_ms, what=f"{fault.id} counts requests anew")

    def _exports(self, start_ms: int, end_ms: int) -> Iterator[Happening]:
        """Files of exports that appear."""
        exports = self._branch.exports
        for day in exports.becoming_ready(start_ms, end_ms):
            ready_ms = exports.ready_ms(day)
            yield Happening(at_ms=ready_ms, what=f"the exports of {day} can be downloaded")
