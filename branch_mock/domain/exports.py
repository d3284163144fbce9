"""Exports: the day, the names and the columns of the CSV files (contract 10).

The columns of what was recorded are tables: a column's name and where its value comes from.
"""

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from io import StringIO
from json import JSONEncoder
from typing import Any, Literal, TypeVar

from branch_mock.clock import from_ms
from branch_mock.domain.clicks import Click
from branch_mock.domain.devices import recognise
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link
from branch_mock.domain.sessions import Session
from branch_mock.errors import InvalidRequest
from branch_mock.ids import EPOCH_MS, created_ms

FIRST_DAY = from_ms(EPOCH_MS).date() + timedelta(days=2)
"""The first day whose ids, and those of the day before it, are snowflakes."""

LAST_DAY = date(2083, 1, 1)
"""The last day whose ids fit into 63 bits."""

DAY_MS = 86_400_000
LINE_END = "\r\n"
T = TypeVar("T")
Format = Literal["documented", "v2"]


class Kind(StrEnum):
    """The three files of a day."""

    LINKS = "links"
    CLICKS = "clicks"
    EVENTS = "events"


TOPICS = {
    "eo_click": Kind.CLICKS,
    "eo_commerce_event": Kind.EVENTS,
    "eo_content_event": Kind.EVENTS,
    "eo_custom_event": Kind.EVENTS,
    "eo_install": Kind.EVENTS,
    "eo_open": Kind.EVENTS,
    "eo_pageview": Kind.EVENTS,
    "eo_reinstall": Kind.EVENTS,
    "eo_user_lifecycle_event": Kind.EVENTS,
    "eo_web_session_start": Kind.EVENTS,
}
"""The topics of the third generation's exports, and the files that hold their rows; the files of
events hold those of every topic, told apart by their `name`. An approximation of the live service,
which writes files of their own."""

_WORDS: dict[str, dict[Kind, str]] = {
    "documented": {Kind.LINKS: "links", Kind.CLICKS: "link_clicks", Kind.EVENTS: "events"},
    "v2": {Kind.LINKS: "link", Kind.CLICKS: "click", Kind.EVENTS: "event"},
}
_MEANINGS: dict[str, tuple[Format, Kind]] = {
    word: (format_, kind)  # type: ignore[misc]
    for format_, words in _WORDS.items()
    for kind, word in words.items()
}
_NAME = re.compile(
    r"([0-9]{1,19})-([0-9]{4}-[0-9]{2}-[0-9]{2})-([a-z_]+)(?:-([0-9]{1,9}))?(?:-v2)?"
    r"-[0-9a-f]{64}\.csv\.gz"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """One file of one app's day. part: 0 for the first; further files are numbered from 1."""

    app_id: int
    day: date
    kind: Kind
    part: int = 0
    format: Format = "documented"

    def name(self, random_seed: int) -> str:
        """Its name, the same each time, whose hash only this server's seed gives."""
        number = f"-{self.part}" if self.part else ""
        version = "-v2" if self.format == "v2" else ""
        text = f"{self.app_id}/{self.day}/{self.format}/{self.kind}/{self.part}/{random_seed}"
        word = _WORDS[self.format][self.kind]
        digest = sha256(text.encode()).hexdigest()
        return f"{self.app_id}-{self.day}-{word}{number}{version}-{digest}.csv.gz"

    @classmethod
    def read(cls, name: str, random_seed: int) -> "ExportFile | None":
        """The file of that name; None where the name is none that `name` gives."""
        match = _NAME.fullmatch(name)
        if match is None or match[3] not in _MEANINGS:
            return None
        format_, kind = _MEANINGS[match[3]]
        try:
            day = date.fromisoformat(match[2])
        except ValueError:
            return None
        part = int(match[4] or 0)
        file = cls(app_id=int(match[1]), day=day, kind=kind, part=part, format=format_)
        return file if file.name(random_seed) == name else None


def read_day(text: str) -> date:
    """The day of a text YYYY-MM-DD. Raises InvalidRequest, naming `export_date`."""
    if not _DATE.fullmatch(text):
        raise InvalidRequest.of("export_date", f"must be a date YYYY-MM-DD, got {text[:40]!r}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        problem = f"must be a day of the calendar, got {text!r}"
        raise InvalidRequest.of("export_date", problem) from None


def check_day(day: date, today: date, retention_days: int) -> None:
    """Raises InvalidRequest for a day after `today` or before those that are kept (contract 10)."""
    if day > today:
        problem = f"must not be after today, {today} (UTC), got '{day}'"
        raise InvalidRequest.of("export_date", problem)
    oldest = oldest_day(today, retention_days)
    if day < oldest:
        problem = f"must not be before {oldest}: exports are kept for {retention_days} days"
        raise InvalidRequest.of("export_date", f"{problem}, got '{day}'")


def oldest_day(today: date, retention_days: int) -> date:
    """The first day that is kept."""
    return max(FIRST_DAY, today - timedelta(days=retention_days))


def start_ms(day: date) -> int:
    """The first moment of a UTC day, in milliseconds since 1970."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def stamp(ms: int) -> str:
    """A moment as every timestamp in a file has it: `YYYY-MM-DDTHH:MM:SS`, UTC."""
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S")


_json = JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def cell(value: object) -> str:
    """A value as the text of a cell: nothing for null, JSON for objects, lists and booleans."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _json(dict(value))
    if isinstance(value, list | tuple):
        return _json(list(value))
    return str(value)


def csv_line(values: Iterable[object]) -> str:
    """Values as one line of CSV, quoted as RFC 4180 says, without its end."""
    text = StringIO()
    writer = csv.writer(text, lineterminator=LINE_END)  # it quotes only the ends that it knows
    writer.writerow([cell(value) for value in values])
    return text.getvalue().removesuffix(LINE_END)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecord:
    """A link, with the address it is handed out under."""

    link: Link
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Referral:
    """A click that led to something, and whose link it was.

    owner: the identity that made the link. hardware_id: of the owner's device.
    """

    click: Click
    url: str
    owner: Identity | None = None
    hardware_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
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
    "sms_from_desktop": lambda _: False,
    "phone_number": lambda _: None,
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
