"""The verbs of the command line against a running server (contract 12)."""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from branch_mock import BranchMock, NotReady, __version__
from branch_mock.cli import cli
from tests.client import Client
from tests.process import TIMEOUT, free_port, run

SEED = {"apps": [{"label": "zzzz", "links": [{"alias": "seeded"}]}]}


class Shell:
    """Runs verbs against one server, in this process."""

    def __init__(self, url: str) -> None:
        self.url = url

    def result(self, *words: str, **options: Any) -> Result:
        """How a command ended."""
        return CliRunner().invoke(cli, words, env={"BRANCH_MOCK_URL": self.url}, **options)

    def __call__(self, *words: str, **options: Any) -> str:
        """What a command printed; it succeeded."""
        done = self.result(*words, **options)
        assert done.exit_code == 0, done.output
        return done.stdout

    def json(self, *words: str) -> Any:
        """What it printed with --json."""
        return json.loads(self(*words, "--json"))


@pytest.fixture
def shell(mock: BranchMock) -> Shell:
    """Verbs against `mock`."""
    return Shell(mock.url)


def test_wait_says_when_the_server_is_ready(shell: Shell) -> None:
    assert shell("wait") == f"{shell.url} is ready: branch_mock {__version__}\n"
    assert shell("wait", shell.url) == shell("ready", shell.url) == shell("wait")
    assert shell.result("ready", "http://127.0.0.1:1").exit_code == 1
    assert shell.json("wait", "--timeout", "5") == {"status": "ok", "version": __version__}
    assert shell("ready") == shell("wait")
    assert shell.json("ready") == shell.json("wait")


def test_ready_tells_at_once_that_it_is_not(shell: Shell, mock: BranchMock) -> None:
    mock.branch.ready = False
    done = shell.result("ready")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "branch-mock: branch_mock is still loading its seeds; see /_mock/ready\n"
    assert shell("health").startswith(shell.url)
    with pytest.raises(NotReady):
        mock.ready()
    nobody = Shell(f"http://127.0.0.1:{free_port()}").result("ready")
    assert (nobody.exit_code, "refused" in nobody.stderr) == (1, True)


def test_a_page_may_be_a_file_for_its_owner_alone(
    shell: Shell, mock: BranchMock, tmp_path: Path
) -> None:
    path = tmp_path / "page.html"
    assert shell("docs", "--out", str(path)) == f"page written to {path}\n"
    assert path.read_text("utf-8") == mock.docs()
    assert path.stat().st_mode & 0o777 == 0o600
    assert shell.result("docs", "--python", "--out", "/no/such/folder/x").exit_code == 2
    alone = Shell(f"http://127.0.0.1:{free_port()}")
    assert alone("docs", "--python").startswith("<!doctype html>")
    assert alone.json("parity") == mock.parity()
    assert json.loads(alone("openapi")) == mock.openapi()
    assert alone.result("docs").exit_code == 1


def test_names_that_verbs_had_are_known_still(shell: Shell) -> None:
    assert shell("snapshot", "save", "a").startswith("snapshot a: ")
    assert "snapshot " not in shell("--help")


def test_wait_gives_up_in_time() -> None:
    done = Shell(f"http://127.0.0.1:{free_port()}").result("wait", "--timeout", "0.3")
    assert done.exit_code == 1
    assert "does not answer: Connection refused (waited 0.3 s)" in done.stderr


def test_reset_goes_back(shell: Shell, mock: BranchMock) -> None:
    mock.links.create(alias="gone")
    assert shell("reset", "--part", "journal") == f"3 apps, {count(mock)} links\n"
    assert mock.links.get("bnc.lt/gone").alias == "gone"
    shell("reset")
    assert not [link for link in mock.links.all() if link.alias == "gone"]
    app = mock.apps.mint()
    mock.links.create(app=app)
    shell("reset", "--key", app.key)
    assert mock.links.all(app=app) == []
    assert shell.json("reset", "--to", "empty") == {"apps": 1, "links": 0}


def count(mock: BranchMock) -> int:
    return len(mock.branch.links.all())


def test_seed_loads_a_file_or_the_standard_input(
    shell: Shell, mock: BranchMock, tmp_path: Path
) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED))
    links = count(mock)
    assert shell("seed", str(path), "--keep") == f"4 apps, {links + 1} links\n"
    mock.reset()
    assert count(mock) == links + 1
    refused = shell.result("seed", "-", input='{"apps": [{"colour": 1}]}')
    assert (refused.exit_code, refused.stderr) == (
        1,
        "branch-mock: apps[0].colour is not a known field\n",
    )


def test_state_goes_out_and_in(shell: Shell, mock: BranchMock, tmp_path: Path) -> None:
    mock.links.create(alias="kept")
    before, path = mock.branch.save(), str(tmp_path / "state.json")
    assert json.loads(shell("state")) == mock.state()
    assert shell("state", "--out", path) == f"state written to {path}\n"
    mock.reset()
    assert shell("state", "--in", path) == f"3 apps, {count(mock)} links\n"
    assert mock.branch.save() == before
    assert shell.result("state", "--out", "/no/such/folder/x").exit_code == 2


def test_snapshots_are_saved_listed_restored_and_deleted(shell: Shell, mock: BranchMock) -> None:
    links = count(mock)
    assert shell("snapshots", "save", "a") == f"snapshot a: 3 apps, {links} links\n"
    mock.links.create()
    assert shell("snapshots", "list").splitlines()[1].split() == [
        "a",
        "2016-01-20T12:00:00.000Z",
        "3",
        str(links),
    ]
    shell("snapshots", "restore", "a")
    assert count(mock) == links
    assert shell("snapshots", "delete", "a") == "1 removed\n"
    gone = shell.result("snapshots", "restore", "a")
    assert gone.exit_code == 1
    assert gone.stderr == "branch-mock: No snapshot 'a'; there are: none\n"


def test_the_clock_is_shown_and_moved(shell: Shell, mock: BranchMock) -> None:
    assert shell("clock") == "2016-01-20T12:00:00.000Z frozen\n"
    assert shell("clock", "set", "2016-01-21") == "2016-01-21T00:00:00.000Z frozen\n"
    assert shell("clock", "advance", "-1.5") == "2016-01-20T23:59:58.500Z frozen\n"
    assert shell.json("clock", "resume")["frozen"] is False
    assert shell.json("clock", "freeze", "2016-01-02")["now"] == "2016-01-02T00:00:00.000Z"
    assert shell("clock", "show") == "2016-01-02T00:00:00.000Z frozen\n"
    mock.branch.clock.resume()
    shell("clock", "freeze")
    assert mock.branch.clock.frozen


def test_faults_are_laid_listed_and_cleared(shell: Shell, client: Client) -> None:
    options = ("--status", "503", "--path", "/v1/*", "--first", "1", "--body", '{"a":1}')
    assert shell("faults", "add", "--id", "f", *options) == "f laid\n"
    reply = client._session.get(f"{client.url}/v1/url", timeout=TIMEOUT)
    assert (reply.status_code, reply.json()) == (503, {"a": 1})
    assert shell.json("faults", "list")[0]["hits"] == 1
    assert shell("faults", "list").split()[-7:] == ["503", "-", "-", "-", "first", "1", "1"]
    assert shell("faults", "clear", "f") == "1 removed\n"
    assert shell("faults", "list") == "ID  MATCH  STATUS  DELAY  CONNECTION  PHASE  WHEN  HITS\n"
    none = shell.result("faults", "clear", "f")
    assert (none.exit_code, none.stderr) == (1, "branch-mock: no fault 'f' is laid\n")
    shell(
        "faults", "add", "--limit", "5", "--window", "2.5", "--probability", "0.5", "--every", "3"
    )
    assert "every 3, probability 0.5, limit 5, window 2.5 s" in shell("faults", "list")


def test_requests_are_shown_by_filter(shell: Shell, client: Client) -> None:
    client.post("/v1/url", {"channel": "email"})
    client.get("/v1/credits", params={"branch_key": client.key, "identity": "ann"})
    views = shell.json("requests", "--path", "/v1/*", "--body", '{"channel":"email"}')
    assert [view["path"] for view in views] == ["/v1/url"]
    rows = shell("requests", "--method", "get").splitlines()
    assert len(rows) == 2
    assert rows[1].split()[2:5] == ["GET", "/v1/credits", "200"]
    assert shell("requests", "--clear") == "2 removed\n"


def test_webhooks_are_listed_and_redelivered(shell: Shell, mock: BranchMock) -> None:
    url = mock.webhooks.inbox_url("box")
    rule = {"event": "buy", "type": "web_hook", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, metadata={"web_hook_url": url})  # type: ignore[arg-type]
    mock.events.create("buy", "ann")
    mock.webhooks.wait()
    row = shell("webhooks", "list").splitlines()[1].split()
    assert row == ["1", "delivered", "buy", url, "1", "200", "-"]
    assert shell("webhooks", "redeliver", "1") == "webhook 1 pending\n"
    assert shell.json("webhooks", "list")[0]["attempts"][0]["status"] == 200
    assert shell.result("webhooks", "redeliver", "9").exit_code == 1
    mock.webhooks.wait()
    shown = shell("webhooks", "inbox", "box").splitlines()
    assert len(shown) == 3
    assert '"event": "buy"' in shown[1]
    assert shell.json("webhooks", "inbox", "box")[0]["body"]["event"] == "buy"
    assert shell("webhooks", "collect", "box", '{"by": "hand"}') == "collected in box\n"
    assert mock.webhooks.inbox("box")[-1].body == {"by": "hand"}
    assert shell("webhooks", "empty-inbox", "box") == "3 removed\n"
    assert mock.webhooks.inbox("box") == []


def test_health_is_told_as_text_and_json(shell: Shell) -> None:
    assert shell("health") == f"{shell.url} is up: branch_mock {__version__}\n"
    assert shell.json("health") == {"status": "ok", "version": __version__}
    nobody = Shell(f"http://127.0.0.1:{free_port()}")
    assert nobody("health", shell.url) == nobody("health", "--url", shell.url) == shell("health")


def test_the_examples_of_simulate_can_be_run(shell: Shell) -> None:
    program = "branch-mock "
    lines = [line.strip() for line in shell("simulate", "--help").splitlines()]
    examples = [line.removeprefix(program) for line in lines if line.startswith(program)]
    assert len(examples) == 4
    for example in examples:
        words = shlex.split(example.replace("http://127.0.0.1:8080", shell.url))
        assert shell(*words), example


def test_simulate_posts_what_it_is_given(shell: Shell) -> None:
    told = shell("simulate", "referral", "referrer=ann", 'referred="ben"')
    assert told == "referrer: ann\nreferred: ben\n"
    refused = shell.result("simulate", "referral", "referrer=ann")
    assert (refused.exit_code, refused.stderr) == (1, "branch-mock: referred is required\n")
    assert shell.result("simulate", "referral", "ann").exit_code == 2


def test_apps_are_listed_and_minted(shell: Shell, mock: BranchMock) -> None:
    minted = shell("apps", "mint", "--test", "--config", '{"app_name":"Mine"}')
    app = mock.apps.all()[-1]
    assert minted == f"key     {app.key}\nsecret  {app.secret}\n"
    assert app.key.startswith("key_test_")
    assert [view["branch_key"] for view in shell.json("apps", "list")] == [
        app.key for app in mock.apps.all()
    ]
    assert shell("apps", "list").splitlines()[-1].split()[3] == "Mine"


# how commands end


@pytest.mark.parametrize(
    "words",
    [
        ("seed", "/no/such/file"),
        ("state", "--in", __file__),
        ("faults", "add", "--body", "{"),
        ("faults", "add", "--delay", "soon"),
        ("webhooks", "collect", "box", "{"),
        ("reset", "--to", "nowhere"),
        ("clock", "advance", "soon"),
        ("reset", "--url", "localhost:80"),
    ],
)
def test_wrong_usage_ends_with_2(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.result(*words)
    assert done.exit_code == 2
    assert done.stdout == ""


def test_a_process_ends_alike(mock: BranchMock) -> None:
    done = run("snapshots", "restore", "gone", BRANCH_MOCK_URL=mock.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "branch-mock: No snapshot 'gone'; there are: none\n"
    done = run("seed", "/no/such/file")
    assert done.returncode == 2
    assert done.stderr == (
        "branch-mock: Invalid value for 'FILE': /no/such/file: No such file or directory\n"
    )


def test_verbs_import_no_server() -> None:
    heavy = "{'aiohttp', 'jsonschema', 'jsonschema_rs', 'msgspec', 'rich', 'asyncio'}"
    code = f"import sys, branch_mock.cli; print({heavy} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_the_shell_completes_verbs() -> None:
    told = run(_BRANCH_MOCK_COMPLETE="bash_complete", COMP_WORDS="branch-mock sna", COMP_CWORD="1")
    assert told.stdout == "plain,snapshots\n"


def test_a_table_is_drawn_on_a_terminal(
    mock: BranchMock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mock.snapshots.save("checkpoint")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    cli(["snapshots", "list", "--url", mock.url], standalone_mode=False)
    assert "checkpoint" in capsys.readouterr().out
