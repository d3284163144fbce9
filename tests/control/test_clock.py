"""The clock over HTTP, and what falls due when it is moved (contract 12)."""

import re
from typing import Any

import pytest

from branch_mock import BranchMock, FrozenClock
from branch_mock.agenda import Happening
from branch_mock.clock import iso
from tests.client import Client, message_of

START = "2016-01-20T12:00:00.000Z"
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 9_2 like Mac OS X) AppleWebKit/601.1"}


def change(client: Client, **body: Any) -> Any:
    reply = client.call("POST", "/_mock/clock", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def click(client: Client, url: str) -> str:
    reply = client.get(url.removeprefix(client.url), headers=PHONE)
    assert reply.status_code < 400
    return client.get("/_mock/requests").json()[-1]["date"]  # type: ignore[no-any-return]


def test_the_clock_is_shown_set_advanced_frozen_and_resumed(client: Client) -> None:
    assert client.get("/_mock/clock").json() == {"now": START, "frozen": True}
    assert change(client, advance=1.5)["now"] == "2016-01-20T12:00:01.500Z"
    assert change(client, set="2016-02-01")["now"] == "2016-02-01T00:00:00.000Z"
    assert change(client, resume=True)["frozen"] is False
    moved = change(client, freeze="2016-01-01T00:00:00Z")
    assert moved == {"now": "2016-01-01T00:00:00.000Z", "frozen": True, "happened": []}


def test_an_advance_answers_what_fell_due_in_order(client: Client, mock: BranchMock) -> None:
    long = mock.links.create(alias="long", duration=600)
    short = mock.links.create(alias="short", duration=60)
    click(client, long)
    click(client, short)
    first, second = mock.links.clicks()
    fault = {"id": "busy", "status": 429, "limit": 1, "window": 90, "match": {"path": "/v1/app*"}}
    client.call("POST", "/_mock/faults", json=fault)
    path = f"/v1/app/{client.key}?branch_secret={client.secret}"
    assert client.get(path).status_code == 200
    assert client.get(path).status_code == 429
    assert change(client, advance=30)["happened"] == []
    assert client.get(path).status_code == 429
    over = "no longer waits for a session"
    assert change(client, advance=3600)["happened"] == [
        {"date": "2016-01-20T12:01:00.001Z", "what": f"click {second.id} {over}"},
        {"date": "2016-01-20T12:01:30.000Z", "what": "busy counts requests anew"},
        {"date": "2016-01-20T12:10:00.001Z", "what": f"click {first.id} {over}"},
    ]
    assert client.get(path).status_code == 200
    assert change(client, advance=3600)["happened"] == [
        {"date": "2016-01-20T13:02:00.000Z", "what": "busy counts requests anew"}
    ]


def test_a_limit_that_is_not_used_up_is_no_news(client: Client) -> None:
    fault = {"status": 429, "limit": 5, "window": 10}
    client.call("POST", "/_mock/faults", json=fault)
    client.get("/test-link", headers=PHONE)
    told = change(client, advance=60)["happened"]
    assert not [item for item in told if "anew" in item["what"]]


def test_nothing_happens_on_the_way_back(client: Client, mock: BranchMock) -> None:
    click(client, mock.links.create(alias="x", duration=1))
    assert len(change(client, advance=10)["happened"]) == 1
    assert change(client, advance=-10)["happened"] == []
    assert len(change(client, set="2016-01-20T12:00:05Z")["happened"]) == 1


def test_other_parts_may_say_what_falls_due(mock: BranchMock) -> None:
    now = mock.branch.clock.now_ms()
    agenda = mock.emulator.agenda
    told: list[tuple[int, int]] = []

    def source(start_ms: int, end_ms: int) -> list[Happening]:
        told.append((start_ms, end_ms))
        return [Happening(at_ms=now + at, what="a file is ready") for at in (0, 5, 1001)]

    agenda.sources.append(source)
    (happened,) = mock.emulator.change_clock("advance", 1)
    assert happened.view() == {"date": iso(now + 5), "what": "a file is ready"}
    assert told == [(now, now + 1000)]


def test_an_export_becomes_ready_when_its_files_can_be_downloaded(
    client: Client, mock: BranchMock
) -> None:
    click(client, mock.links.create(alias="slow", duration=86_400))
    (one,) = mock.links.clicks()
    (url,) = mock.exports.request("2016-01-20")["links"]
    path = url.removeprefix(client.url)
    assert change(client, set="2016-01-21T06:59:59.999Z")["happened"] == []
    assert client.get(path).status_code == 400
    ready = {
        "date": "2016-01-21T07:00:00.000Z",
        "what": "the exports of 2016-01-20 can be downloaded",
    }
    assert change(client, advance=0.001)["happened"] == [ready]
    assert client.get(path).status_code == 200
    assert change(client, advance=-10)["happened"] == []
    told = change(client, advance=2 * 86_400)["happened"]
    assert told == [
        ready,
        {
            "date": "2016-01-21T12:00:00.001Z",
            "what": f"click {one.id} no longer waits for a session",
        },
        {"date": "2016-01-22T07:00:00.000Z", "what": ready["what"].replace("20 ", "21 ")},
    ]
    assert mock.clock.set("2016-01-23T08:00:00Z") == mock.clock.now()
    assert [item.what for item in mock.clock.happened] == [ready["what"].replace("20 ", "22 ")]


def test_a_long_way_tells_only_of_exports_that_are_there_still(client: Client) -> None:
    told = change(client, advance=3650 * 86_400)["happened"]
    days = [item["what"].split()[3] for item in told if "exports" in item["what"]]
    assert days == [f"2026-01-{day:02d}" for day in range(9, 17)]
    paths = [
        f"/v2/export/{client.key}?branch_secret={client.secret}&export_date={day}" for day in days
    ]
    assert client.get(paths[0]).status_code == 400  # no longer handed out, but kept for a day
    assert [client.get(path).status_code for path in paths[1:]] == [200] * 7


@pytest.mark.parametrize(("hour", "happened"), [(12, 0), (13, 1), (14, 0)])
def test_the_hour_of_exports_is_a_setting(clock: FrozenClock, hour: int, happened: int) -> None:
    with BranchMock(clock=clock, export_ready_hour=hour) as mock:
        mock.clock.advance(3600)
        assert len(mock.clock.happened) == happened


@pytest.mark.parametrize(
    ("body", "field"),
    [({"set": "soon"}, "set"), ({"advance": 3e9}, "advance"), ({"set": "1999-01-01"}, "set")],
)
def test_a_move_that_cannot_be_is_refused(client: Client, body: Any, field: str) -> None:
    reply = client.call("POST", "/_mock/clock", json=body)
    assert reply.status_code == 400
    assert message_of(reply).startswith(f"{field} cannot be")
    assert client.get("/_mock/clock").json()["now"] == START


def test_it_is_shown_and_moved(mock: BranchMock, client: Client) -> None:
    start = {"now": "2016-01-20T12:00:00.000Z", "frozen": True}
    assert client.get("/_mock/clock").json() == start
    assert change(client, advance=1.5)["now"] == "2016-01-20T12:00:01.500Z"
    assert change(client, set="2020-02-29T00:00:00+01:00")["now"] == "2020-02-28T23:00:00.000Z"
    assert change(client, freeze="2017-01-01") == {
        "now": "2017-01-01T00:00:00.000Z",
        "frozen": True,
        "happened": [],
    }
    assert change(client, resume=True)["frozen"] is False
    assert change(client, freeze=True)["frozen"] is True
    assert mock.clock.frozen
    assert client.call("POST", "/_mock/reset", json={"parts": ["clock"]}).status_code == 200
    assert client.get("/_mock/clock").json() == start


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "^freeze or set or advance or resume is required$"),
        ({"advance": 1, "resume": True}, "^freeze cannot go with others: one of freeze, set, adv"),
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
