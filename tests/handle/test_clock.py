"""`mock.clock`: the emulated time under the tester's hand (contract 12)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from branch_mock import BranchMock, BranchMockError, FrozenClock, InvalidBody, InvalidRequest
from tests.client import TIMEOUT, Client

NOON = datetime(2016, 1, 20, 12, tzinfo=UTC)


def test_it_tells_and_moves_the_time(mock: BranchMock) -> None:
    assert mock.clock.now() == NOON
    assert mock.clock.frozen
    assert mock.clock.advance(90) == NOON + timedelta(seconds=90)
    assert mock.clock.advance(timedelta(hours=-1)) == NOON + timedelta(seconds=90, hours=-1)
    assert mock.clock.set("2020-02-29") == datetime(2020, 2, 29, tzinfo=UTC)
    assert mock.clock.freeze(NOON) == NOON
    assert mock.clock.resume() >= NOON
    assert not mock.clock.frozen
    later = mock.clock.freeze()
    assert mock.clock.now() == later


def test_a_resumed_clock_runs_on_from_where_it_stood(mock: BranchMock) -> None:
    mock.clock.freeze("2016-02-01T00:00:00Z")
    assert mock.clock.resume() - datetime(2016, 2, 1, tzinfo=UTC) < timedelta(minutes=1)


def test_ids_and_answers_follow_it(mock: BranchMock, client: Client) -> None:
    mock.clock.set("2018-03-04T05:06:07Z")
    answer = client.post("/v1/url", {"alias": "dated"})
    assert answer.headers["Date"] == "Sun, 04 Mar 2018 05:06:07 GMT"
    assert mock.links.get(answer.json()["url"]).created_ms == 1520139967000
    assert mock.requests.all()[-1].at_ms == 1520139967000


def test_it_tells_what_fell_due(mock: BranchMock) -> None:
    fault = mock.faults.add({"path": "/v1/nowhere"}, id="busy", status=429, limit=1, window=60)
    with requests.Session() as session:
        session.trust_env = False
        for _ in range(2):
            session.get(f"{mock.url}/v1/nowhere", timeout=TIMEOUT)
    assert mock.faults.hits(fault) == 1
    mock.clock.advance(30)
    assert mock.clock.happened == []
    mock.clock.advance(30)
    (happened,) = mock.clock.happened
    assert happened.view() == {
        "date": "2016-01-20T12:01:00.000Z",
        "what": "busy counts requests anew",
    }


@pytest.mark.parametrize(
    ("verb", "value", "field"),
    [
        ("freeze", "noon", "freeze"),
        ("freeze", "", "freeze"),
        ("freeze", "1999-01-01", "freeze"),
        ("freeze", 5, "freeze"),
        ("set", "2016-02-30", "set"),
        ("set", datetime(2090, 1, 1, tzinfo=UTC), "set"),
        ("set", "9999-12-31T23:59:59-23:59", "set"),
        ("set", "0001-01-01T00:00:00+23:59", "set"),
        ("set", None, "set"),
        ("advance", 1e10, "advance"),
        ("advance", timedelta(days=-4000), "advance"),
        ("advance", "1", "advance"),
        ("advance", True, "advance"),
    ],
)
def test_what_is_no_time_is_refused_and_changes_nothing(
    mock: BranchMock, verb: str, value: Any, field: str
) -> None:
    with (
        pytest.raises(InvalidRequest, match=field)
        if value is not None
        else pytest.raises(BranchMockError)
    ):
        getattr(mock.clock, verb)(value)
    assert mock.clock.now() == NOON
    assert len(mock.branch.clock.moves) == 0


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_what_json_cannot_carry_is_refused(mock: BranchMock, value: Any) -> None:
    with pytest.raises(InvalidBody):
        mock.clock.advance(value)
    assert mock.clock.now() == NOON


def test_moves_are_noted_and_forgotten_by_a_reset(clock: FrozenClock, mock: BranchMock) -> None:
    mock.clock.advance(60)
    clock.set("2016-01-21")
    mock.clock.resume()
    verbs = [(move.verb, move.after_ms - move.before_ms) for move in clock.moves]
    assert [verb for verb, _ in verbs] == ["advance", "set", "resume"]
    assert verbs[0][1] == 60_000
    moments = [move.moment for move in clock.moves]
    assert moments == sorted(moments)
    mock.reset()
    assert (mock.clock.now(), list(clock.moves)) == (NOON, [])
