"""A timeline has what is done directly, and on the control plane (contract 12)."""

import re

import pytest

from branch_mock import IPHONE, BranchMock, InvalidRequest, NotEnoughCredits
from branch_mock.deeds import MAX_DEEDS
from tests.client import Client

NOON = "2016-01-20T12:00:00.000Z  "


def told(mock: BranchMock) -> list[str]:
    return [line.removeprefix(NOON) for line in mock.timeline()]


def test_direct_operations_are_in_the_timeline_in_order(mock: BranchMock, client: Client) -> None:
    url = mock.links.create(alias="promo", data={"a": 1})
    client.get("/promo")
    mock.links.update(url, {"channel": "sms"})
    mock.credits.add("ann", 5)
    with pytest.raises(NotEnoughCredits):
        mock.credits.redeem("ann", 50)
    mock.clock.advance(60)
    mock.branch.clock.set("2016-01-21T00:00:00Z")
    mock.snapshots.save("half-way")
    mock.snapshots.restore("half-way")
    created, click, updated, added, refused, advanced, jumped, saved, restored = told(mock)
    assert created == f"mock.links.create(alias='promo', data={{'a': 1}}) -> {url}"
    assert click.startswith("GET /promo -> 307 click ")
    assert updated.startswith(f"mock.links.update('{url}', {{'channel': 'sms'}}) -> Link ")
    assert added.startswith("mock.credits.add('ann', 5) -> Transaction ")
    assert refused == (
        "mock.credits.redeem('ann', 50) -> NotEnoughCredits: Not enough credits to redeem."
    )
    assert advanced == "clock: advance to 2016-01-20T12:01:00.000Z"
    assert jumped == "2016-01-20T12:01:00.000Z  clock: set to 2016-01-21T00:00:00.000Z"
    assert saved.endswith("mock.snapshots.save('half-way') -> Snapshot half-way")
    assert restored.endswith("mock.snapshots.restore('half-way') -> Snapshot half-way")


def test_every_noun_takes_note(mock: BranchMock) -> None:
    app = mock.apps.mint()
    mock.apps.update(app, app_name="Mine")
    mock.rules.create(
        app=app, event="buy", type="credit", calculation_type=0, location=0, metadata={"amount": 1}
    )
    mock.events.create("buy", "ann", app=app)
    mock.simulate.referral("ann", "ben", app=app)
    mock.simulate.install(IPHONE, app=app)
    mock.faults.add("POST /v1/url", status=503)
    mock.faults.clear()
    mock.links.bulk([{}, {"type": 9}], app=app)
    lines = told(mock)
    verbs = [line.partition("(")[0].removeprefix("mock.") for line in lines if "mock." in line]
    reward, session = (line for line in lines if "mock." not in line)
    assert re.fullmatch(r"event \d+: reward \d+", reward)
    assert re.fullmatch(r"session \d+, organic: no click of such a device waits", session)
    assert verbs == [
        *("apps.mint", "apps.update", "rules.create", "events.create", "simulate.referral"),
        *("simulate.install", "faults.add", "faults.clear", "links.bulk"),
    ]
    assert lines[-1].endswith("-> 2 in all")
    assert f"app={app.key}" in lines[2]


def test_no_secret_is_in_it(mock: BranchMock, client: Client) -> None:
    app = mock.apps.mint()
    mock.links.create(app=app, data={"password": "hush", "note": app.secret})
    with pytest.raises(InvalidRequest):
        mock.links.update(f"https://bnc.lt/x?branch_secret={app.secret}", {"type": app.secret})
    client.call("POST", f"/_mock/snapshots/{app.secret}")
    text = "\n".join(mock.timeline())
    assert app.secret not in text
    assert "hush" not in text


def test_calls_of_the_control_plane_that_change_something_are_in_it(
    mock: BranchMock, client: Client
) -> None:
    client.call("POST", "/_mock/faults", json={"status": 503})
    client.get("/_mock/faults")
    client.call("DELETE", "/_mock/faults?id=nobody")
    client.call("POST", "/_mock/faults", json={"status": 1})
    first, second, third = told(mock)
    assert first == "POST /_mock/faults -> 200 fault fault-1: status 503"
    assert second == "DELETE /_mock/faults -> 200 faults removed: 0"
    assert third.startswith("POST /_mock/faults -> 400 status must be at least 200")


def test_a_reset_begins_a_new_timeline(mock: BranchMock) -> None:
    mock.links.create(alias="promo")
    mock.reset()
    assert told(mock) == ["mock.reset()"]
    mock.reset(["faults"])
    assert told(mock) == ["mock.reset()", "mock.reset()"]


def test_it_is_bounded(mock: BranchMock) -> None:
    for _ in range(MAX_DEEDS + 5):
        mock.faults.clear()
    assert len(mock.timeline()) == MAX_DEEDS
