"""Calls as SDKs make them: field errors, script elements, clicks without a way on (contract 11)."""

import json
from base64 import b64encode

import pytest

from branch_mock import BranchMock
from branch_mock.domain.devices import DESKTOP, IPHONE
from tests.client import Client
from tests.visits import follow, headers_of, make


def test_fields_that_fail_are_named_with_reasons(client: Client) -> None:
    body = {"screen_height": "tall", "update": 9, "device_fingerprint_id": "x", "options": {}}
    reply = client.post("/v1/open", body)
    assert reply.status_code == 400
    assert reply.json() == {
        "error": {
            "screen_height": "wrong field type",
            "update": "not a valid option",
            "device_fingerprint_id": "doesn't pass regex",
            "options": {},
        }
    }
    assert reply.text.endswith("\n")


def test_a_wrong_key_is_refused_in_the_envelope(client: Client) -> None:
    reply = client.post("/v1/install", {"branch_key": "key_live_x"})
    assert reply.json()["error"]["code"] == 400


def test_sessions_may_be_begun_by_scripts(client: Client) -> None:
    reply = client.get("/_r", params={"sdk": "1", "branch_key": client.key, "callback": "cb.a"})
    assert reply.headers["Content-Type"].startswith("application/javascript")
    assert reply.text.startswith('/**/cb.a("')
    body = json.dumps({"sdk": "web1", "branch_key": client.key}).encode()
    data = b64encode(body).decode()
    reply = client.get("/v1/open", params={"data": data, "callback": "go"})
    assert reply.status_code == 200
    assert '"session_id"' in reply.text


@pytest.mark.parametrize("name", ["alert(1)", "a-b", "a..b", "a" * 129, "<script>"])
def test_a_callback_is_a_name(client: Client, name: str) -> None:
    reply = client.get("/_r", params={"sdk": "1", "callback": name})
    assert reply.status_code == 400
    assert "callback" in reply.json()["error"]["message"]


def test_a_click_may_be_made_without_following(client: Client, mock: BranchMock) -> None:
    url = make(client)
    path = url.removeprefix(client.url)
    made = client.get(path + "?click=click", headers=headers_of(DESKTOP)).json()
    (click,) = mock.links.clicks(url)
    assert made == {"click_id": str(click.id)}
    assert dict(click.query) == {}
    script = client.get(path + "?click=click&callback=cb", headers=headers_of(DESKTOP))
    assert script.text.startswith('/**/cb({"click_id":')


def test_a_link_is_sent_to_a_phone(client: Client, mock: BranchMock) -> None:
    url = make(client, channel="sms")
    click = follow(client, url, DESKTOP)
    sent = client.post(f"/c/{click}", {"phone": "+1 555 0100"}, host="bnc.lt")
    assert sent.json() == {}
    reply = client.get(f"/c/{click}", headers=headers_of(IPHONE))
    assert reply.status_code == 307
    first, second = mock.links.clicks(url)
    assert first.phone_number == "+1 555 0100"
    assert second.ip == IPHONE.ip
    assert client.get("/c/12", headers=headers_of(IPHONE)).status_code == 404
    assert client.post("/c/12", {"phone": "+1 555 0100"}).status_code == 404
    assert client.post(f"/c/{click}", {"phone": "call me"}).json() == {
        "error": {"phone": "doesn't pass regex"}
    }
