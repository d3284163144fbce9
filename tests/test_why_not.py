"""Why nothing happened: rules that passed over an event, clicks that led to no install (contract 6
and 9)."""

from dataclasses import replace
from threading import Event, Thread
from typing import Any

import pytest

from branch_mock import IPHONE, PIXEL, BranchMock
from tests.client import Client

RULE: dict[str, Any] = {
    "event": "buy",
    "type": "credit",
    "calculation_type": 0,
    "location": 0,
    "metadata": {"amount": 5},
}
ANDROID_ELSEWHERE = replace(PIXEL, ip="10.0.0.3")


def notes(mock: BranchMock, client: Client, event: str, **fields: object) -> list[str]:
    """What the journal says of an event."""
    assert client.post("/v1/event", {"event": event, "identity": "ann", **fields}).ok
    return mock.requests.find("POST /v1/event")[-1].note.split("; ")[1:]


@pytest.mark.parametrize(
    ("rule", "event", "why"),
    [
        ({}, "buys", "no rule is for it"),
        ({"filter": {"sku": 1}}, "buy", "its filter asks for another sku"),
        ({"location": 1}, "buy", "nobody referred ann"),
    ],
)
def test_a_rule_says_why_it_passed_over_an_event(
    mock: BranchMock, client: Client, rule: dict[str, Any], event: str, why: str
) -> None:
    mock.rules.create(**{**RULE, **rule})
    (said,) = notes(mock, client, event)
    assert said.removeprefix(f"rule {mock.rules.all()[-1].id} passed over: ") == why


def test_a_rule_that_acts_once_says_that_it_has(mock: BranchMock, client: Client) -> None:
    rule = mock.rules.create(**{**RULE, "calculation_type": 1})
    (reward,) = notes(mock, client, "buy")
    assert reward.startswith("reward ")
    assert notes(mock, client, "buy") == [f"rule {rule.id} passed over: it acts once, and has"]


def test_what_needs_no_rule_says_nothing(mock: BranchMock, client: Client) -> None:
    assert [rule for rule in mock.rules.all() if rule.app_id == mock.app.id] == []
    assert notes(mock, client, "buy") == []


def test_timelines_have_it_for_direct_operations_too(mock: BranchMock) -> None:
    mock.rules.create(**{**RULE, "filter": {"sku": "1"}})
    for report in (mock.events.create, mock.simulate.event):
        event = report("buy", identity="ann")
        assert mock.timeline()[-1].endswith(
            f"event {event.id}: rule {mock.rules.all()[-1].id} passed over: "
            "its filter asks for another sku"
        )


def test_an_organic_install_tells_the_nearest_click(mock: BranchMock) -> None:
    mock.simulate.install(replace(IPHONE, hardware_id="first"))
    assert mock.timeline()[-1].endswith(", organic: no click of such a device waits")
    url = mock.links.create(data={"$desktop_url": "https://example.com"})
    mock.simulate.click(url, replace(IPHONE, os_version="9.0", ip="10.0.0.1"))
    mock.simulate.click(url, replace(IPHONE, ip="10.0.0.2"))
    session = mock.simulate.install(replace(IPHONE, hardware_id="second"))
    assert session.click is None
    assert mock.timeline()[-1].endswith(
        f"session {session.id}, organic: the nearest click has ip '10.0.0.2', not {IPHONE.ip!r}"
    )
    mock.clock.advance(24 * 3600)  # no click waits for so long
    mock.simulate.install(replace(IPHONE, hardware_id="third"))
    assert mock.timeline()[-1].endswith(", organic: no click of such a device waits")
    mock.simulate.click(url, ANDROID_ELSEWHERE)
    mock.simulate.install(replace(IPHONE, hardware_id="fourth"))
    assert mock.timeline()[-1].endswith(", organic: no click of such a device waits")


def test_a_click_that_is_named_and_is_not_there_is_told(mock: BranchMock, client: Client) -> None:
    client.post("/v1/install", {"hardware_id": "x", "os": "iOS", "link_click_id": "999"})
    assert mock.requests.all()[-1].note.endswith(", organic: there is no click '999'")


def test_what_is_told_of_many_rules_has_an_end(mock: BranchMock, client: Client) -> None:
    for number in range(50):
        mock.rules.create(**{**RULE, "filter": {"access_token": f"hush-{number}"}})
    said = notes(mock, client, "buy")
    assert (len(said), said[-1]) == (21, "and 30 more")
    assert "hush" not in str(said)


def test_it_can_be_told_while_state_is_restored(mock: BranchMock, client: Client) -> None:
    """What was just made may be gone already."""
    mock.rules.create(**{**RULE, "location": 1})
    mock.snapshots.save("before")
    over = Event()

    def restore() -> None:
        while not over.is_set():
            mock.snapshots.restore("before")
            mock.simulate.click(mock.links.create(), IPHONE)

    thread = Thread(target=restore)
    thread.start()
    try:
        for number in range(200):
            body = {"event": "buy", "identity": f"user-{number}"}
            assert client.post("/v1/event", body).status_code == 200
            sent = {"hardware_id": f"d{number}", "os": "iOS", "os_version": "9.2"}
            assert client.post("/v1/install", sent).status_code == 200
    finally:
        over.set()
        thread.join()
