"""The columns of export files: tables of a column's name and where its value comes from, and how a
value becomes text (contract 10)."""

import csv
from collections.abc import Callable, Iterable, Mapping
from io import StringIO
from typing import Any, TypeVar

from msgspec import Struct

from branch_mock.clock import from_ms
from branch_mock.compact_json import encode_text
from branch_mock.domain.clicks import Click
from branch_mock.domain.devices import recognise
from branch_mock.domain.events import Event
from branch_mock.domain.exports import Format, Kind
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link
from branch_mock.domain.sessions import Session
from branch_mock.ids import created_ms

LINE_END = "\r\n"
T = TypeVar("T")


def stamp(ms: int) -> str:
    """A moment as every timestamp in a file has it: `YYYY-MM-DDTHH:MM:SS`, UTC."""
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S")


def cell(value: object) -> str:
    """A value as the text of a cell: nothing for null, JSON for objects, lists and booleans."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return encode_text(dict(value))
    if isinstance(value, list | tuple):
        return encode_text(list(value))
    return str(value)


def csv_line(values: Iterable[object]) -> str:
    """Values as one line of CSV, quoted as RFC 4180 says, without its end."""
    text = StringIO()
    writer = csv.writer(text, lineterminator=LINE_END)  # it quotes only the ends that it knows
    writer.writerow([cell(value) for value in values])
    return text.getvalue().removesuffix(LINE_END)


class LinkRecord(Struct, frozen=True, kw_only=True):
    """A link, with the address it is handed out under."""

    link: Link
    url: str


class Referral(Struct, frozen=True, kw_only=True):
    """A click that led to something, and whose link it was.

    owner: the identity that made the link. hardware_id: of the owner's device.
    """

    click: Click
    url: str
    owner: Identity | None = None
    hardware_id: str | None = None


class EventRecord(Struct, frozen=True, kw_only=True):
    """An event, who caused it, and what led them there, first and in this session."""

    event: Event
    identity: Identity | None = None
    referrer: Identity | None = None
    first: Referral | None = None
    latest: Referral | None = None


def _created(id_: int | None) -> str | None:
    return stamp(created_ms(id_)) if id_ else None


_LINK: dict[str, Callable[[Link], object]] = {
    "channel": lambda link: link.channel,
    "feature": lambda link: link.feature,
    "campaign": lambda link: link.campaign,
    "stage": lambda link: link.stage,
    "tags": lambda link: link.tags,
    "data": lambda link: link.data,
    "creation_source": lambda link: int(link.creation_source),
}
"""The columns that every file has of a link, in the order that they share."""


def _link(name: str, link_of: Callable[[T], Link]) -> Callable[[T], object]:
    return lambda row: _LINK[name](link_of(row))


LINK_COLUMNS: dict[str, Callable[[LinkRecord], object]] = {
    "creation_timestamp": lambda row: _created(row.link.id),
    "link_id": lambda row: row.link.id,
    "branch_identity_id": lambda row: row.link.identity_id,
    **{name: _link(name, lambda row: row.link) for name in _LINK},
    "alias": lambda row: row.link.alias,
    "domain": lambda row: row.link.domain,
    "url": lambda row: row.url,
}

CLICK_COLUMNS: dict[str, Callable[[Referral], object]] = {
    "click_timestamp": lambda row: _created(row.click.id),
    "branch_link_click_id": lambda row: row.click.id,
    "branch_browser_fingerprint_id": lambda row: row.click.browser_id,
    "os": lambda row: row.click.device.os,
    "os_version": lambda row: row.click.device.os_version,
    "model": lambda row: row.click.device.model,
    "browser": lambda row: row.click.device.browser,
    "user_agent": lambda row: row.click.user_agent,
    "ip_address": lambda row: row.click.ip,
    "stage": lambda row: row.click.query.get("stage"),
    "sms_from_desktop": lambda row: row.click.phone_number is not None,
    "phone_number": lambda row: row.click.phone_number,
    "redirect_method": lambda row: row.click.redirect_method,
    "link_creation_timestamp": lambda row: _created(row.click.link.id),
    **{f"link_{name}": _link(name, lambda row: row.click.link) for name in _LINK},
    "link_url": lambda row: row.url,
    "link_branch_identity_id": lambda row: row.click.link.identity_id,
    "link_id": lambda row: row.click.link.id,
}

_REFERRAL: dict[str, Callable[[Referral], object]] = {
    "click_timestamp": lambda found: _created(found.click.id),
    "click_query_params": lambda found: found.click.query,
    "branch_identity_id": lambda found: found.click.link.identity_id,
    "developer_identity": lambda found: found.owner and found.owner.name,
    "hardware_id": lambda found: found.hardware_id,
    "branch_link_id": lambda found: found.click.link.id,
    "link_creation_timestamp": lambda found: _created(found.click.link.id),
    **{f"link_{name}": _link(name, lambda found: found.click.link) for name in _LINK},
    "link_url": lambda found: found.url,
}
_REFERRER: dict[str, Callable[[Identity], object]] = {
    "branch_identity_id": lambda referrer: referrer.id,
    "developer_identity": lambda referrer: referrer.name,
}
"""Who referred a user first, where no click of theirs tells it."""


def _first(name: str) -> Callable[[EventRecord], object]:
    def value(row: EventRecord) -> object:
        found = None if row.first is None else _REFERRAL[name](row.first)
        if found is None and row.referrer is not None and name in _REFERRER:
            return _REFERRER[name](row.referrer)
        return found

    return value


def _latest(name: str) -> Callable[[EventRecord], object]:
    return lambda row: None if row.latest is None else _REFERRAL[name](row.latest)


def _session(of: Callable[[Session], object]) -> Callable[[EventRecord], object]:
    return lambda row: None if row.event.session is None else of(row.event.session)


def _device(of: Callable[[Session], object]) -> Callable[[EventRecord], object]:
    return _session(lambda session: of(session) if session.device_id else None)


def _browser(of: Callable[[Session], object]) -> Callable[[EventRecord], object]:
    return _session(lambda session: of(session) if session.browser_id else None)


def _user_agent(session: Session) -> str | None:
    """Of the session itself, or of the click that came from the same browser."""
    click = session.click
    if session.user_agent is None and click is not None and click.browser_id == session.browser_id:
        return click.user_agent
    return session.user_agent


def _browser_os(session: Session) -> str | None:
    agent = _user_agent(session)
    return session.os if agent is None else recognise(agent).os


def _browser_os_version(session: Session) -> str | None:
    agent = _user_agent(session)
    return session.os_version if agent is None else recognise(agent).os_version


EVENT_COLUMNS: dict[str, Callable[[EventRecord], object]] = {
    "id": lambda row: row.event.id,
    "name": lambda row: row.event.name,
    "metadata": lambda row: row.event.metadata,
    "timestamp": lambda row: _created(row.event.id),
    "branch_identity_id": lambda row: row.event.identity_id,
    "developer_identity": lambda row: row.identity and row.identity.name,
    "identity_creation_timestamp": lambda row: _created(row.event.identity_id),
    "branch_session_id": _session(lambda session: session.id),
    "app_version": _session(lambda session: session.app_version),
    "ip_address": lambda row: row.event.ip or (row.event.session and row.event.session.ip),
    "session_start_timestamp": _session(lambda session: _created(session.id)),
    "branch_device_fingerprint_id": _device(lambda session: session.device_id),
    "device_first_seen_timestamp": _device(lambda session: _created(session.device_id)),
    "device_os": _device(lambda session: session.os),
    "device_os_version": _device(lambda session: session.os_version),
    "device_metadata": _device(lambda session: session.device_metadata),
    "hardware_id": _session(lambda session: session.hardware_id),
    "google_advertising_id": _session(lambda session: session.google_advertising_id),
    "branch_browser_fingerprint_id": _browser(lambda session: session.browser_id),
    "browser_first_seen_timestamp": _browser(lambda session: _created(session.browser_id)),
    "browser_os": _browser(_browser_os),
    "browser_os_version": _browser(_browser_os_version),
    "user_agent": _session(_user_agent),
    **{f"first_referring_{name}": _first(name) for name in _REFERRAL},
    **{f"session_referring_{name}": _latest(name) for name in _REFERRAL},
}

Columns = Mapping[str, Callable[[Any], object]]
_LATER: dict[Kind, Columns] = {
    Kind.LINKS: {},
    Kind.CLICKS: {"query_params": lambda row: row.click.query},
    Kind.EVENTS: {
        "first_referring_click_id": lambda row: row.first and row.first.click.id,
        "session_referring_click_id": lambda row: row.latest and row.latest.click.id,
    },
}
"""The trailing columns of the format `v2`."""

_DOCUMENTED: dict[Kind, Columns] = {
    Kind.LINKS: LINK_COLUMNS,
    Kind.CLICKS: CLICK_COLUMNS,
    Kind.EVENTS: EVENT_COLUMNS,
}
COLUMNS: dict[Format, dict[Kind, Columns]] = {
    "documented": _DOCUMENTED,
    "v2": {kind: {**columns, **_LATER[kind]} for kind, columns in _DOCUMENTED.items()},
}


def header(kind: Kind, format_: Format) -> str:
    """The first line of a file, without its end."""
    return csv_line(COLUMNS[format_][kind])


def line_of(record: object, kind: Kind, format_: Format) -> str:
    """The line of one LinkRecord, Referral (a click) or EventRecord, without its end."""
    return csv_line(of(record) for of in COLUMNS[format_][kind].values())
