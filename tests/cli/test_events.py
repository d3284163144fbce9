"""`branch-mock events` and `requests --follow`: lines while things happen (contract 12)."""

import json
import subprocess
from signal import SIGINT
from typing import Any

import pytest
from click.testing import CliRunner, Result

from branch_mock import BranchMock
from branch_mock.cli import cli
from branch_mock.live import KINDS
from tests.client import Client
from tests.listening import stop_once_listened_to
from tests.process import SCRIPT, TIMEOUT, Lines, serving


def typed(mock: BranchMock, *words: str) -> Result:
    """How a command ended."""
    return CliRunner().invoke(cli, words, env={"BRANCH_MOCK_URL": mock.url})


def do_everything(mock: BranchMock) -> None:
    """One live event of each kind."""
    rule: Any = {"event": "buy", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, type="credit", metadata={"amount": 5})
    mock.rules.create(
        **rule, type="web_hook", metadata={"web_hook_url": mock.webhooks.inbox_url("box")}
    )
    mock.events.create("buy", "ann")
    mock.webhooks.wait()
    client = Client(mock.url, mock.app.key, mock.app.secret)
    client.get("/test-link")
    client.close()
    mock.clock.advance(1)
    mock.seed({})
    mock.reset(["faults"])


def test_a_line_tells_what_happened(mock: BranchMock) -> None:
    url = mock.webhooks.inbox_url("box")
    stop_once_listened_to(mock, lambda: do_everything(mock))
    done = typed(mock, "events")
    reward, webhook, click, request, clock, state, reset = done.stdout.splitlines()
    words = reward.split()
    assert words[:2] == ["1", "reward"]
    assert '"amount": 5' in reward
    assert webhook == f"2 webhook 1 delivered {url}"
    assert click.startswith("3 click 2016-01-20T12:00:00.000Z test-link python-requests/")
    assert request.startswith("4 request 2016-01-20T12:00:00.000Z GET /test-link 307 click ")
    assert clock == "5 clock advance 2016-01-20T12:00:01.000Z"
    assert state == "6 state seed"
    assert reset == '7 reset ["faults"]'
    assert {line.split()[1] for line in done.stdout.splitlines()} == set(KINDS)


def test_a_server_that_stops_is_told(mock: BranchMock) -> None:
    stop_once_listened_to(mock)
    url = mock.url
    done = typed(mock, "events")
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == f"branch-mock: {url} has stopped\n"


def test_kinds_are_chosen_and_json_is_a_line_each(mock: BranchMock) -> None:
    mock.reset(["faults"])
    mock.clock.advance(1)
    stop_once_listened_to(mock, lambda: mock.reset(["journal"]))
    options = ("--kinds", "reset", "--kinds", "state", "--after", "0", "--json")
    done = typed(mock, "events", *options)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": 1, "kind": "reset", "data": {"parts": ["faults"]}},
        {"id": 3, "kind": "reset", "data": {"parts": ["journal"]}},
    ]


def test_what_was_missed_is_told(mock: BranchMock) -> None:
    for _ in range(1001):
        mock.reset(["faults"])
    stop_once_listened_to(mock)
    assert typed(mock, "events", "--after", "0").stdout.startswith("- missed 1\n2 reset ")


@pytest.mark.parametrize("words", [("--kinds", "nothing"), ("--after", "-1")])
def test_wrong_usage_ends_with_2(mock: BranchMock, words: tuple[str, ...]) -> None:
    assert typed(mock, "events", *words).exit_code == 2


def test_ctrl_c_ends_it(mock: BranchMock) -> None:
    mock.reset(["faults"])
    with listener(mock.url) as process:
        assert Lines(process.stdout).next() == '1 reset ["faults"]'  # type: ignore[arg-type]
        process.send_signal(SIGINT)
        assert process.wait(TIMEOUT) == 130
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


def test_a_server_that_breaks_off_is_an_error() -> None:
    with serving("--port", "0") as served:
        client = Client(served.url, served.key, served.secret)
        client.call("POST", "/_mock/reset", json={"parts": ["faults"]})
        client.close()
        with listener(served.url) as process:
            Lines(process.stdout).next()  # type: ignore[arg-type]
            served.process.kill()
            assert process.wait(TIMEOUT) == 1
            assert process.stderr is not None
            told = process.stderr.read()
    assert told.startswith(f"branch-mock: {served.url} does not answer any more: ")
    assert told.count("\n") == 1


def listener(url: str) -> "subprocess.Popen[str]":
    """`branch-mock events` as a process of its own."""
    command = [SCRIPT, "events", "--after", "0", "--url", url]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env={})


def test_follow_prints_requests_until_the_server_stops(mock: BranchMock) -> None:
    client = Client(mock.url, mock.app.key, mock.app.secret)

    def work() -> None:
        client.get("/test-link")
        params = {"branch_key": client.key, "identity": "ann"}
        client.get("/v1/credits", params=params, headers={"X-Own": "yes"})
        client.get("/v1/credits", params=params)
        client.close()

    stop_once_listened_to(mock, work)
    done = typed(mock, "requests", "--follow", "--path", "/v1/*", "--headers", '{"x-own": "y*"}')
    assert done.stdout == "2016-01-20T12:00:00.000Z GET /v1/credits 200\n"


@pytest.mark.parametrize(
    "words", [("--follow", "--count"), ("--count", "--after", "1"), ("--clear", "--path", "/x")]
)
def test_what_does_not_go_together_is_refused(mock: BranchMock, words: tuple[str, ...]) -> None:
    done = typed(mock, "requests", *words)
    assert done.exit_code == 2
