"""Direct operations on exports, for Python code that runs the server (contract 10)."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Literal

from branch_mock.domain.apps import App
from branch_mock.domain.exports import Kind, read_day
from branch_mock.handle.links import Host


class Exports:
    """Exports of the running server.

    `app` is the server's first app unless another is given. A date is a `date` or a text
    YYYY-MM-DD; the kinds are `links`, `clicks` and `events`.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def request(self, day: date | str, *, app: App | None = None) -> dict[str, list[str]]:
        """The addresses of a day's files, by kind. Raises InvalidRequest, as POST /v2/export does.

        They can be downloaded from 07:00 UTC of the following day on, by the emulator's clock.
        """
        exports = self._host.branch.exports
        origin = self._host.origin
        return {
            str(kind): [origin.export(exports.name(file)) for file in files]
            for kind, files in exports.request(app or self._host.app, str(day)).items()
        }

    def read(
        self,
        kind: Literal["links", "clicks", "events"],
        day: date | str,
        *,
        app: App | None = None,
    ) -> list[dict[str, str]]:
        """The rows of a day's files of one kind, each a dict of texts by column.

        What the files hold as things stand: of any day, whether it is over or not.
        Raises InvalidRequest for what is no date, and ValueError for another kind.
        """
        made = self._host.emulator.export_files
        files = self._host.branch.exports.files(app or self._host.app, read_day(str(day)))[
            Kind(kind)
        ]
        return [row for file in files for row in _rows(made.compressed(file))]


def _rows(chunks: Iterator[bytes]) -> list[dict[str, str]]:
    text = gzip.decompress(b"".join(chunks)).decode()
    return list(csv.DictReader(StringIO(text, newline="")))
