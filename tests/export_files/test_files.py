"""The bytes of export files (contract 10)."""

import gzip
import struct
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from threading import Event
from typing import Any

import pytest

from branch_mock import Branch, FrozenClock, Settings
from branch_mock.domain.exports import ExportFile, Kind
from branch_mock.export_files import files as module
from branch_mock.export_files.files import Abandoned, ExportFiles, MadeFile
from branch_mock.seeds import plant
from tests.gate import ROOT

DAY = date(2016, 1, 19)


def emulator(**options: Any) -> Branch:
    """With the default seed, the day after `DAY`."""
    branch = Branch(Settings(**options), clock=FrozenClock("2016-01-20T12:00:00Z"))
    plant(branch)
    return branch


def parts(branch: Branch, kind: Kind = Kind.EVENTS) -> list[ExportFile]:
    """The files of a day."""
    return branch.exports.files(branch.apps.default, DAY)[kind]


def packed(branch: Branch, file: ExportFile) -> bytes:
    """The bytes of a file."""
    return b"".join(ExportFiles(branch).compressed(file))


def content(branch: Branch, file: ExportFile) -> list[bytes]:
    """The lines of a file."""
    text = gzip.decompress(packed(branch, file))
    assert text.endswith(b"\r\n")
    return text.split(b"\r\n")[:-1]


@pytest.mark.parametrize("kind", Kind)
def test_same_app_day_and_seed_same_bytes(kind: Kind) -> None:
    first, second = emulator(), emulator()
    assert packed(first, parts(first, kind)[0]) == packed(second, parts(second, kind)[0])
    other = emulator(random_seed=1)
    assert packed(first, parts(first, kind)[0]) != packed(other, parts(other, kind)[0])


def test_the_gzip_carries_the_day_and_no_name() -> None:
    branch = emulator()
    head = packed(branch, parts(branch)[0])[:10]
    magic, method, flags, mtime = struct.unpack("<2sBBI", head[:8])
    assert (magic, method, flags) == (b"\x1f\x8b", 8, 0)
    assert mtime == 1453161600  # 2016-01-19T00:00:00Z


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("most", [1, 7, 1024, 4000, 5000])
def test_parts_put_together_are_the_whole(kind: Kind, most: int) -> None:
    rows = (20, 30, 40) if most < 100 else (1500, 3000, 9000)
    whole, split = emulator(export_rows=rows), emulator(export_rows=rows, export_rows_per_file=most)
    header, *lines = content(whole, parts(whole, kind)[0])
    found = [content(split, part) for part in parts(split, kind)]
    assert [part[0] for part in found] == [header] * len(found)
    assert [line for part in found for line in part[1:]] == lines
    assert all(len(part) == most + 1 for part in found[:-1])
    assert len({packed(split, part) for part in parts(split, kind)[:3]}) == min(3, len(found))


def test_recorded_rows_come_first_and_count() -> None:
    branch = emulator(export_rows=(3, 0, 0), export_rows_per_file=4)
    clock = branch.clock
    assert isinstance(clock, FrozenClock)
    clock.set("2016-01-19T18:00:00Z")
    made = [branch.links.create(branch.apps.default) for _ in range(3)]
    first, second = (content(branch, part) for part in parts(branch, Kind.LINKS))
    ids = [int(line.split(b",")[1]) for line in (*first[1:], *second[1:])]
    assert ids[:3] == [link.id for link in made]
    assert (len(first), len(second)) == (5, 3)


def test_without_invented_rows_a_file_is_its_header() -> None:
    branch = emulator(export_rows=0)
    assert [len(content(branch, parts(branch, kind)[0])) for kind in Kind] == [1, 1, 1]


def test_a_file_is_made_once_until_what_was_recorded_changes() -> None:
    branch = emulator()
    files = ExportFiles(branch)
    name = branch.exports.name(parts(branch, Kind.LINKS)[0])
    made = files.open(name)
    assert files.open(name) is made
    clock = branch.clock
    assert isinstance(clock, FrozenClock)
    clock.set("2016-01-19T10:00:00Z")
    branch.links.create(branch.apps.default)
    clock.set("2016-01-20T12:00:00Z")
    changed = files.open(name)
    assert changed.etag != made.etag
    assert b"".join(changed.read(0, changed.size)) == packed(branch, parts(branch, Kind.LINKS)[0])
    branch.reset()
    assert files.open(name).etag == made.etag


def test_only_so_many_files_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_FILES", 2)
    branch = emulator(export_rows=(9, 0, 0), export_rows_per_file=3)
    files = ExportFiles(branch)
    names = [branch.exports.name(part) for part in parts(branch, Kind.LINKS)]
    made = [files.open(name) for name in names]
    assert files.open(names[2]) is made[2]
    again = files.open(names[0])
    assert again is not made[0]
    assert again.etag == made[0].etag


def test_a_long_file_is_read_from_anywhere() -> None:
    data = bytes(range(256)) * 40_000
    made = MadeFile(iter([data[:1000], data[1000:]]))
    assert made.size == len(data) > module._IN_MEMORY
    assert b"".join(made.read(0, made.size)) == data
    assert b"".join(made.read(5_000_000, 5_700_001)) == data[5_000_000:5_700_001]


def test_nobody_waits_nothing_is_made() -> None:
    branch = emulator()
    abandoned = Event()
    abandoned.set()
    name = branch.exports.name(parts(branch)[0])
    files = ExportFiles(branch)
    with pytest.raises(Abandoned):
        files.open(name, abandoned)
    assert files.open(name).size > 0


def test_surrogates_of_json_escapes_do_not_break_a_file() -> None:
    branch = emulator(export_rows=0)
    clock = branch.clock
    assert isinstance(clock, FrozenClock)
    clock.set("2016-01-19T10:00:00Z")
    branch.links.create(branch.apps.default, channel="a\ud800b")
    assert b",a?b," in content(branch, parts(branch, Kind.LINKS)[0])[1]


def run(code: str) -> Iterator[str]:
    """The lines that a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        timeout=100,
        cwd=ROOT,
    )
    yield from done.stdout.split()


def test_faker_is_imported_only_when_rows_are_invented() -> None:
    code = """
import sys
from datetime import date
from branch_mock import BranchMock
for rows in (0, 5):
    with BranchMock(export_rows=rows) as mock:
        mock.exports.read("links", "2016-01-19")
        print("faker" in sys.modules)
"""
    assert list(run(code)) == ["False", "True"]


def test_memory_stays_flat_however_many_rows() -> None:
    code = """
from datetime import date
from branch_mock import Branch, Settings
from branch_mock.domain.exports import Kind
from branch_mock.export_files.files import ExportFiles
from branch_mock.seeds import plant
from tests.benchmarks.memory import peak_mib
for rows in (5_000, 150_000):
    branch = Branch(Settings(export_rows=(30_000, 50_000, rows)))
    plant(branch)
    files = ExportFiles(branch)
    for file in branch.exports.files(branch.apps.default, date(2016, 1, 19))[Kind.EVENTS]:
        for _ in files.compressed(file):
            pass
    print(peak_mib())
"""
    small, large = map(float, run(code))
    assert large < 150
    assert large - small < 12
