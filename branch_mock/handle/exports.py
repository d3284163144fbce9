"""Direct operations on exports, for Python code that runs the server (contract 10)."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Literal

from branch_mock.domain.apps import App
from branch_mock.domain.exports import ExportFile, Kind, read_day
from branch_mock.domain.topics import Topic
from branch_mock.errors import InvalidRequest
from branch_mock.handle.host import Host

Rows = Literal[
    "links",
    "clicks",
    "events",
    "eo_click",
    "eo_commerce_event",
    "eo_content_event",
    "eo_custom_event",
    "eo_install",
    "eo_open",
    "eo_pageview",
    "eo_reinstall",
    "eo_user_lifecycle_event",
    "eo_web_session_start",
]
"""What a day's rows can be read of: the kinds, and the topics of the third generation."""


class Exports:
    """Exports of the running server.

    `app` is the server's first app unless another is given. A date is a `date` or a text
    YYYY-MM-DD; the kinds are `links`, `clicks` and `events`, the topics `eo_click` and so on.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def request(self, day: date | str, *, app: App | None = None) -> dict[str, list[str]]:
        """The addresses of a day's files, by kind. Raises InvalidRequest, as POST /v2/export does.

        They can be downloaded from the hour of the setting `export_ready_hour`, UTC, of the
        following day on, by the emulator's clock.
        """
        found = self._host.branch.exports.request(app or self._host.app, str(day))
        return {kind.value: self._urls(files) for kind, files in found.items()}

    def request_topics(self, day: date | str, *, app: App | None = None) -> dict[str, list[str]]:
        """The addresses of a day's files by topic, `eo_click` and so on, as POST /v3/export tells
        them (contract 11). Raises InvalidRequest likewise."""
        found = self._host.branch.exports.request_topics(app or self._host.app, str(day))
        return {topic.value: self._urls(files) for topic, files in found.items()}

    def read(
        self,
        kind: Rows,
        day: date | str,
        *,
        app: App | None = None,
    ) -> list[dict[str, str]]:
        """The rows of a day's files of one kind or topic, each a dict of texts by column.

        What the files hold as things stand: of any day, whether it is over or not.
        Raises InvalidRequest for what is no date, and for another kind.
        """
        made, exports = self._host.emulator.export_files, self._host.branch.exports
        asked, app = read_day(str(day)), app or self._host.app
        if kind in set(Topic):
            files = exports.topics(app, asked)[Topic(kind)]
        elif kind in set(Kind):
            files = exports.files(app, asked)[Kind(kind)]
        else:
            choice = ", ".join([*Kind, *Topic])
            raise InvalidRequest.of("kind", f"must be one of {choice}, got {kind!r}")
        return [row for file in files for row in _rows(made.compressed(file))]

    def _urls(self, files: list[ExportFile]) -> list[str]:
        origin = self._host.origin
        return [origin.export(self._host.branch.exports.name(file)) for file in files]


def _rows(chunks: Iterator[bytes]) -> list[dict[str, str]]:
    text = gzip.decompress(b"".join(chunks)).decode()
    return list(csv.DictReader(StringIO(text, newline="")))
