"""The head of a request, whichever way it came in, and who sent it (contract 2)."""

from collections.abc import Callable, Mapping
from functools import cached_property
from ipaddress import ip_address
from typing import NamedTuple

from msgspec import Struct

from branch_mock.domain.addresses import REAL, Origin
from branch_mock.faults import DIRECT
from branch_mock.faults import HEADER as EMULATOR_HEADER


class Caller(Struct, dict=True):
    """Who sends requests, and how they address the server: all that the headers say.

    host: the Host that they use. origin: where answers to them say things are. headers: names in
    any case. remote: tells the address of the connection's other end.
    """

    host: str = ""
    origin: Origin = REAL
    headers: Mapping[str, str] = {}
    remote: Callable[[], str | None] = str

    @cached_property
    def user_agent(self) -> str:
        """The user agent; `?` for what of it is not UTF-8."""
        return printable(self.headers.get("User-Agent", ""))

    @cached_property
    def accepts_html(self) -> bool:
        """Whether it is a browser that wants a page."""
        return "text/html" in self.headers.get("Accept", "")

    @cached_property
    def asks_for_fault(self) -> bool:
        """Whether it asks for a fault in its own requests (contract 12)."""
        return EMULATOR_HEADER in self.headers and not self.direct

    @cached_property
    def direct(self) -> bool:
        """Whether it is a test's own set-up, which no fault is meant for (contract 12)."""
        return self.headers.get(EMULATOR_HEADER, "").strip(" ;") == DIRECT

    @cached_property
    def ip(self) -> str:
        """Its address: the first of `X-Forwarded-For` where a proxy in front wrote one."""
        forwarded = self.headers.get("X-Forwarded-For")
        first = forwarded.partition(",")[0].strip() if forwarded else ""
        return first if first and _is_address(first) else self.remote() or "127.0.0.1"


class Incoming(NamedTuple):
    """What a request says before its body. path, query: as they were sent, still encoded."""

    method: str
    path: str
    query: str
    caller: Caller

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""
        return self.caller.headers

    @property
    def target(self) -> str:
        """Path and query, as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


def printable(text: str) -> str:
    """Bytes of a request that are not UTF-8 arrive as lone surrogates; make them `?`."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
