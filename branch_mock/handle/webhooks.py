"""The delivery log and the inboxes, for Python code that runs the server (contract 9 and 12)."""

import asyncio
from collections.abc import Mapping
from typing import Any

from branch_mock.domain.webhooks import HEADERS, Delivery, Message
from branch_mock.errors import WaitTimedOut
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.operations.webhooks import WAIT_SECONDS
from branch_mock.secrets import masked_text
from branch_mock.validation import schema_of


class Webhooks:
    """Webhooks of the running server. It sends them from a thread of its own."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds
        self._webhooks = host.branch.webhooks

    def all(self) -> list[Delivery]:
        """Every delivery in the log, oldest first, with its attempts so far."""
        return self._webhooks.all()

    def wait(self, n: int = 1, timeout: float = WAIT_SECONDS) -> list[Delivery]:
        """The deliveries that are finished, delivered or failed, once there are `n` of them since
        the start or the last reset.

        timeout: in seconds. Raises WaitTimedOut, which is a TimeoutError. Blocks the calling
        thread: where the receiver runs on the event loop of the test, use `wait_async`.
        """
        try:
            return self._webhooks.wait(n, timeout)
        except WaitTimedOut as error:
            raise WaitTimedOut(masked_text(str(error))) from None

    async def wait_async(self, n: int = 1, timeout: float = WAIT_SECONDS) -> list[Delivery]:  # noqa: ASYNC109 - as `wait`
        """The same for async code: the event loop of the caller goes on meanwhile."""
        return await asyncio.to_thread(self.wait, n, timeout)

    def settled(self, timeout: float = WAIT_SECONDS) -> bool:
        """Whether every delivery in the log is finished within `timeout` seconds. Blocks the
        calling thread."""
        return self._webhooks.settled(timeout)

    @noted("webhooks.redeliver")
    def redeliver(self, delivery: Delivery | int) -> Delivery:
        """Send a finished delivery again. Raises DeliveryNotFound."""
        id_ = delivery if isinstance(delivery, int) else delivery.id
        return self._webhooks.redeliver(id_)

    @noted("webhooks.collect")
    def collect(self, name: str, body: Mapping[str, Any]) -> None:
        """Put a message into an inbox by hand, as a webhook that is sent there does.

        Raises InvalidBody, BodyTooLarge, and InvalidRequest, also for more than 1,000 inboxes.
        """
        schema, sent = schema_of("control/inbox_collect.json"), as_sent(body)
        schema.check_kind(sent)
        schema.check({"name": name}, {}, sent)
        at_ms, agent = self._host.branch.clock.now_ms(), HEADERS["User-Agent"]
        self._webhooks.collect(name, Message(at_ms=at_ms, user_agent=agent, body=sent))

    def inbox(self, name: str) -> list[Message]:
        """What was sent to `<url>/_mock/inbox/NAME`, oldest first."""
        return self._webhooks.inbox(name)

    def inbox_url(self, name: str) -> str:
        """The address of an inbox, for the `web_hook_url` of a rule. Raises BranchMockError when
        the server is not running."""
        return f"{self._host.url}/_mock/inbox/{name}"

    @noted("webhooks.empty_inbox")
    def empty_inbox(self, name: str) -> int:
        """Empty an inbox; how many messages there were."""
        return self._webhooks.empty(name)
