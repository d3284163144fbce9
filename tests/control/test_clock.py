"""The clock over HTTP (contract 12)."""

import re
from typing import Any

import pytest

from branch_mock import BranchMock
from tests.client import Client, message_of


def change(client: Client, **body: Any) -> dict[str, Any]:
    answer = client.call("POST", "/_mock/clock", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_it_is_shown_and_moved(mock: BranchMock, client: Client) -> None:
    start = {"now": "2016-01-20T12:00:00.000Z", "frozen": True}
    assert client.get("/_mock/clock").json() == start
    assert change(client, advance=1.5)["now"] == "2016-01-20T12:00:01.500Z"
    assert change(client, set="2020-02-29T00:00:00+01:00")["now"] == "2020-02-28T23:00:00.000Z"
    assert change(client, freeze="2017-01-01") == {
        "now": "2017-01-01T00:00:00.000Z",
        "frozen": True,
    }
    assert change(client, resume=True)["frozen"] is False
    assert change(client, freeze=True)["frozen"] is True
    assert mock.clock.frozen
    assert client.call("POST", "/_mock/reset", json={"parts": ["clock"]}).status_code == 200
    assert client.get("/_mock/clock").json() == start


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "at least 1|minProperties|is invalid"),
        ({"advance": 1, "resume": True}, "is invalid"),
        ({"advance": "x"}, "advance must be a number"),
        ({"advance": 1e300}, "advance must be at most"),
        ({"advance": -86400 * 3000}, "advance cannot be"),
        ({"set": "x"}, "set cannot be 'x'"),
        ({"set": "9999-12-31T23:59:59-23:59"}, "set cannot be"),
        ({"set": "0001-01-01T00:00:00+23:59"}, "set cannot be"),
        ({"set": True}, "set must be a text"),
        ({"freeze": False}, "freeze"),
        ({"freeze": "2013-01-01"}, "freeze cannot be '2013-01-01': must be from 2014-05-28"),
        ({"resume": False}, "resume"),
        ({"stop": True}, "stop is not a known field"),
    ],
)
def test_what_is_no_time_is_refused(client: Client, body: dict[str, Any], said: str) -> None:
    answer = client.call("POST", "/_mock/clock", json=body)
    assert answer.status_code == 400
    assert re.search(said, message_of(answer)), message_of(answer)
    assert client.get("/_mock/clock").json()["now"] == "2016-01-20T12:00:00.000Z"
