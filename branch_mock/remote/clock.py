"""The time of an emulator that others use too (contract 12)."""

from datetime import datetime
from typing import TYPE_CHECKING, NoReturn

from branch_mock.clock import from_ms, parse_iso
from branch_mock.remote.transport import Remote

_MOVES = frozenset({"freeze", "set", "advance", "resume"})


class Clock:
    """The emulated time. It can be read only: moving it would move it for everybody."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def now(self) -> datetime:
        """The emulated time, in UTC."""
        return from_ms(parse_iso(self._remote.call("GET", "/_mock/clock")["now"]))

    if not TYPE_CHECKING:  # which tells of a missing attribute itself

        def __getattr__(self, name: str) -> NoReturn:
            why = "; moving it would move it for everybody on that server" if name in _MOVES else ""
            raise AttributeError(f"the clock of a RemoteMock has no {name!r}{why}", name=name)

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return bool(self._remote.call("GET", "/_mock/clock")["frozen"])
