"""What is done to the emulator other than by a request of Branch's API: by Python code, or on the
control plane. For timelines (contract 12)."""

from collections import deque
from typing import NamedTuple

from branch_mock.clock import Clock, moment

MAX_DEEDS = 1000


class Deed(NamedTuple):
    """One of them, once it is done. moment: when it began, see `branch_mock.clock.moment`. at_ms:
    when it was done, by the emulated clock. what: in words, without secrets."""

    moment: int
    at_ms: int
    what: str


class Deeds:
    """The last 1,000, oldest first. Safe to use from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._done: deque[Deed] = deque(maxlen=MAX_DEEDS)

    def note(self, what: str, began: int | None = None) -> None:
        """Take note of what was done, which began at that moment; just now unless told."""
        began = moment() if began is None else began
        self._done.append(Deed(began, self._clock.now_ms(), what))

    def all(self) -> list[Deed]:
        """Every one that is kept."""
        return list(self._done.copy())

    def clear(self) -> None:
        """Forget them all."""
        self._done.clear()
