"""Who is let through: hosts of Branch's are answered here, others only where they are allowed."""

from collections.abc import Callable, Collection, Iterable
from fnmatch import fnmatchcase
from typing import NamedTuple

from branch_mock.destinations import Metadata

_WHY = "clouds keep their credentials there"


class Refused(Exception):
    """What the proxy answers in place of what was asked for; `str()` is one line for a person."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Target(NamedTuple):
    """Where a client wants to go. host: lower-case, without brackets or a trailing dot."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Guard:
    """Tells the hosts that are answered here from those that are let through.

    ours: whether a lower-case host name is answered here. allow: host names with `*` and `?`, and
    addresses; where clouds keep their credentials is let through only if it names that very place.
    beside: targets that are always let through, such as the emulator's own listeners.
    """

    def __init__(
        self,
        ours: Callable[[str], bool],
        allow: Iterable[str] = (),
        beside: Collection[Target] = (),
    ) -> None:
        self.ours = ours
        self._allow = tuple(pattern.lower().rstrip(".") for pattern in allow)
        self._metadata = Metadata(self._allow)
        self._beside = frozenset(beside)

    def check(self, target: Target) -> bool:
        """Whether the emulator answers for a target; if not, it may be let through.

        Raises Refused, 403, for one that may not.
        """
        if self.ours(target.host):
            return True
        if target in self._beside or self._is_allowed(target.host):
            return False
        raise Refused(
            403,
            f"{target.host} is not a host of Branch's, and branch_mock lets nothing else through "
            f"but what --allow-host {target.host} or --allow-all says",
        )

    def check_address(self, address: str) -> None:
        """Raises Refused, 403, for an address that a host let through must not lead to."""
        if self._metadata.closes(address):
            raise Refused(403, f"{address} is let through only by --allow-host {address}: {_WHY}")

    def _is_allowed(self, host: str) -> bool:
        return any(fnmatchcase(host, pattern) for pattern in self._allow)
