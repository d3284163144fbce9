"""Sessions: one run of an app, or one visit of a web page, on one device (contract 6 and 11)."""

from collections.abc import Mapping, Reversible, Set
from enum import StrEnum
from typing import Any

from msgspec import Struct

from branch_mock.domain.addresses import REAL, Origin
from branch_mock.domain.clicks import MATCH_ID, Click
from branch_mock.domain.devices import Traits, release_of, traits
from branch_mock.domain.links import Link
from branch_mock.ids import created_ms

CLICK_PARAMETERS = (MATCH_ID, "link_click_id")
"""What an address that a click led to carries the click's id as."""


class SessionKind(StrEnum):
    """How a session begins; the value is the event that it counts as."""

    INSTALL = "install"
    OPEN = "open"
    WEB = "web session start"

    @property
    def in_app(self) -> bool:
        """Whether an app began it, rather than a web page."""
        return self is not SessionKind.WEB


class Arrival(Struct, frozen=True, kw_only=True):
    """What a device says when a session begins; None where it does not say.

    device_id, browser_id: the fingerprint that it was given before. identity_id, identity: the user
    that it was told before, and that user's name. click: the id of the click that led here. link:
    the link whose address the device was opened with, without asking the server; link_query: that
    address's parameters. origin: where the device is told that links are. referrable: whether its
    user may be tied to a referrer, and whether a click may be found by the device's traits.
    """

    ip: str
    user_agent: str | None = None
    os: str | None = None
    os_version: str | None = None
    model: str | None = None
    app_version: str | None = None
    hardware_id: str | None = None
    google_advertising_id: str | None = None
    device_metadata: Mapping[str, Any] = {}
    device_id: int | None = None
    browser_id: int | None = None
    identity_id: int | None = None
    identity: str | None = None
    click: str | None = None
    link: Link | None = None
    link_query: Mapping[str, Any] = {}
    origin: Origin = REAL
    referrable: bool = True

    def traits(self, app_id: int) -> Traits | None:
        """What the click that led here must have in common with the device."""
        release = release_of(self.os, self.os_version)
        return traits(app_id, self.ip, self.os, release, self.model)


class Session(Struct, frozen=True, kw_only=True, gc=False):
    """What a device said of itself when the session began, and the click that led to it.

    device_id, browser_id: fingerprints of the device (apps) or browser (web). click: the referring
    click as it was recorded, None for an organic session. referring_link: the address of its link.
    guaranteed: whether the device named the click, rather than being matched with it.
    deep_linked: whether the session carries the link's data: a one-time link's only once.
    first: whether it is the device's first.
    app_id, identity_id: the app and its user. kind: install, open or a web page. The rest is what
    the device said, None where it did not: app_version, ip, os, os_version, user_agent,
    hardware_id, google_advertising_id, device_metadata.
    """

    id: int
    app_id: int
    identity_id: int
    kind: SessionKind = SessionKind.OPEN
    device_id: int | None = None
    browser_id: int | None = None
    click: Click | None = None
    referring_link: str | None = None
    guaranteed: bool = False
    deep_linked: bool = False
    first: bool = False
    app_version: str | None = None
    ip: str | None = None
    os: str | None = None
    os_version: str | None = None
    user_agent: str | None = None
    hardware_id: str | None = None
    google_advertising_id: str | None = None
    device_metadata: Mapping[str, Any] = {}

    @property
    def started_ms(self) -> int:
        """When it began, in milliseconds since 1970."""
        return created_ms(self.id)

    @property
    def fingerprint(self) -> int | None:
        """The device or browser that it runs on."""
        return self.device_id or self.browser_id

    @property
    def data(self) -> dict[str, Any]:
        """What the app or page is told of the link that led to it.

        The click's own parameters come before the link's data (wire format of contract 11).
        """
        told = {"+clicked_branch_link": self.deep_linked, "+is_first_session": self.first}
        if self.click is None or not self.deep_linked:
            return told
        return {
            **referring_data(self.click, self.referring_link),
            **told,
            "+match_guaranteed": self.guaranteed,
        }


def hardware_ids(sessions: Reversible[Session], wanted: Set[int] | None = None) -> dict[int, str]:
    """The hardware id of each user's latest session that told one, by identity; only of those that
    are `wanted`, unless it is None. sessions: oldest first."""
    found: dict[int, str] = {}
    for session in reversed(sessions):
        if found.keys() == wanted:
            break
        if session.hardware_id and (wanted is None or session.identity_id in wanted):
            found.setdefault(session.identity_id, session.hardware_id)
    return found


def referring_data(click: Click, url: str | None) -> dict[str, Any]:
    """The data of the link that a click followed, whose address is `url`."""
    data = click.link.data_view(url or "")
    del data["url"]
    return {
        **data,
        **(_overrides(click.query) if click.link.id else {}),
        "+click_timestamp": click.created_ms // 1000,
        "~referring_link": url,
    }


def _overrides(query: Mapping[str, Any]) -> dict[str, Any]:
    """A click's parameters as link data, which a dynamic link's are already."""
    overrides = {name: value for name, value in query.items() if name not in _NOT_DATA}
    tags = overrides.pop("tags", None)
    if tags is not None:
        overrides["~tags"] = tags if isinstance(tags, list) else [tags]
    return overrides


_NOT_DATA = frozenset({*CLICK_PARAMETERS, "branch_key", "click", "callback"})
