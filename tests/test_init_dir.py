"""The init directory: its files are seeds, loaded at the start in the order of their names."""

import json
from pathlib import Path

import pytest

from branch_mock import Branch, FrozenClock, SeedError, Settings
from branch_mock.seeds import plant
from tests.process import client_of, run, serving

KEY = "key_live_" + "i" * 32


def app(**fields: object) -> str:
    """A seed that says something of one app."""
    return json.dumps({"apps": [{"branch_key": KEY, **fields}]})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An init directory whose second file needs the first, and with what is no seed."""
    folder = tmp_path / "docker-entrypoint-init.d"
    folder.mkdir()
    (folder / "20-users.json").write_text(
        app(users=[{"identity": "ben", "referred_by": "ann"}], links=[{"alias": "second"}])
    )
    (folder / "10-app.json").write_text(app(users=[{"identity": "ann"}], config={"app_name": "I"}))
    (folder / "README.txt").write_text("not a seed")
    (folder / ".10-app.json.swp").write_text("not a seed")
    (folder / "._10-app.json").write_text("not a seed")
    return folder


def test_a_served_process_loads_its_files_in_the_order_of_their_names(folder: Path) -> None:
    arguments = ("--port", "0", "--seed", "empty", "--init-dir", str(folder))
    with serving(*arguments) as served, client_of(served) as client:
        assert served.key == KEY
        query = {"url": "https://bnc.lt/second", "branch_key": KEY}
        assert client.get("/v1/url", params=query).status_code == 200
        apps = client.get("/_mock/apps").json()
        assert [one["branch_key"] for one in apps] == [KEY]
        assert client.call("POST", "/_mock/reset", json={}).json() == {"apps": 1, "links": 1}


def test_they_come_after_the_seeds_and_by_the_environment_too(folder: Path) -> None:
    environment = {"BRANCH_MOCK_INIT_DIR": str(folder)}
    with serving("--port", "0", environment=environment) as served, client_of(served) as client:
        keys = [one["branch_key"] for one in client.get("/_mock/apps").json()]
        assert (len(keys), keys[-1]) == (4, KEY)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (app(users=[{"identity": "x", "referred_by": "nobody"}]), "apps[0].users[0].referred_by"),
        ('{\n "apps": [,]}', "line 2 column 11"),
    ],
)
def test_a_bad_file_stops_the_start_and_is_named_with_the_place(
    folder: Path, text: str, place: str
) -> None:
    bad = folder / "30-bad.json"
    bad.write_text(text)
    done = run("serve", "--port", "0", "--init-dir", str(folder))
    assert done.returncode == 2
    assert f"branch-mock: {bad}: {place}: " in done.stderr
    assert "listens" not in done.stdout


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file or directory"), ("10-app.json", "Not a directory")],
)
def test_a_folder_that_is_none_stops_the_start(folder: Path, name: str, reason: str) -> None:
    done = run("serve", "--port", "0", "--init-dir", str(folder / name))
    assert done.returncode == 2
    assert f"branch-mock: {folder / name}: cannot be read: {reason}" in done.stderr


def test_all_or_nothing(folder: Path, clock: FrozenClock) -> None:
    (folder / "30-bad.json").write_text("[]")
    branch = Branch(Settings(init_dir=str(folder)), clock=clock)
    with pytest.raises(SeedError, match=r"30-bad\.json"):
        plant(branch)
    assert branch.apps.all() == []


def test_seeds_that_are_given_to_a_server_stand_for_those_of_the_settings(
    folder: Path, clock: FrozenClock
) -> None:
    branch = Branch(Settings(init_dir=str(folder)), clock=clock)
    plant(branch, ["demo"])
    assert KEY not in [one.key for one in branch.apps.all()]
