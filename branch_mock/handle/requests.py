"""The journal, for Python code that runs the server (contract 12)."""

import asyncio
from typing import Unpack

from branch_mock.errors import WaitTimedOut
from branch_mock.handle.patterns import PatternFields, named, pattern_of
from branch_mock.journal import Entry, Journal
from branch_mock.matching import Pattern
from branch_mock.secrets import masked_text

WAIT_SECONDS = 5.0
_LISTED = 10


class Requests:
    """The requests that the running server has answered: the last 10,000 of them, fewer where they
    are more than the setting `journal_bytes`.

    Which requests are meant is said by an endpoint, `"POST /v1/url"`, `"POST"` or `"/v1/*"`, and by
    `branch_key`, `headers`, `query` and `json`, of which every pair must be there with an equal
    value. What cannot be meant raises InvalidRequest. Neither calls of the control plane are in it
    nor what a `RemoteMock` does directly.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def all(self, *, after: int = 0) -> list[Entry]:
        """Every request that is no direct one, oldest first. after: only those with a higher id."""
        return [e for e in self._journal.all() if e.id > after and not e.direct]

    def find(self, endpoint: str | None = None, **fields: Unpack[PatternFields]) -> list[Entry]:
        """The requests that are like that, oldest first."""
        return self._journal.find(pattern_of(endpoint, fields))

    def count(self, endpoint: str | None = None, **fields: Unpack[PatternFields]) -> int:
        """How many requests are like that."""
        return self._journal.count(pattern_of(endpoint, fields))

    def clear(self) -> int:
        """Forget every request; how many there were."""
        return self._journal.clear()

    def wait_for(
        self,
        endpoint: str | None = None,
        *,
        times: int = 1,
        timeout: float = WAIT_SECONDS,
        **fields: Unpack[PatternFields],
    ) -> list[Entry]:
        """The requests that are like that, once there are at least `times` of them.

        timeout: in seconds. Those that came before count. Raises WaitTimedOut, which is a
        TimeoutError and tells the nearest requests. Blocks the calling thread: where the client
        runs on the event loop of the test, use `wait_for_async`.
        """
        pattern = pattern_of(endpoint, fields)
        try:
            return self._journal.wait_for(pattern, times, timeout)
        except WaitTimedOut as error:
            said = [f"{named(endpoint, pattern)}: {error}", *nearest(self._journal, pattern)]
            raise WaitTimedOut(masked_text("\n".join(said))) from None

    async def wait_for_async(
        self,
        endpoint: str | None = None,
        *,
        times: int = 1,
        timeout: float = WAIT_SECONDS,  # noqa: ASYNC109 - as `wait_for`
        **fields: Unpack[PatternFields],
    ) -> list[Entry]:
        """The same for async code: the event loop of the caller goes on meanwhile."""

        def wait() -> list[Entry]:
            return self.wait_for(endpoint, times=times, timeout=timeout, **fields)

        return await asyncio.to_thread(wait)

    def assert_called(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        **fields: Unpack[PatternFields],
    ) -> None:
        """Raises AssertionError unless `times` requests are like that; at least one when None.

        The message shows the nearest requests and the very fields that differ.
        """
        __tracebackhide__ = True
        pattern = pattern_of(endpoint, fields)
        problem = unlike(self._journal, pattern, named(endpoint, pattern), times)
        if problem is not None:
            raise AssertionError(problem)


def unlike(journal: Journal, pattern: Pattern, name: str, times: int | None) -> str | None:
    """Why a journal does not have the requests that it should; None when it has."""
    found = journal.find(pattern)
    if len(found) == times or (times is None and found):
        return None
    came = sum(not entry.direct for entry in journal.all())
    wanted = "at least once" if times is None else _times(times)
    said = [
        f"expected {name} to be called {wanted}, but it was called {_times(len(found))}",
        f"{_requests(came + journal.forgotten)} came in all{_forgotten(journal)}.",
    ]
    if found:
        said.append("These matched:")
        said += [f"  #{entry.id} {entry.line()}" for entry in found[:_LISTED]]
        if len(found) > _LISTED:
            said.append(f"  and {len(found) - _LISTED} more")
    if times is None or len(found) < times:
        said += nearest(journal, pattern)
    return masked_text("\n".join(said))


def _forgotten(journal: Journal) -> str:
    """What to say where the journal does not have all of them."""
    number = journal.forgotten
    return f", of which the journal has forgotten the oldest {number}" if number else ""


def nearest(journal: Journal, pattern: Pattern) -> list[str]:
    """Lines about the requests that come nearest, and how each differs."""
    lines = ["The nearest requests, and how they differ:"]
    for entry, differences in journal.nearest(pattern):
        lines.append(f"  #{entry.id} {entry.line()}")
        lines += [f"      {difference}" for difference in differences]
    return lines if len(lines) > 1 else ["No other request came."]


def _requests(number: int) -> str:
    return "1 request" if number == 1 else f"{number} requests"


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
