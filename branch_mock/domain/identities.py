"""Identities: an app's users, by the name that the app's developer gave them, if any yet."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from branch_mock.domain.clicks import Click
from branch_mock.ids import created_ms

Who = str | int
"""A user, by the name in the developer's own system or by the id in Branch."""


def who(fields: Mapping[str, Any]) -> Who:
    """Whom a call is about: its `identity`, or the `identity_id` that SDKs send (contract 8)."""
    found = anyone(fields)
    assert found is not None, "the schemas require one of the two"
    return found


def anyone(fields: Mapping[str, Any]) -> Who | None:
    """The same for calls that need not be about anyone."""
    name: Who | None = fields.get("identity")
    return fields.get("identity_id") if name is None else name


def named(user: Who | None) -> dict[str, Who]:
    """How a call says whom it is about; nothing for nobody."""
    return {} if user is None else {"identity_id" if type(user) is int else "identity": user}


class Identity(Struct, frozen=True, kw_only=True, gc=False):
    """One user of one app.

    app_id: the app whose user it is.
    name: the identity in the developer's own system, 1 to 127 characters; None for the user of a
        device who has not been named yet.
    referrer_id: the identity that first referred this one, if any; the first one stays.
    first_click: the click that led to its first referred session; the first one stays.
    """

    id: int
    app_id: int
    name: str | None
    referrer_id: int | None = None
    first_click: Click | None = None

    @property
    def created_ms(self) -> int:
        """When it was first seen, in milliseconds since 1970."""
        return created_ms(self.id)
