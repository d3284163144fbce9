"""How fast rows of events are invented, beside two baselines in the same run.

`python -m tests.benchmarks.exports --rows 1000000`. The baselines: one call of Faker's for each
cell, and Python's csv and gzip alone, which write the same row again and again. All three write 53
columns and use the same level of gzip. Exits non-zero when a target is missed.
"""

import argparse
import csv
import gzip
import io
import sys
from collections.abc import Callable, Iterable
from datetime import date

from faker import Faker

from branch_mock import Branch, FrozenClock, Settings
from branch_mock.clock import Stopwatch
from branch_mock.domain.export_columns import COLUMNS, cell
from branch_mock.domain.exports import Kind
from branch_mock.export_files.files import GZIP_LEVEL, ExportFiles
from branch_mock.seeds import plant
from tests.benchmarks.memory import peak_mib

DAY = date(2016, 1, 19)
MIN_OVER_FAKER, MIN_OVER_CSV, MAX_MIB = 60, 0.6, 150
_NAIVE_ROWS = 2_000
_CSV_ROWS = 200_000
_COLUMNS = COLUMNS["documented"][Kind.EVENTS]
_Row = list[str]


def invented(rows: int) -> float:
    """Rows per second of whole event files, from nothing: the pools are part of it."""
    watch = Stopwatch()
    branch = Branch(Settings(export_rows=rows), clock=FrozenClock("2016-01-20T12:00:00Z"))  # type: ignore[arg-type]
    plant(branch)
    files, size = ExportFiles(branch), 0
    parts = branch.exports.files(branch.apps.default, DAY)[Kind.EVENTS]
    for part in parts:
        size += sum(map(len, files.compressed(part)))
    speed = rows / watch.ms() * 1000
    print(
        f"invented   {rows:>9,} rows in {len(parts)} files, {size / 2**20:.1f} MiB: {speed:,.0f}/s"
    )
    return speed


def written(name: str, rows: Iterable[_Row]) -> float:
    """Rows per second through csv and gzip."""
    watch, count, sink = Stopwatch(), 0, io.BytesIO()
    with (
        gzip.GzipFile("", "wb", GZIP_LEVEL, sink) as packed,
        io.TextIOWrapper(packed, "utf-8", newline="") as text,
    ):
        writer = csv.writer(text)
        for row in rows:
            writer.writerow(row)
            count += 1
    speed = count / watch.ms() * 1000
    print(f"{name:<10} {count:>9,} rows: {speed:,.0f}/s")
    return speed


def constant(rows: int) -> Iterable[_Row]:
    """One invented row, again and again."""
    branch = Branch(Settings(export_rows=100), clock=FrozenClock("2016-01-20T12:00:00Z"))  # type: ignore[arg-type]
    plant(branch)
    file = branch.exports.files(branch.apps.default, DAY)[Kind.EVENTS][0]
    text = gzip.decompress(b"".join(ExportFiles(branch).compressed(file))).decode()
    row = list(csv.reader(io.StringIO(text, newline="")))[50]
    return (row for _ in range(rows))


def naive(rows: int) -> Iterable[_Row]:
    """Rows with one call of Faker's for each cell."""
    fake = Faker()
    fake.seed_instance(0)
    makers = [_maker(fake, column) for column in _COLUMNS]
    return ([cell(make()) for make in makers] for _ in range(rows))


def _maker(fake: Faker, column: str) -> Callable[[], object]:
    """What one would call for a column of that name."""
    by_end: dict[str, Callable[[], object]] = {
        "timestamp": lambda: fake.date_time().isoformat(),
        "params": lambda: {"utm_source": fake.word()},
        "metadata": lambda: {"name": fake.name(), "city": fake.city()},
        "data": lambda: {"article_id": fake.numerify("####"), "city": fake.city()},
        "tags": lambda: [fake.word()],
        "user_agent": fake.user_agent,
        "ip_address": fake.ipv4_public,
        "url": fake.url,
        "hardware_id": fake.uuid4,
        "advertising_id": fake.uuid4,
        "developer_identity": fake.user_name,
        "_id": lambda: fake.random_int(10**17, 10**18),
        "_version": lambda: fake.numerify("#.#.#"),
        "_os": lambda: fake.random_element(("iOS", "Android")),
    }
    return next((make for end, make in by_end.items() if column.endswith(end)), fake.word)


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000, help="rows of events to invent")
    rows = parser.parse_args().rows
    ours = invented(rows)
    peak = peak_mib()
    bare = written("csv+gzip", constant(min(rows, _CSV_ROWS)))
    faked = written("Faker", naive(_NAIVE_ROWS))
    print(f"gzip level {GZIP_LEVEL}, {len(_COLUMNS)} columns")
    print(f"over Faker for each cell   {ours / faked:8.1f} x   (at least {MIN_OVER_FAKER})")
    print(f"over csv+gzip, one row     {ours / bare:8.2f} x   (at least {MIN_OVER_CSV})")
    print(f"peak memory                {peak:8.1f} MiB (at most {MAX_MIB})")
    if ours < MIN_OVER_FAKER * faked or ours < MIN_OVER_CSV * bare or peak > MAX_MIB:
        sys.exit("missed")


if __name__ == "__main__":
    main()
