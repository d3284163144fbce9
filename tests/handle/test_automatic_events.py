"""Sessions and clicks are events that rules and webhooks see (contract 6 and 9)."""

import pytest

from branch_mock import DESKTOP, IPHONE, BranchMock

WAIT = 10


def hook(mock: BranchMock, event: str, location: int = 0) -> None:
    mock.rules.create(
        calculation_type=0,
        location=location,
        type="web_hook",
        event=event,
        metadata={"web_hook_url": mock.webhooks.inbox_url("seen")},
    )


def test_a_webhook_tells_of_a_click(mock: BranchMock) -> None:
    hook(mock, "click")
    url = mock.links.create(channel="sms", data={"a": 1})
    click = mock.simulate.click(f"{url}?x=y", IPHONE)
    assert click is not None
    (delivery,) = mock.webhooks.wait(1, timeout=WAIT)
    body = dict(delivery.body)
    assert body["event"] == "click"
    assert body["click_id"] == click.id
    assert body["query"] == {"x": "y"}
    assert body["link_data"]["channel"] == "sms"
    assert (body["os"], body["os_version"]) == ("iOS", "9.2")
    assert body["metadata"] == {
        "ip": IPHONE.ip,
        "userAgent": IPHONE.user_agent,
        "brand": "Apple",
        "model": "iPhone",
        "os": "iOS",
        "os_version": "9.2",
        "browser": "Mobile Safari",
        "type": "mobile",
        "is_mobile": "true",
    }


@pytest.mark.parametrize("event", ["install", "open", "referred session", "web session start"])
def test_a_webhook_tells_of_a_session(mock: BranchMock, event: str) -> None:
    hook(mock, event, location=4)
    url = mock.links.create(identity="maria", data={"a": 1})
    device = DESKTOP if event == "web session start" else IPHONE
    click = mock.simulate.click(url, device)
    if event == "install":
        mock.simulate.install(device)
    else:
        mock.simulate.open(device, click=click)
    (delivery,) = mock.webhooks.wait(1, timeout=WAIT)
    body = dict(delivery.body)
    assert body["event"] == event
    assert body["first_referring_identity"] == "maria"
    assert body["session_referring_identity"] == "maria"
    assert body["session_referring_link_data"]["data"] == {"a": 1}
    assert body["metadata"]["referred"] is True
    assert body["metadata"]["ip"] == device.ip
    assert ("reinstall" in body["metadata"]) == (event == "install")


@pytest.mark.parametrize(("location", "ann", "bob"), [(1, 5, 0), (4, 0, 5), (0, 5, 5)])
def test_a_rule_rewards_for_an_install(mock: BranchMock, location: int, ann: int, bob: int) -> None:
    mock.rules.create(
        calculation_type=0,
        location=location,
        type="credit",
        event="install",
        metadata={"amount": 5},
    )
    mock.simulate.click(mock.links.create(identity="ann"), IPHONE)
    session = mock.simulate.install(IPHONE, identity="bob")
    assert session.click is not None
    assert mock.credits.get("bob").get("default", 0) == bob
    organic = mock.simulate.install(DESKTOP, identity="ann")
    assert organic.click is None
    assert mock.credits.get("ann").get("default", 0) == ann
