"""Devices simulated over HTTP (contract 12)."""

import json

from branch_mock import BranchMock
from tests.client import Client, message_of


def control(client: Client, verb: str, **body: object) -> dict[str, object]:
    reply = client.call("POST", f"/_mock/simulate/{verb}", json=body)
    assert reply.status_code == 200, reply.text
    answer = reply.json()
    assert isinstance(answer, dict)
    return answer


def test_a_click_an_install_and_an_event(client: Client, mock: BranchMock) -> None:
    data = {"$desktop_url": "https://example.com/d", "$ios_url": "https://example.com/i"}
    url = mock.links.create(data={**data, "$web_only": True, "room": 12})
    clicked = control(client, "click", url=url, device="iphone")
    assert clicked["status"] == 307
    assert clicked["location"] == f"https://example.com/i?_branch_match_id={clicked['click_id']}"
    installed = control(client, "install", device="iphone", identity="zoe")
    assert installed["click_id"] == clicked["click_id"]
    assert json.loads(str(installed["data"]))["room"] == 12
    assert str(installed["referring_link"]).startswith(client.url)
    event = control(client, "event", event="buy", metadata={"sku": "12"})
    (made,) = [event for event in mock.events.all() if event.name == "buy"]
    assert event == {"event_id": str(made.id), "event": "buy"}
    assert made.session is not None
    assert str(made.session.id) == installed["session_id"]


def test_a_device_may_be_changed(client: Client, mock: BranchMock) -> None:
    control(client, "install", device="pixel", ip="192.0.2.99", os_version="6.0", hardware_id="h")
    (session,) = mock.branch.sessions.all()
    assert (session.ip, session.os_version, session.hardware_id) == ("192.0.2.99", "6.0", "h")


def test_a_page_and_an_app_of_another_tenant(client: Client, mock: BranchMock) -> None:
    other = mock.branch.apps.all()[1]
    opened = control(client, "open", device="desktop", branch_key=other.key)
    assert opened["device_fingerprint_id"] is None
    (session,) = mock.branch.sessions.all(other)
    assert session.kind == "web session start"


def test_a_bot_clicks_nothing(client: Client) -> None:
    url = "https://bnc.lt/test-link"
    assert control(client, "click", url=url, device="facebook_bot")["click_id"] is None


def test_what_cannot_be_is_refused(client: Client, mock: BranchMock) -> None:
    reply = client.call("POST", "/_mock/simulate/click", json={"device": "toaster"})
    assert reply.status_code == 400
    assert "device must be one of" in message_of(reply)
    assert "url is required" in message_of(reply)
    missing = client.call("POST", "/_mock/simulate/click", json={"url": "https://bnc.lt/none"})
    assert missing.status_code == 404
    event = client.call("POST", "/_mock/simulate/event", json={"event": "buy"})
    assert event.status_code == 400
    assert "identity" in message_of(event)
    assert mock.branch.sessions.all() == []
