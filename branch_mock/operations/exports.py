"""What can be done with exports: ask for a day's files, read what was recorded (contract 10)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from branch_mock.clock import from_ms, iso
from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.events import Event
from branch_mock.domain.exports import (
    DAY_MS,
    FIRST_DAY,
    LAST_DAY,
    ExportFile,
    Kind,
    check_day,
    kind_of,
    oldest_day,
    read_day,
    start_ms,
)
from branch_mock.domain.links import Link
from branch_mock.domain.sessions import hardware_ids
from branch_mock.domain.topics import NEVER_INVENTED, Topic, topic_of
from branch_mock.errors import ExportNotReady, InvalidRequest, NoSuchKey
from branch_mock.ids import first_id_at
from branch_mock.operations.core import Core
from branch_mock.store import State

if TYPE_CHECKING:
    from branch_mock.operations.recorded import Recorded

_TABLES: dict[Kind, Callable[[State], Mapping[int, Link | Click | Event]]] = {
    Kind.LINKS: lambda state: state.links,
    Kind.CLICKS: lambda state: state.clicks,
    Kind.EVENTS: lambda state: state.events,
}
_SECOND_MS = 1000
_HOUR_MS = 3600 * _SECOND_MS


class Exports:
    """The exports of every app of one emulator. Contents are pure: files are made elsewhere."""

    def __init__(self, core: Core) -> None:
        self._core = core

    @property
    def today(self) -> date:
        """The UTC day that the clock is in."""
        return self._core.clock.now().date()

    @property
    def origin(self) -> Origin:
        """Where files say links are: the real hosts, unless `public_url` overrides them."""
        return Origin(self._core.settings.public_url)

    def request(self, app: App, export_date: str) -> dict[Kind, list[ExportFile]]:
        """The files of a day. Raises InvalidRequest for a bad date (contract 10)."""
        return self.files(app, self._asked(export_date))

    def request_topics(self, app: App, export_date: str) -> dict[Topic, list[ExportFile]]:
        """The same by topic, as the third generation has them (contract 11)."""
        return self.topics(app, self._asked(export_date))

    def _asked(self, export_date: str) -> date:
        day = read_day(export_date)
        check_day(day, self.today, self._core.settings.export_retention_days)
        return day

    def files(self, app: App, day: date) -> dict[Kind, list[ExportFile]]:
        """The files of any day; a day that is not over yet may get further ones.

        Raises InvalidRequest for a day whose ids would be none (contract 4).
        """
        return {
            kind: self._parts(
                ExportFile(app_id=app.id, day=day, kind=kind, format=app.profile.export_format)
            )
            for kind in Kind
        }

    def topics(self, app: App, day: date) -> dict[Topic, list[ExportFile]]:
        """The files of each topic of any day. Raises InvalidRequest as `files` does."""
        return {
            topic: self._parts(
                ExportFile(app_id=app.id, day=day, kind=kind_of(topic), format="v2", topic=topic)
            )
            for topic in Topic
        }

    def _parts(self, first: ExportFile) -> list[ExportFile]:
        """A file and the further ones that its rows need."""
        if not FIRST_DAY <= first.day <= LAST_DAY:
            problem = f"must be from {FIRST_DAY} to {LAST_DAY}, got '{first.day}'"
            raise InvalidRequest.of("export_date", problem)
        rows = len(self._items(first)) + self.invented_rows(first)
        parts = max(1, -(-rows // self._core.settings.export_rows_per_file))
        return [replace(first, part=part) for part in range(parts)]

    def invented_rows(self, file: ExportFile) -> int:
        """How many rows are invented for a file's kind and day.

        For a topic of events it is as many as there are events of every topic: which of them are
        the topic's only telling them shows.
        """
        if file.topic in NEVER_INVENTED:
            return 0
        links, clicks, events = self._core.settings.export_rows
        return {Kind.LINKS: links, Kind.CLICKS: clicks, Kind.EVENTS: events}[file.kind]

    def name(self, file: ExportFile) -> str:
        """The name of a file."""
        return file.name(self._core.settings.random_seed)

    def find(self, name: str) -> ExportFile:
        """The file of that name, whether or not anyone asked for it since the start.

        A file is kept a day longer than its name is handed out, so that no name is dead at once.
        Raises NoSuchKey, and ExportNotReady before the hour at which it appears.
        """
        settings = self._core.settings
        file = ExportFile.read(name, settings.random_seed)
        if file is None or file.day < oldest_day(self.today, settings.export_retention_days + 1):
            raise NoSuchKey
        ready_ms = self.ready_ms(file.day)
        if self._core.clock.now_ms() < ready_ms:
            raise ExportNotReady(file.day, iso(ready_ms))
        return file

    def ready_ms(self, day: date) -> int:
        """When a day's files appear, in milliseconds since 1970."""
        return start_ms(day + timedelta(days=1)) + self._core.settings.export_ready_hour * _HOUR_MS

    def becoming_ready(self, begin_ms: int, end_ms: int) -> Iterator[date]:
        """The days whose files appear after the one moment and not after the other, oldest first;
        without those whose files are gone by then."""
        last = from_ms(end_ms).date()
        day = oldest_day(last, self._core.settings.export_retention_days + 1)
        while day < last:
            if begin_ms < self.ready_ms(day) <= end_ms:
                yield day
            day += timedelta(days=1)

    def recorded(self, file: ExportFile) -> "Recorded":
        """What was recorded for the kind or topic and the day of a file. Raises NoSuchKey if its
        app is gone."""
        from branch_mock.operations.recorded import Recorded  # noqa: PLC0415 - few need it

        with self._core.store.lock:
            state = self._core.store.state
            app = state.apps.get(file.app_id)
            if app is None:
                raise NoSuchKey
            events = file.kind is Kind.EVENTS
            return Recorded(
                app=app,
                kind=file.kind,
                format=file.format,
                origin=self.origin,
                items=self._items(file),
                identities=dict(state.identities) if events else {},
                hardware=hardware_ids(state.sessions.values()) if events else {},
            )

    def _items(self, file: ExportFile) -> list[Link | Click | Event]:
        """What was recorded of a file's app, day, and kind or topic, oldest first."""
        begin = start_ms(file.day)
        first, end = first_id_at(begin), first_id_at(begin + DAY_MS)
        with self._core.store.lock:
            found = [
                item
                for id_, item in _TABLES[file.kind](self._core.store.state).items()
                if first <= id_ < end and item.app_id == file.app_id and _belongs(item, file.topic)
            ]
        return sorted(found, key=lambda item: item.id)


def _belongs(item: Link | Click | Event, topic: Topic | None) -> bool:
    """Whether it has a row in files of its kind, or of that topic. The event of a click has none:
    the click has one."""
    if not isinstance(item, Event):
        return True
    if item.click is not None:
        return False
    return topic is None or topic_of(item.name, item.metadata) is topic
