"""Webhooks of one app on an emulator elsewhere (contract 9 and 12)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from branch_mock.clock import parse_iso
from branch_mock.domain.webhooks import Attempt, Delivery, DeliveryState, Message
from branch_mock.errors import WaitTimedOut
from branch_mock.operations.webhooks import WAIT_SECONDS
from branch_mock.remote.journal import wait_until
from branch_mock.remote.transport import Remote


class Webhooks:
    """The app's deliveries in the server's log, and inboxes of its own there."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def all(self) -> list[Delivery]:
        """Every delivery of this app in the log, oldest first."""
        views = self._remote.call("GET", "/_mock/webhooks")
        return [_delivery(view) for view in views if view["app_id"] == str(self._remote.app.id)]

    def wait(self, n: int = 1, timeout: float = WAIT_SECONDS) -> list[Delivery]:
        """The deliveries that are finished, once there are `n` of them. Blocks the calling thread.

        timeout: in seconds. Raises WaitTimedOut, which is a TimeoutError.
        """

        def look() -> list[Delivery] | None:
            finished = [delivery for delivery in self.all() if delivery.finished]
            return finished if len(finished) >= n else None

        found: list[Delivery] | None = wait_until(look, timeout)
        if found is None:
            raise WaitTimedOut(f"less than {n} webhooks were finished within {timeout:g} s")
        return found

    async def wait_async(self, n: int = 1, timeout: float = WAIT_SECONDS) -> list[Delivery]:  # noqa: ASYNC109 - as `wait`
        """The same for async code: the event loop of the caller goes on meanwhile."""
        return await asyncio.to_thread(self.wait, n, timeout)

    def settled(self, timeout: float = WAIT_SECONDS) -> bool:
        """Whether every delivery of this app in the log is finished within `timeout` seconds.
        Blocks the calling thread."""
        all_done = wait_until(lambda: all(one.finished for one in self.all()) or None, timeout)
        return all_done is not None

    def redeliver(self, delivery: Delivery | int) -> Delivery:
        """Send a finished delivery again. Raises DeliveryNotFound."""
        id_ = delivery if isinstance(delivery, int) else delivery.id
        return _delivery(self._remote.call("POST", f"/_mock/webhooks/{id_}/redeliver"))

    def collect(self, name: str, body: Mapping[str, Any]) -> None:
        """Put a message into an inbox by hand, as a webhook that is sent there does. Raises
        InvalidRequest."""
        self._remote.call("POST", self._path(name), body)

    def inbox(self, name: str) -> list[Message]:
        """What was sent to `inbox_url(name)`, oldest first."""
        views = self._remote.call("GET", self._path(name))
        return [
            Message(at_ms=parse_iso(view["date"]), user_agent=view["user_agent"], body=view["body"])
            for view in views
        ]

    def inbox_url(self, name: str) -> str:
        """The address of an inbox of this app's own, as the server itself would call it."""
        return self._remote.url + self._path(name)

    def empty_inbox(self, name: str) -> int:
        """Empty an inbox; how many messages there were."""
        return int(self._remote.call("DELETE", self._path(name))["removed"])

    def _path(self, name: str) -> str:
        return f"/_mock/inbox/{self._remote.app.id}.{name}"


def _delivery(view: Mapping[str, Any]) -> Delivery:
    ids = {name: int(view[name]) for name in ("id", "app_id", "rule_id", "event_id")}
    return Delivery(
        url=view["url"],
        body=view["body"],
        state=DeliveryState(view["state"]),
        attempts=tuple(map(_attempt, view["attempts"])),
        **ids,
    )


def _attempt(view: Mapping[str, Any]) -> Attempt:
    at_ms = parse_iso(view["date"])
    return Attempt(
        at_ms=at_ms,
        url=view["request"]["url"],
        body=view["request"]["body"],
        duration_ms=view["duration_ms"],
        status=view["status"],
        error=view["error"],
        moment=at_ms,
    )
