"""Identities: an app's users, by the name that the app's developer gave them."""

from dataclasses import dataclass

from branch_mock.domain.clicks import Click
from branch_mock.ids import created_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One user of one app.

    name: the identity in the developer's own system, 1 to 127 characters.
    referrer_id: the identity that first referred this one, if any; the first one stays.
    first_click: the click that led to its first referred session; the first one stays.
    """

    id: int
    app_id: int
    name: str
    referrer_id: int | None = None
    first_click: Click | None = None

    @property
    def created_ms(self) -> int:
        """When it was first seen, in milliseconds since 1970."""
        return created_ms(self.id)
