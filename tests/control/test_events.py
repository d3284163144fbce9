"""Live events, server-sent (contract 12)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from branch_mock.live import MAX_EVENTS
from tests.client import TIMEOUT, Client

Event = tuple[int | None, str, Any]


class Stream:
    """The events of one listener, read when they are asked for."""

    def __init__(self, response: requests.Response) -> None:
        self._lines = response.iter_lines(chunk_size=1, decode_unicode=True)
        self.response = response
        assert next(self._lines) == ": branch_mock"

    def next(self) -> Event:
        """The next event: id, kind and data. Fails when none comes."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                id_ = fields.get("id")
                number = None if id_ is None else int(id_)
                return number, fields["event"], json.loads(fields["data"])
        raise EOFError

    def kinds(self, number: int) -> list[str]:
        """The kinds of the next events."""
        return [self.next()[1] for _ in range(number)]


@contextmanager
def listening(mock: BranchMock, query: str = "", last: int | None = None) -> Iterator[Stream]:
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    url = f"{mock.url}/_mock/events{query}"
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as response:
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        yield Stream(response)


def test_everything_that_happens_is_told(client: Client, mock: BranchMock) -> None:
    rule: Any = {"event": "buy", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, type="credit", metadata={"amount": 5})
    with listening(mock) as stream:
        client.get("/test-link", headers={"User-Agent": "Mozilla/5.0"})
        _, kind, click = stream.next()
        assert (kind, click["path"]) == ("click", "test-link")
        _, kind, request = stream.next()
        assert (kind, request["path"], request["status"]) == ("request", "/test-link", 307)
        mock.events.create("buy", "ann")
        _, kind, reward = stream.next()
        assert (kind, reward["transaction"]["amount"]) == ("reward", 5)
        client.call("POST", "/_mock/clock", json={"advance": 1})
        assert stream.next()[2]["now"] == "2016-01-20T12:00:01.000Z"
        mock.branch.clock.set("2016-01-20T13:00:00Z")
        moved = {"verb": "set", "now": "2016-01-20T13:00:00.000Z", "happened": []}
        assert stream.next()[1:] == ("clock", moved)
        mock.snapshots.save("a")
        mock.snapshots.restore("a")
        mock.seed({})
        mock.put_state(mock.state())
        assert [stream.next()[2]["verb"] for _ in range(3)] == ["restore", "seed", "put"]
        mock.reset(["journal"])
        assert stream.next()[1:] == ("reset", {"parts": ["journal"]})


def test_webhook_attempts_are_told(mock: BranchMock) -> None:
    rule: Any = {"event": "buy", "type": "web_hook", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, metadata={"web_hook_url": mock.webhooks.inbox_url("x")})
    with listening(mock, "?kinds=webhook") as stream:
        mock.events.create("buy", "ann")
        assert stream.next()[2]["state"] == "delivered"


def test_what_was_undone_is_not_told(client: Client, mock: BranchMock) -> None:
    with listening(mock, "?kinds=reward&kinds=request") as stream:
        client.post("/v1/redeem", {"identity": "nobody", "amount": 1})
        assert stream.next()[2]["status"] == 402


def test_a_listener_may_come_back_to_where_it_was(mock: BranchMock) -> None:
    with listening(mock, "?kinds=reset") as stream:
        mock.reset(["journal"])
        last = stream.next()[0]
    mock.reset(["faults"])
    mock.reset(["webhooks"])
    with listening(mock, last=last) as stream:
        assert [stream.next()[2]["parts"] for _ in range(2)] == [["faults"], ["webhooks"]]
    with listening(mock, f"?after={last}") as stream:
        assert stream.next()[2] == {"parts": ["faults"]}


def test_a_listener_that_fell_behind_is_told_how_far(mock: BranchMock) -> None:
    for _ in range(MAX_EVENTS + 7):
        mock.reset(["faults"])
    with listening(mock, "?after=0") as stream:
        assert stream.next() == (None, "missed", 7)
        assert stream.next()[0] == 8


def test_a_slow_listener_holds_nobody_up(client: Client, mock: BranchMock) -> None:
    """What it is sent is more than sockets hold, so the server has to wait for it, aside."""
    with listening(mock) as slow:
        body = {"data": {"text": "x" * 16_000}}
        for _ in range(600):
            assert client.post("/v1/url", body).status_code == 200
        assert slow.next()[1] == "request"


@pytest.mark.parametrize("query", ["?kinds=nothing", "?after=soon"])
def test_a_bad_question_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/_mock/events{query}").status_code == 400


def test_a_stop_ends_listening_at_once() -> None:
    mock = BranchMock().start()
    with listening(mock) as stream:
        watch = Stopwatch()
        mock.stop()
        with pytest.raises(EOFError):
            stream.next()
        assert watch.ms() < 1000
    assert mock.emulator.live._listeners == set()


def test_no_secret_is_in_what_is_told(client: Client, mock: BranchMock) -> None:
    rule: Any = {"event": "buy", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, type="credit", metadata={"amount": 5})
    with listening(mock) as stream:
        client.get("/test-link", headers={"User-Agent": f"app {mock.app.secret}"})
        mock.events.create("buy", "ann", {"password": "hush-hush", "note": mock.app.secret})
        told = [stream.next() for _ in range(3)]
    assert [kind for _, kind, _ in told] == ["click", "request", "reward"]
    assert told[2][2]["event"]["metadata"] == {"password": "***", "note": "secret_live_***"}
    assert mock.app.secret[12:] not in json.dumps(told)
