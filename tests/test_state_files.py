"""State that outlives the process: --import and --export-on-exit (contract 12)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from branch_mock import BranchMock, SettingsError
from tests.process import TIMEOUT, client_of, run, serving

HANGS_IN_FSYNC = """
import os, sys
from branch_mock import BranchMock
def hang(number):
    print("writing", flush=True)
    sys.stdin.read()
os.fsync = hang
with BranchMock(export_on_exit=sys.argv[1]) as mock:
    mock.links.create(alias="never-seen")
"""


def test_a_server_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    path = str(tmp_path / "state.json")
    options = ("--port", "0", "--import", path, "--export-on-exit", path)
    with serving(*options) as served, client_of(served) as client:
        assert client.post("/v1/url", {"alias": "kept"}).status_code == 200
        assert served.end()[0] == 0
    assert Path(path).stat().st_mode & 0o077 == 0
    with serving(*options) as served, client_of(served) as client:
        query = {"url": "bnc.lt/kept", "branch_key": client.key}
        assert client.get("/v1/url", params=query).status_code == 200
        client.call("POST", "/_mock/reset")
        assert client.get("/v1/url", params=query).status_code == 200


def test_seeds_that_code_gives_come_before_an_import(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text("no document")
    with BranchMock(import_file=str(path), seeds=["empty"]) as mock:
        assert mock.links.all() == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file or directory"),
        ("{", "Invalid JSON"),
        ("[]", "The body must be a JSON object"),
        ("{}", "format is required"),
        ("\udcff", "can't decode byte 0xff"),
    ],
)
def test_a_bad_file_stops_the_start(tmp_path: Path, text: str | None, reason: str) -> None:
    path = tmp_path / "state.json"
    if text is not None:
        path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError, match="import_file: ") as refused:
        BranchMock(import_file=str(path))
    assert reason in str(refused.value)


def test_the_command_ends_with_2_for_a_bad_file(tmp_path: Path) -> None:
    done = run("serve", "--port", "0", "--import", str(tmp_path / "none"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("branch-mock: import_file: ")


def test_a_kill_while_writing_leaves_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    with BranchMock(export_on_exit=str(path)) as mock:
        mock.links.create(alias="old")
    old = path.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-c", HANGS_IN_FSYNC, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        process.kill()
        process.wait(TIMEOUT)
    assert path.read_bytes() == old
    with BranchMock(import_file=str(path), export_on_exit=str(path)) as mock:
        assert mock.links.get("bnc.lt/old").alias == "old"
        mock.links.create(alias="new")
    aliases = [link.get("alias") for link in json.loads(path.read_bytes())["state"]["links"]]
    assert {"old", "new"} <= set(aliases)
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


def test_what_an_earlier_try_left_is_neither_read_nor_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "state.json", tmp_path / "elsewhere"
    elsewhere.write_text("untouched")
    (tmp_path / "state.json.part").symlink_to(elsewhere)
    path.write_text("old")
    path.chmod(0o644)
    with BranchMock(export_on_exit=str(path)) as mock:
        state = mock.state()
    assert json.loads(path.read_bytes()) == state
    assert path.stat().st_mode & 0o077 == 0
    assert elsewhere.read_text() == "untouched"
    assert {item.name for item in tmp_path.iterdir()} == {"state.json", "elsewhere"}


def test_a_device_stays_one() -> None:
    with BranchMock(export_on_exit="/dev/null"):
        assert not Path("/dev/null").is_file()
    assert not Path("/dev/null").is_file()


async def test_an_async_server_writes_too(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    async with BranchMock(export_on_exit=str(path)) as mock:
        state = mock.state()
    assert json.loads(path.read_bytes()) == state


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    mock = BranchMock(export_on_exit=str(folder / "state.json")).start()
    folder.rmdir()
    with pytest.raises(SettingsError, match=r"export_on_exit: .*No such file"):
        mock.stop()


def test_a_folder_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"export_on_exit: .*: there is no such folder$"):
        BranchMock(export_on_exit=str(tmp_path / "no" / "state.json"))
