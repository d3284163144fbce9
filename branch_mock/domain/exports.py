"""Exports: the days and the names of the CSV files (contract 10 and 11)."""

import re
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from branch_mock.clock import from_ms
from branch_mock.domain.topics import Topic
from branch_mock.errors import InvalidRequest
from branch_mock.ids import EPOCH_MS, code_of

FIRST_DAY = from_ms(EPOCH_MS).date() + timedelta(days=2)
"""The first day whose ids, and those of the day before it, are snowflakes."""

LAST_DAY = date(2083, 1, 1)
"""A day whose ids, and those of what follows from it in the next year, fit into 63 bits."""

DAY_MS = 86_400_000
Format = Literal["documented", "v2"]


class Kind(StrEnum):
    """The three files of a day."""

    LINKS = "links"
    CLICKS = "clicks"
    EVENTS = "events"


def kind_of(topic: Topic) -> Kind:
    """What the rows of a topic's files are."""
    return Kind.CLICKS if topic is Topic.CLICK else Kind.EVENTS


_WORDS: dict[Format, dict[Kind, str]] = {
    "documented": {Kind.LINKS: "links", Kind.CLICKS: "link_clicks", Kind.EVENTS: "events"},
    "v2": {Kind.LINKS: "link", Kind.CLICKS: "click", Kind.EVENTS: "event"},
}
_MEANINGS: dict[str, tuple[Format, Kind, Topic | None]] = {
    **{
        word: (format_, kind, None)
        for format_, words in _WORDS.items()
        for kind, word in words.items()
    },
    **{topic: ("v2", kind_of(topic), topic) for topic in Topic},
}
_NAME = re.compile(
    r"([0-9]{1,19})-([0-9]{4}-[0-9]{2}-[0-9]{2})-([a-z_]+)(?:-([0-9]{1,9}))?(?:-v2)?"
    r"-[0-9a-f]{64}(?:-[A-Za-z0-9]{6})?\.csv\.gz"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SUFFIX = 6


class ExportFile(Struct, frozen=True, kw_only=True):
    """One file of one app's day. part: 0 for the first; further files are numbered from 1.

    topic: of a file of the third generation, whose format is `v2`; None for the others.
    """

    app_id: int
    day: date
    kind: Kind
    part: int = 0
    format: Format = "documented"
    topic: Topic | None = None

    def name(self, random_seed: int) -> str:
        """Its name, the same each time, whose hash only this server's seed gives."""
        number = f"-{self.part}" if self.part else ""
        version = "-v2" if self.format == "v2" else ""
        what = self.topic or self.kind
        text = f"{self.app_id}/{self.day}/{self.format}/{what}/{self.part}/{random_seed}"
        word = self.topic or _WORDS[self.format][self.kind]
        hashed = sha256(text.encode())
        suffix = "" if self.topic is None else f"-{_six(hashed.digest())}"
        digest = hashed.hexdigest()
        return f"{self.app_id}-{self.day}-{word}{number}{version}-{digest}{suffix}.csv.gz"

    @classmethod
    def read(cls, name: str, random_seed: int) -> "ExportFile | None":
        """The file of that name; None where the name is none that `name` gives."""
        match = _NAME.fullmatch(name)
        if match is None or match[3] not in _MEANINGS:
            return None
        format_, kind, topic = _MEANINGS[match[3]]
        try:
            day = date.fromisoformat(match[2])
        except ValueError:
            return None
        file = cls(
            app_id=int(match[1]),
            day=day,
            kind=kind,
            part=int(match[4] or 0),
            format=format_,
            topic=topic,
        )
        return file if file.name(random_seed) == name else None


def _six(digest: bytes) -> str:
    """Six letters and digits."""
    return code_of(int.from_bytes(digest))[:_SUFFIX]


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
