"""The bytes of export files: made when they are first asked for, and kept while there is room."""

import gzip
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import lru_cache
from hashlib import md5, sha256
from io import BytesIO
from tempfile import SpooledTemporaryFile
from threading import Event, Lock
from typing import IO
from weakref import finalize, proxy

from branch_mock.branch import Branch
from branch_mock.domain.apps import App
from branch_mock.domain.export_columns import LINE_END, header
from branch_mock.domain.exports import ExportFile, Kind, start_ms
from branch_mock.errors import BranchMockError
from branch_mock.export_files.plan import WORKERS, Plan
from branch_mock.export_files.pools import Pools
from branch_mock.export_files.story import Story
from branch_mock.ids import generator
from branch_mock.operations.recorded import Recorded

GZIP_LEVEL = 1
"""The fastest: test data is read once. Higher levels cost up to three times as long."""

CHUNK = 256 * 1024
_IN_MEMORY = 4 * 1024 * 1024
_KEPT_BYTES = 512 * 1024 * 1024
_KEPT_FILES = 64
_BLOCK = 4096
_RANGES = 1024 // WORKERS


class Abandoned(BranchMockError):
    """Nobody waits for the file any more that was being made."""


class MadeFile:
    """One finished file: in memory when it is small, else in a nameless temporary one.

    size: bytes. etag: its MD5 in quotes, as S3 has it.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._lock = Lock()
        finalize(self, self._file.close)
        digest = md5(usedforsecurity=False)
        self.size = 0
        for chunk in chunks:
            self._file.write(chunk)
            digest.update(chunk)
            self.size += len(chunk)
        self.etag = f'"{digest.hexdigest()}"'

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from `start` up to `stop`, in chunks. Safe to use from several threads."""
        while start < stop:
            with self._lock:
                self._file.seek(start)
                chunk = self._file.read(min(CHUNK, stop - start))
            start += len(chunk)
            yield chunk


class ExportFiles:
    """Makes the export files of one emulator. Safe to use from several threads."""

    def __init__(self, branch: Branch) -> None:
        self._branch: Branch = proxy(branch)  # a branch must not live on for its files' sake
        self._made: OrderedDict[tuple[str, bytes], MadeFile] = OrderedDict()
        self._lock = Lock()
        self._making = Lock()

    def open(self, name: str, abandoned: Event | None = None) -> MadeFile:
        """The file of that name, made now if it is not kept.

        It is made anew when what was recorded of its day has changed. Takes seconds for a file of
        200,000 rows. Raises NoSuchKey, ExportNotReady, and Abandoned when `abandoned` is set.
        """
        file = self._branch.exports.find(name)
        recorded = self._branch.exports.recorded(file)
        key = name, _mark(recorded)
        made = self._kept(key)
        if made is None:
            with self._making:  # of several who ask for one file, the others get the first one's
                chunks = self._compressed(file, recorded, abandoned)
                made = self._kept(key) or self._keep(key, chunks)
        return made

    def _kept(self, key: tuple[str, bytes]) -> MadeFile | None:
        with self._lock:
            made = self._made.get(key)
            if made is not None:
                self._made.move_to_end(key)
            return made

    def _keep(self, key: tuple[str, bytes], chunks: Iterator[bytes]) -> MadeFile:
        """Make a file, and forget those that were not used for longest where room is short."""
        made = MadeFile(chunks)
        with self._lock:
            self._made[key] = made
            size = sum(kept.size for kept in self._made.values())
            while len(self._made) > 1 and (size > _KEPT_BYTES or len(self._made) > _KEPT_FILES):
                _, oldest = self._made.popitem(last=False)
                size -= oldest.size
        return made

    def rows(self, file: ExportFile) -> int:
        """How many rows a file has, without its header; of a topic's, the most that it may have."""
        start, stop = self._range(file, len(self._branch.exports.recorded(file).items))
        return stop - start

    def _range(self, file: ExportFile, recorded: int) -> tuple[int, int]:
        """The rows of a file among all of its kind and day. Invented rows of other topics count,
        and are left out."""
        most = self._branch.settings.export_rows_per_file
        every = recorded + self._branch.exports.invented_rows(file)
        return min(file.part * most, every), min((file.part + 1) * most, every)

    def compressed(
        self, file: ExportFile, progress: Callable[[int], object] | None = None
    ) -> Iterator[bytes]:
        """The gzip of a file, as it is made. `progress` is told of lines that were added.

        The same file gives the same bytes: the gzip carries the day as its time, and no name.
        Raises NoSuchKey if its app is gone.
        """
        return self._compressed(file, self._branch.exports.recorded(file), None, progress)

    def _compressed(
        self,
        file: ExportFile,
        recorded: Recorded,
        abandoned: Event | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Iterator[bytes]:
        sink = BytesIO()
        mtime = start_ms(file.day) // 1000
        with gzip.GzipFile("", "wb", GZIP_LEVEL, sink, mtime) as packed:
            for lines in self._lines(file, recorded):
                if abandoned is not None and abandoned.is_set():
                    raise Abandoned(f"nobody waits for {self._branch.exports.name(file)}")
                packed.write(_encoded(LINE_END.join((*lines, ""))))
                if progress is not None:
                    progress(len(lines))
                if sink.tell() >= CHUNK:
                    yield _drained(sink)
        yield _drained(sink)

    def _lines(self, file: ExportFile, recorded: Recorded) -> Iterator[list[str]]:
        """The lines of a file in blocks, the header first: what was recorded, then invented."""
        count = len(recorded.items)
        start, stop = self._range(file, count)
        yield [header(file.kind, file.format)]
        for begin in range(start, min(stop, count), _BLOCK):
            yield list(recorded.lines(begin, min(begin + _BLOCK, stop)))
        if stop > max(start, count):
            story = Story(self._plan(recorded.app, file))
            yield from _told(story, file, max(start - count, 0), stop - count)

    def _plan(self, app: App, file: ExportFile) -> Plan:
        branch, settings = self._branch, self._branch.settings
        links, clicks, events = settings.export_rows
        return Plan(
            random_seed=settings.random_seed,
            app_id=app.id,
            pools=_pools(settings.random_seed),
            domain=app.link_domain,
            prefix="" if app.profile.link_address == "app_link" else "l/",
            origin=branch.exports.origin,
            day=file.day,
            workers=_workers(settings.random_seed, app.id, branch.ids.worker),
            links=links,
            clicks=clicks,
            events=events,
        )


def _told(story: Story, file: ExportFile, start: int, stop: int) -> Iterator[list[str]]:
    later = file.format == "v2"
    match file.kind:
        case Kind.LINKS:
            return story.links(start, stop)
        case Kind.CLICKS:
            return story.clicks(start, stop, later=later)
    return story.events(start, stop, later=later, topic=file.topic)


def _mark(recorded: Recorded) -> bytes:
    """Stands for what was recorded of a file's day, and for the app that it is of."""
    digest = sha256(repr((recorded.app.link_domain, recorded.app.profile)).encode())
    for line in recorded.lines(0, len(recorded.items)):
        digest.update(_encoded(line))
    return digest.digest()


def _workers(random_seed: int, app_id: int, taken: int) -> int:
    """The first worker of an app's invented ids: never the range of those that are minted."""
    ranges = [number for number in range(_RANGES) if number != taken // WORKERS]
    return generator("workers", random_seed, app_id).choice(ranges) * WORKERS


@lru_cache(maxsize=4)
def _pools(random_seed: int) -> Pools:
    return Pools(random_seed)


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")  # whatever state was put in


def _drained(sink: BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data
