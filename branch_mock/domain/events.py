"""Events: what users did, and what sessions and clicks count as (contract 9)."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from branch_mock.domain.clicks import Click
from branch_mock.domain.sessions import Session
from branch_mock.errors import InvalidRequest, Violation
from branch_mock.ids import created_ms

MAX_TEXT = 255
"""The most characters that a key or value of an event's metadata has."""


MOBILE_SYSTEMS = frozenset({"iOS", "Android"})

_SENTENCE = (
    "Request with non-mobile OS should have developer_identity and/or browser_fingerprint_id"
)
NO_IDENTITY = Violation("user_data", _SENTENCE, (_SENTENCE, _SENTENCE))
"""What an event of the second generation is refused with that does not say whose it is."""


def v2_metadata(body: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of an event of the second generation, beside whose it is."""
    found = {**body.get("event_data", {}), **body.get("custom_data", {})}
    for name in ("content_items", "customer_event_alias"):
        if body.get(name):
            found[name] = body[name]
    return found


def check_numbers(metadata: Mapping[str, Any]) -> None:
    """Raises InvalidRequest for a whole number too long to be a value; schemas count texts only."""
    for key, value in metadata.items():
        if type(value) is int and len(str(value)) > MAX_TEXT:
            raise InvalidRequest.of(
                f"metadata.{key}",
                f"must be at most {MAX_TEXT} characters, got a number of {len(str(value))} digits",
            )


class Event(Struct, frozen=True, kw_only=True, gc=False):
    """One event of one app.

    app_id: whose it is. name: such as `purchase`. ip: the address of who reported it.
    identity_id: who did it; None for an event without an identity. session: the session in which it
    happened, None for one that a server reported. click: what a `click` event is about.
    metadata: one layer of keys and values.
    """

    id: int
    app_id: int
    name: str
    identity_id: int | None = None
    session: Session | None = None
    click: Click | None = None
    ip: str | None = None
    metadata: Mapping[str, Any] = {}

    @property
    def created_ms(self) -> int:
        """When it happened, in milliseconds since 1970."""
        return created_ms(self.id)
