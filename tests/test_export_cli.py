"""`branch-mock export` and the settings of exports (contract 10)."""

import gzip
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from branch_mock import BranchMock, FrozenClock, Settings, SettingsError
from branch_mock.cli import cli

KEYS = {
    "first": "key_live_feebgAAhbH9Tv85H5wLQhpdaefiZv5Dv",
    "second": "key_live_lceUuShIL0u4VHJv8BwEQmaitBfAXqCZ",
}
WORDS = ("links", "link_clicks", "events")


def export(out: Path, *arguments: str, day: str = "2016-01-19", **env: str) -> Result:
    """Run the command."""
    command = ["export", "--date", day, "--out", str(out), *arguments]
    return CliRunner(env=env).invoke(cli, command)


def lines(out: Path, word: str) -> int:
    """How many rows the files of a kind have."""
    found = list(out.glob(f"*-{word}-*.csv.gz"))
    assert found
    return sum(gzip.decompress(path.read_bytes()).count(b"\r\n") - 1 for path in found)


def test_the_files_are_those_that_a_server_serves(tmp_path: Path, clock: FrozenClock) -> None:
    done = export(tmp_path)
    assert done.exit_code == 0, done.output
    with BranchMock(clock=clock) as mock:
        urls = [url for urls in mock.exports.request("2016-01-19").values() for url in urls]
        assert {path.name for path in tmp_path.iterdir()} == {
            url.rpartition("/")[2] for url in urls
        }
        for kind, word in (("links", "links"), ("clicks", "link_clicks"), ("events", "events")):
            assert lines(tmp_path, word) == len(mock.exports.read(kind, "2016-01-19"))  # type: ignore[arg-type]
    for path in tmp_path.iterdir():
        assert str(path) in done.output
    assert "100 rows" in done.output


@pytest.mark.parametrize(
    ("rows", "counts"), [("500", (100, 250, 500)), ("3,4,5", (3, 4, 5)), ("0", (0, 0, 0))]
)
def test_rows(tmp_path: Path, rows: str, counts: tuple[int, int, int]) -> None:
    assert export(tmp_path, "--rows", rows).exit_code == 0
    assert tuple(lines(tmp_path, word) for word in WORDS) == counts


def test_options_and_environment(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    options = ("--key", KEYS["second"], "--rows-per-file", "4", "--profile", "observed")
    assert export(folder, *options, BRANCH_MOCK_EXPORT_ROWS="1,2,9").exit_code == 0
    names = sorted(path.name[: -len("-" + "0" * 64 + ".csv.gz")] for path in folder.iterdir())
    start = "200176402304102400-2016-01-19"
    words = ("click-v2", "event-1-v2", "event-2-v2", "event-v2", "link-v2")
    assert names == [f"{start}-{word}" for word in words]


def test_another_seed_writes_other_files(tmp_path: Path) -> None:
    export(tmp_path / "a")
    export(tmp_path / "b", "--random-seed", "1")
    names = [{path.name for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert not names[0] & names[1]


def test_files_are_written_anew_and_nothing_else_is_left(tmp_path: Path) -> None:
    export(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    next(iter(before)).write_bytes(b"old")
    export(tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--date", "2016-02-30"), "export_date must be a day of the calendar, got '2016-02-30'"),
        (("--date", "2014-01-01"), "export_date must be from 2014-05-30 to 2083-01-01"),
        (("--rows", "1,2"), "export_rows: must be LINKS,CLICKS,EVENTS or one number of events"),
        (("--rows", "10000001"), "each from 0 to 10000000, got '10000001'"),
        (("--rows", "-1"), "export_rows: must be"),
        (("--rows-per-file", "0"), "export_rows_per_file: must be a whole number from 1 to"),
        (("--key", "nobody"), "Invalid or missing app id, Branch key, or secret"),
        (("--seed", "/no/such/file"), "/no/such/file: cannot be read"),
    ],
)
def test_what_cannot_be_done_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    done = export(tmp_path, *arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = export(tmp_path / "file")
    assert done.exit_code == 2
    assert "out: cannot write" in done.output


def test_a_bar_is_drawn_for_those_who_watch(tmp_path: Path) -> None:
    reader, writer = pty.openpty()
    command = [sys.executable, "-m", "branch_mock", "export", "--date", "2016-01-19"]
    subprocess.run([*command, "--out", tmp_path], stderr=writer, check=True, timeout=60)
    os.close(writer)
    assert b"Writing" in os.read(reader, 65536)
    os.close(reader)
    done = subprocess.run(
        [*command, "--out", tmp_path], capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (0, (0, 0, 0)),
        (1000, (200, 500, 1000)),
        ("7, 8,9", (7, 8, 9)),
        ((1, 2, 3), (1, 2, 3)),
        ([4, 5, 6], (4, 5, 6)),
    ],
)
def test_export_rows_can_be_given_in_several_ways(given: Any, rows: tuple[int, int, int]) -> None:
    assert Settings(export_rows=given).export_rows == rows


@pytest.mark.parametrize(
    "given", ["", "a", "1,2", "1,2,3,4", -1, (1, 2, -3), True, 1.5, None, "9" * 99]
)
def test_bad_export_rows(given: Any) -> None:
    with pytest.raises(SettingsError, match="export_rows: must be LINKS,CLICKS,EVENTS or one"):
        Settings(export_rows=given)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("export_rows_per_file", 0),
        ("export_rows_per_file", 10_000_001),
        ("export_retention_days", 0),
        ("export_retention_days", 366),
        ("export_ready_hour", -1),
        ("export_ready_hour", 24),
        ("export_ready_hour", "7"),
    ],
)
def test_bad_settings(name: str, bad: Any) -> None:
    with pytest.raises(SettingsError, match=f"^{name}: must be a whole number from .* got {bad!r}"):
        Settings(**{name: bad})


def test_settings_come_from_the_environment() -> None:
    settings = Settings.from_env(
        {
            "BRANCH_MOCK_EXPORT_ROWS": "1,2,3",
            "BRANCH_MOCK_EXPORT_ROWS_PER_FILE": "10",
            "BRANCH_MOCK_EXPORT_RETENTION_DAYS": "30",
            "BRANCH_MOCK_EXPORT_READY_HOUR": "8",
        }
    )
    assert settings.export_rows == (1, 2, 3)
    assert settings.export_rows_per_file == 10
    assert settings.export_retention_days == 30
    assert settings.export_ready_hour == 8
    with pytest.raises(
        SettingsError, match="BRANCH_MOCK_EXPORT_READY_HOUR: must be a whole number"
    ):
        Settings.from_env({"BRANCH_MOCK_EXPORT_READY_HOUR": "seven"})
