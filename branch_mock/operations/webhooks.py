"""What can be done with webhooks: the delivery log, and inboxes to send them to (contract 9, 12).

Both have a life of their own: they are no part of the state that snapshots keep, but `reset`
empties them. Who really sends is above: it is told of pending deliveries through `listener`.
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from threading import Condition
from typing import Any

from msgspec.structs import replace

from branch_mock.domain.apps import App
from branch_mock.domain.events import Event
from branch_mock.domain.rules import Rule
from branch_mock.domain.webhooks import Attempt, Delivery, DeliveryState, Message
from branch_mock.errors import DeliveryNotFound, InvalidRequest, WaitTimedOut
from branch_mock.operations.core import Core

MAX_DELIVERIES = 1000
"""Deliveries in the log; past it the oldest finished one is forgotten."""

MAX_MESSAGES = 1000
"""Messages in one inbox; past it the oldest is forgotten."""

MAX_INBOXES = 1000
WAIT_SECONDS = 5.0

log = logging.getLogger(__name__)


class Webhooks:
    """Every webhook of one emulator, and the inboxes on the emulator itself.

    last: the number of the newest delivery. listener: called with each delivery that is to be
    sent, on any thread, after its transaction. watcher: called with each delivery of which an
    attempt was noted. on_clear: called, on any thread, when everything was forgotten.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._deliveries: OrderedDict[int, Delivery] = OrderedDict()
        self._inboxes: OrderedDict[str, deque[Message]] = OrderedDict()
        self._changed = Condition()
        self._forgotten = 0
        self.last = 0
        self.listener: Callable[[Delivery], None] | None = None
        self.on_clear: Callable[[], None] | None = None
        self.watcher: Callable[[Delivery], None] | None = None

    def enqueue(self, rule: Rule, event: Event, body: Mapping[str, Any]) -> Delivery:
        """A new delivery. It is in the log, and sent, once the transaction has succeeded."""
        self.last += 1
        delivery = Delivery(
            id=self.last,
            app_id=rule.app_id,
            rule_id=rule.id,
            event_id=event.id,
            url=rule.web_hook_url,
            body=body,
        )
        self._core.store.after(lambda: self._put(delivery))
        return delivery

    def all(self) -> list[Delivery]:
        """Every delivery in the log, oldest first."""
        with self._changed:
            return list(self._deliveries.values())

    def find(self, id_: int) -> Delivery | None:
        """The delivery with that id, if the log has it."""
        return self._deliveries.get(id_)

    def redeliver(self, id_: int) -> Delivery:
        """Send a finished delivery again; one that is pending goes on as it is.

        Raises DeliveryNotFound.
        """
        with self._changed:
            known = self.find(id_)
            if known is None:
                raise DeliveryNotFound(id_)
            if not known.finished:
                return known
            pending = replace(known, state=DeliveryState.PENDING)
        self._put(pending)
        return pending

    def record(self, id_: int, attempt: Attempt, state: DeliveryState) -> None:
        """Note an attempt of a delivery and how it stands now; forgotten ones are passed over."""
        with self._changed:
            known = self.find(id_)
            if known is not None:
                attempts = (*known.attempts, attempt)
                self._deliveries[id_] = replace(known, attempts=attempts, state=state)
                self._changed.notify_all()
                if self.watcher is not None:
                    self.watcher(self._deliveries[id_])

    def wait(self, n: int = 1, timeout: float = WAIT_SECONDS) -> list[Delivery]:
        """The finished deliveries, once there are `n` since the start or the last reset.

        timeout: in seconds. Blocks the calling thread. Raises WaitTimedOut.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._finished() >= n, timeout):
                raise WaitTimedOut(self._progress(n, timeout))
            return [delivery for delivery in self._deliveries.values() if delivery.finished]

    def settled(self, timeout: float = WAIT_SECONDS) -> bool:
        """Whether every delivery in the log is finished within `timeout` seconds. Blocks the
        calling thread."""
        with self._changed:
            return self._changed.wait_for(
                lambda: all(delivery.finished for delivery in self._deliveries.values()), timeout
            )

    def _finished(self) -> int:
        return self._forgotten + sum(d.finished for d in self._deliveries.values())

    def _progress(self, n: int, timeout: float) -> str:
        pending = sorted({d.url for d in self._deliveries.values() if not d.finished})
        rest = f"; pending: {', '.join(pending)}" if pending else ""
        return f"{self._finished()} of {n} webhooks were finished within {timeout:g} s{rest}"

    def _put(self, delivery: Delivery) -> None:
        with self._changed:
            self._deliveries[delivery.id] = delivery
            if len(self._deliveries) > MAX_DELIVERIES:
                self._forget_one()
            self._changed.notify_all()
        if self.listener is not None:
            self.listener(delivery)

    def _forget_one(self) -> None:
        finished = (d.id for d in self._deliveries.values() if d.finished)
        oldest = next(finished, None)
        if oldest is None:
            oldest = next(iter(self._deliveries))
            log.warning("webhook %d was never sent: too many are pending", oldest)
        del self._deliveries[oldest]
        self._forgotten += 1

    def collect(self, name: str, message: Message) -> None:
        """Put a message into an inbox."""
        with self._changed:
            if name not in self._inboxes and len(self._inboxes) >= MAX_INBOXES:
                raise InvalidRequest.of("name", f"would be one inbox more than {MAX_INBOXES}")
            self._inboxes.setdefault(name, deque(maxlen=MAX_MESSAGES)).append(message)
            self._changed.notify_all()

    def inbox(self, name: str) -> list[Message]:
        """What an inbox has collected, oldest first."""
        with self._changed:
            return list(self._inboxes.get(name, ()))

    def empty(self, name: str) -> int:
        """Empty an inbox; how many messages there were."""
        with self._changed:
            return len(self._inboxes.pop(name, ()))

    def clear(self, app: App | None = None) -> None:
        """Forget every delivery and message, or the deliveries of one app: inboxes are nobody's.

        What is being sent is given up when all are forgotten; nothing is waited for.
        """
        with self._changed:
            if app is None:
                self._deliveries.clear()
                self._inboxes.clear()
                self._forgotten = 0
            else:
                for delivery in list(self._deliveries.values()):
                    if delivery.app_id == app.id:
                        del self._deliveries[delivery.id]
            self._changed.notify_all()
        if app is None and self.on_clear is not None:
            self.on_clear()
