"""Webhooks: what they say, and what became of them (contract 9)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from branch_mock.clock import iso, moment
from branch_mock.domain.clicks import Click
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link

HEADERS: Mapping[str, str] = {
    "User-Agent": "Branch Metrics API",
    "Content-Type": "application/json",
}
METHOD = "POST"


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Attempt(Struct, frozen=True, kw_only=True):
    """One request that was made to deliver a webhook.

    at_ms: when, in milliseconds since 1970. status: the HTTP status, None when no answer came.
    duration_ms: how long it took, in milliseconds of real time. error: what went wrong, None when
    the receiver took it. moment: see `branch_mock.clock.moment`.
    """

    at_ms: int
    url: str
    body: str
    duration_ms: float
    status: int | None = None
    error: str | None = None
    moment: int = field(default_factory=moment)

    def view(self) -> dict[str, Any]:
        """As the delivery log shows it."""
        return {
            "date": iso(self.at_ms),
            "request": {
                "method": METHOD,
                "url": self.url,
                "headers": dict(HEADERS),
                "body": self.body,
            },
            "status": self.status,
            "duration_ms": round(self.duration_ms, 1),
            "error": self.error,
        }


class Delivery(Struct, frozen=True, kw_only=True):
    """One webhook: an event on its way to an address, with every attempt so far.

    id: counts up from 1. app_id, rule_id, event_id: whose it is, and why. url, body: where it goes,
    and its JSON. state: pending, delivered or failed. attempts: oldest first.
    """

    id: int
    app_id: int
    rule_id: int
    event_id: int
    url: str
    body: Mapping[str, Any]
    state: DeliveryState = DeliveryState.PENDING
    attempts: tuple[Attempt, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether nothing more will be done about it."""
        return self.state is not DeliveryState.PENDING

    @property
    def status(self) -> int | None:
        """The HTTP status of the last attempt, if it was answered."""
        return self.attempts[-1].status if self.attempts else None

    @property
    def error(self) -> str | None:
        """What went wrong in the last attempt, if anything did."""
        return self.attempts[-1].error if self.attempts else None

    def view(self) -> dict[str, Any]:
        """As GET /_mock/webhooks shows it."""
        return {
            "id": str(self.id),
            "app_id": str(self.app_id),
            "rule_id": str(self.rule_id),
            "event_id": str(self.event_id),
            "url": self.url,
            "state": str(self.state),
            "body": dict(self.body),
            "attempts": [attempt.view() for attempt in self.attempts],
        }


class Message(Struct, frozen=True, kw_only=True):
    """One request that an inbox has collected.

    at_ms: when, in milliseconds since 1970. user_agent: the sender's. body: what was sent,
    parsed.
    """

    at_ms: int
    user_agent: str
    body: Any

    def view(self) -> dict[str, Any]:
        """As GET /_mock/inbox/NAME shows it."""
        return {"date": iso(self.at_ms), "user_agent": self.user_agent, "body": self.body}


def event_body(
    event: Event,
    actor: Identity | None,
    referrer: Identity | None,
    link_owner: Identity | None,
    hardware: Mapping[int, str],
) -> dict[str, Any]:
    """What a webhook says of an event; what is not known is left out.

    referrer: who first referred the acting user. link_owner: whose link led to the session.
    hardware: ids of those two's devices, by identity.
    The keys that the live service added to `metadata` do not replace the event's own.
    """
    session = event.session
    click = None if session is None else session.click
    first_click = None if actor is None else actor.first_click
    referred = referrer is not None or click is not None
    body: dict[str, Any] = {
        "event": event.name,
        "event_timestamp": iso(event.created_ms),
        "metadata": {"ip": event.ip, "referred": referred, **event.metadata},
        "identity": None if actor is None else actor.name,
        "first_referring_identity": None if referrer is None else referrer.name,
        "first_referring_hardware_id": None if referrer is None else hardware.get(referrer.id),
        "session_referring_identity": None if link_owner is None else link_owner.name,
        "session_referring_hardware_id": (
            None if link_owner is None else hardware.get(link_owner.id)
        ),
    }
    if first_click is not None:
        body["first_referring_link_data"] = link_data(first_click.link)
        body["first_referring_click_timestamp"] = iso(first_click.created_ms)
    if click is not None:
        body["session_referring_link_data"] = link_data(click.link)
        body["session_referring_click_timestamp"] = iso(click.created_ms)
        body["session_referring_click_id"] = click.id
        body["session_referring_click_query"] = dict(click.query) or None
    if event.ip is None and "ip" not in event.metadata:
        del body["metadata"]["ip"]
    if session is not None:
        body["os"] = session.os
        body["os_version"] = session.os_version
        body["hardware_id"] = session.hardware_id
        body["google_advertising_id"] = session.google_advertising_id
        if session.browser_id is not None:
            body["browser_id"] = str(session.browser_id)
            body["browser_user_agent"] = session.user_agent
    if event.click is not None:
        body |= _click_body(event.click)
    return {key: value for key, value in body.items() if value is not None}


def _click_body(click: Click) -> dict[str, Any]:
    """What a webhook says of a click, besides what it says of every event."""
    device = click.device
    metadata = {
        "ip": click.ip,
        "userAgent": click.user_agent,
        "brand": device.brand,
        "model": device.model,
        "os": device.os,
        "os_version": device.os_version,
        "browser": device.browser,
    }
    if device.mobile:
        metadata |= {"type": "mobile", "is_mobile": "true"}
    return {
        "click_id": click.id,
        "os": device.os,
        "os_version": device.os_version,
        "query": dict(click.query),
        "link_data": link_data(click.link),
        "metadata": {name: value for name, value in metadata.items() if value is not None},
    }


def link_data(link: Link) -> dict[str, Any]:
    """What a webhook says of a link; here, what is unset is null."""
    tags = None if link.tags is None else list(link.tags)
    return {
        "branch_id": str(link.id),
        "app_id": str(link.app_id),
        "date": iso(link.created_ms),
        "href": f"/{link.path}",
        "alias": link.alias,
        "campaign": link.campaign,
        "channel": link.channel,
        "feature": link.feature,
        "stage": link.stage,
        "tags": tags,
        "state": 1,
        "data": dict(link.data),
    }
