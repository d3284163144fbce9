"""The time of an emulator that others use too (contract 12)."""

from datetime import datetime

from branch_mock.clock import from_ms, parse_iso
from branch_mock.remote.transport import Remote


class Clock:
    """The emulated time. It can be read only: moving it would move it for everybody."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def now(self) -> datetime:
        """The emulated time, in UTC."""
        return from_ms(parse_iso(self._remote.call("GET", "/_mock/clock")["now"]))

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return bool(self._remote.call("GET", "/_mock/clock")["frozen"])
