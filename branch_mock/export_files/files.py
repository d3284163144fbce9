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
from weakref import WeakKeyDictionary, finalize

from branch_mock.branch import Branch
from branch_mock.domain.exports import LINE_END, ExportFile, Kind, header, start_ms
from branch_mock.errors import BranchMockError
from branch_mock.export_files.plan import WORKERS, Plan
from branch_mock.export_files.pools import Pools
from branch_mock.export_files.story import Story
from branch_mock.ids import generator

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
        self._branch = branch
        self._made: OrderedDict[tuple[str, bytes], MadeFile] = OrderedDict()
        self._making = Lock()

    def open(self, name: str, abandoned: Event | None = None) -> MadeFile:
        """The file of that name, made now if it is not kept.

        It is made anew when what was recorded of its day has changed. Takes seconds for a file of
        200,000 rows. Raises NoSuchKey, ExportNotReady, and Abandoned when `abandoned` is set.
        """
        file = self._branch.exports.find(name)
        with self._making:
            key = name, self._mark(file)
            made = self._made.get(key)
            if made is None:
                made = self._made[key] = MadeFile(self.compressed(file, abandoned))
            self._made.move_to_end(key)
            self._make_room()
            return made

    def _make_room(self) -> None:
        """Forget the files that were not used for longest; the latest one always stays."""
        size = sum(made.size for made in self._made.values())
        while len(self._made) > 1 and (size > _KEPT_BYTES or len(self._made) > _KEPT_FILES):
            _, oldest = self._made.popitem(last=False)
            size -= oldest.size

    def _mark(self, file: ExportFile) -> bytes:
        """Stands for what was recorded of a file's day, and for the app that it is of."""
        recorded = self._branch.exports.recorded(file)
        digest = sha256(repr(self._branch.apps.get(file.app_id).link_domain).encode())
        for line in recorded.lines(0, len(recorded.items)):
            digest.update(_encoded(line))
        return digest.digest()

    def rows(self, file: ExportFile) -> int:
        """How many rows a file has, without its header."""
        start, stop = self._range(file, len(self._branch.exports.recorded(file).items))
        return stop - start

    def _range(self, file: ExportFile, recorded: int) -> tuple[int, int]:
        """The rows of a file among all of its kind and day."""
        most = self._branch.settings.export_rows_per_file
        every = recorded + self._branch.exports.invented_rows(file.kind)
        return min(file.part * most, every), min((file.part + 1) * most, every)

    def compressed(
        self,
        file: ExportFile,
        abandoned: Event | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> Iterator[bytes]:
        """The gzip of a file, as it is made. `progress` is told of rows that were added.

        The same file gives the same bytes: the gzip carries the day as its time, and no name.
        """
        sink = BytesIO()
        mtime = start_ms(file.day) // 1000
        with gzip.GzipFile("", "wb", GZIP_LEVEL, sink, mtime) as packed:
            for lines in self.lines(file):
                if abandoned is not None and abandoned.is_set():
                    raise Abandoned(f"nobody waits for {self._branch.exports.name(file)}")
                packed.write(_encoded(LINE_END.join((*lines, ""))))
                if progress is not None:
                    progress(len(lines))
                if sink.tell() >= CHUNK:
                    yield _drained(sink)
        yield _drained(sink)

    def lines(self, file: ExportFile) -> Iterator[list[str]]:
        """The lines of a file in blocks, the header first: what was recorded, then invented."""
        recorded = self._branch.exports.recorded(file)
        count = len(recorded.items)
        start, stop = self._range(file, count)
        yield [header(file.kind, file.format)]
        for begin in range(start, min(stop, count), _BLOCK):
            yield list(recorded.lines(begin, min(begin + _BLOCK, stop)))
        if stop > max(start, count):
            yield from self._invented(file, max(start - count, 0), stop - count)

    def _invented(self, file: ExportFile, start: int, stop: int) -> Iterator[list[str]]:
        story = self._story(file)
        later = file.format == "v2"
        match file.kind:
            case Kind.LINKS:
                return story.links(start, stop)
            case Kind.CLICKS:
                return story.clicks(start, stop, later=later)
        return story.events(start, stop, later=later)

    def _story(self, file: ExportFile) -> Story:
        branch, settings = self._branch, self._branch.settings
        app = branch.apps.get(file.app_id)
        links, clicks, events = settings.export_rows
        plan = Plan(
            random_seed=settings.random_seed,
            app_id=app.id,
            pools=_pools(settings.random_seed, app.id),
            domain=app.link_domain,
            prefix="" if app.profile.link_address == "app_link" else "l/",
            origin=branch.exports.origin,
            day=file.day,
            workers=_workers(settings.random_seed, app.id, branch.ids.worker),
            links=links,
            clicks=clicks,
            events=events,
        )
        return Story(plan)


def _workers(random_seed: int, app_id: int, taken: int) -> int:
    """The first worker of an app's invented ids: never the range of those that are minted."""
    ranges = [number for number in range(_RANGES) if number != taken // WORKERS]
    return generator("workers", random_seed, app_id).choice(ranges) * WORKERS


@lru_cache(maxsize=4)
def _pools(random_seed: int, app_id: int) -> Pools:
    return Pools(random_seed, app_id)


def _encoded(text: str) -> bytes:
    return text.encode(errors="replace")  # a lone surrogate of a JSON escape is not UTF-8


def _drained(sink: BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


_files: WeakKeyDictionary[Branch, ExportFiles] = WeakKeyDictionary()
_files_lock = Lock()


def files_of(branch: Branch) -> ExportFiles:
    """The export files of an emulator; the same object each time."""
    with _files_lock:
        found = _files.get(branch)
        if found is None:
            found = _files[branch] = ExportFiles(branch)
        return found
