"""The head of a request, whichever way it came in (contract 2)."""

from collections.abc import Callable, Mapping
from typing import NamedTuple


class Incoming(NamedTuple):
    """What a request says before its body.

    path, query: as they were sent, still encoded. headers: names in any case. scheme: the
    connection's, `http` or `https`. remote: tells the address of its other end.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    scheme: str
    remote: Callable[[], str | None]

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path
