"""Sessions over HTTP: from a click to a user of the app (contract 6 and 11)."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from branch_mock import BranchMock, FrozenClock
from branch_mock.domain.devices import DESKTOP, IPAD, IPHONE, KINDLE_FIRE, PIXEL, Device
from tests.client import Client

WEB: dict[str, Any] = {"$desktop_url": "https://example.com/d", "$ios_url": "https://example.com/i"}
WEB |= {"$android_url": "https://example.com/a", "$fire_url": "https://example.com/f"}
WEB |= {"$web_only": True}


def headers_of(device: Device) -> dict[str, str]:
    return {"User-Agent": device.user_agent, "X-Forwarded-For": device.ip}


def make(client: Client, **fields: Any) -> str:
    data = {**WEB, **fields.pop("data", {})}
    url = client.post("/v1/url", {"data": data, **fields}).json()["url"]
    assert isinstance(url, str)
    return url


def follow(client: Client, url: str, device: Device, query: str = "") -> str:
    """Click a link; the id of the click."""
    path = url.removeprefix(client.url)
    reply = client.get(path + query, headers=headers_of(device))
    assert reply.status_code == 307, reply.text
    (click,) = parse_qs(urlsplit(reply.headers["Location"]).query)["_branch_match_id"]
    return click


def begin(client: Client, device: Device, verb: str = "install", **fields: Any) -> dict[str, Any]:
    """A session of the app on a device; the reply, with its data read."""
    body = {**device.app_fields(), **fields}
    reply = client.post(f"/v1/{verb}", body, headers=headers_of(device))
    assert reply.status_code == 200, reply.text
    view: dict[str, Any] = reply.json()
    assert isinstance(view["data"], str)
    return {**view, "data": json.loads(view["data"])}


def names(mock: BranchMock) -> list[str]:
    return [event.name for event in mock.branch.events.all(mock.app)]


def test_an_organic_install_says_so(client: Client, mock: BranchMock) -> None:
    view = begin(client, PIXEL)
    assert view["data"] == {"+clicked_branch_link": False, "+is_first_session": True}
    assert view["browser_fingerprint_id"] is None
    assert "link_click_id" not in view
    assert names(mock) == ["install"]
    (session,) = mock.branch.sessions.all(mock.app)
    assert (session.os, session.os_version) == ("Android", "7.1.1")


@pytest.mark.parametrize("device", [IPHONE, IPAD, PIXEL, KINDLE_FIRE])
def test_an_install_is_matched_with_the_click_of_the_same_device(
    client: Client, mock: BranchMock, device: Device
) -> None:
    url = make(client, channel="sms", data={"photo": 7}, identity="maria")
    click = follow(client, url, device)
    view = begin(client, device)
    told = view["data"]
    assert told["photo"] == 7
    assert told["~channel"] == "sms"
    assert told["~referring_link"] == url
    assert told["+clicked_branch_link"] is True
    assert told["+match_guaranteed"] is False
    assert told["+click_timestamp"] == mock.branch.clock.now_ms() // 1000
    assert view["click_id"] == view["link_click_id"] == click
    assert view["referring_link"] == url
    assert view["referring_identity"] == "maria"
    assert names(mock) == ["click", "install", "referred session"]


@pytest.mark.parametrize(
    "other",
    [
        replace(PIXEL, ip="192.0.2.99"),
        replace(PIXEL, os_version="6.0"),
        replace(PIXEL, model="Nexus 5X"),
        replace(PIXEL, os="iOS"),
    ],
)
def test_another_device_is_not_matched(client: Client, other: Device) -> None:
    follow(client, make(client), PIXEL)
    assert begin(client, other)["data"]["+clicked_branch_link"] is False


def test_android_may_say_the_level_of_its_api(client: Client) -> None:
    click = follow(client, make(client), PIXEL)
    assert begin(client, PIXEL, os_version=25)["click_id"] == click


def test_a_click_waits_for_the_duration_of_its_link(client: Client, clock: FrozenClock) -> None:
    url = make(client, duration=60)
    click = follow(client, url, IPHONE)
    clock.advance(60)
    assert begin(client, IPHONE)["click_id"] == click
    follow(client, url, IPHONE)
    clock.advance(60.001)
    assert begin(client, IPHONE)["data"]["+clicked_branch_link"] is False


def test_a_click_waits_two_hours_unless_told(client: Client, clock: FrozenClock) -> None:
    url = make(client)
    click = follow(client, url, IPHONE)
    clock.advance(7200)
    assert begin(client, IPHONE)["click_id"] == click
    follow(client, url, IPHONE)
    clock.advance(7201)
    assert begin(client, IPHONE)["data"]["+clicked_branch_link"] is False


def test_the_latest_click_wins_and_each_leads_to_one_session(client: Client) -> None:
    first = follow(client, make(client, channel="first"), IPHONE)
    second = follow(client, make(client, channel="second"), IPHONE)
    assert begin(client, IPHONE)["click_id"] == second
    assert begin(client, IPHONE, "open")["click_id"] == first
    assert begin(client, IPHONE, "open")["data"]["+clicked_branch_link"] is False


def test_an_older_click_that_waits_longer_is_found_below_one_that_does_not(
    client: Client, clock: FrozenClock
) -> None:
    long = follow(client, make(client, duration=1000), IPHONE)
    follow(client, make(client, duration=10), IPHONE)
    clock.advance(100)
    assert begin(client, IPHONE)["click_id"] == long


def test_a_click_that_the_device_names_needs_no_match(client: Client, clock: FrozenClock) -> None:
    click = follow(client, make(client, duration=1), DESKTOP)
    clock.advance(3600)
    view = begin(client, IPHONE, "open", link_identifier=click)
    assert view["click_id"] == click
    assert view["data"]["+match_guaranteed"] is True


@pytest.mark.parametrize("name", ["universal_link_url", "android_app_link_url"])
def test_an_address_that_opened_the_app_is_a_click(
    client: Client, mock: BranchMock, name: str
) -> None:
    url = make(client, data={"room": "12"})
    view = begin(client, IPHONE, "open", **{name: f"{url}?$deeplink_path=a/b&ref=x"})
    assert view["data"]["room"] == "12"
    assert view["data"]["ref"] == "x"
    assert view["data"]["+match_guaranteed"] is True
    assert names(mock) == ["click", "open", "referred session"]
    (click,) = mock.links.clicks(url)
    assert click.redirect_method == "universal_link"


def test_an_address_of_a_dynamic_link_is_a_click(client: Client) -> None:
    address = f"https://bnc.lt/a/{client.key}?channel=facebook&room=12"
    told = begin(client, IPHONE, "open", universal_link_url=address)["data"]
    assert (told["~channel"], told["room"], told["~id"]) == ("facebook", "12", "0")
    assert told["~referring_link"].endswith(f"/a/{client.key}?channel=facebook&room=12")


def test_an_app_uri_names_its_click(client: Client) -> None:
    click = follow(client, make(client), IPHONE)
    uri = f"branchexample://open?link_click_id={click}"
    view = begin(client, IPHONE, "open", external_intent_uri=uri)
    assert view["click_id"] == click
    assert view["data"]["+match_guaranteed"] is True


@pytest.mark.parametrize("fields", [{"link_identifier": "1"}, {"universal_link_url": "https://[x"}])
def test_what_leads_nowhere_is_an_organic_session(client: Client, fields: dict[str, str]) -> None:
    view = begin(client, IPHONE, "open", **fields)
    assert view["data"]["+clicked_branch_link"] is False


def test_a_click_on_another_apps_link_is_not_its(client: Client, mock: BranchMock) -> None:
    other = mock.branch.apps.all()[1]
    url = mock.links.create(app=other, data=WEB)
    click = follow(client, url, IPHONE)
    view = begin(client, IPHONE, link_identifier=click)
    assert "click_id" not in view


def test_a_one_time_link_gives_its_data_once(client: Client) -> None:
    url = make(client, type=1, data={"token": "t"})
    follow(client, url, IPHONE)
    assert begin(client, IPHONE)["data"]["token"] == "t"
    again = follow(client, url, PIXEL)
    view = begin(client, PIXEL)
    assert view["click_id"] == again
    assert view["data"] == {"+clicked_branch_link": False, "+is_first_session": True}
    shown = client.get("/v1/url", params={"url": url, "branch_key": client.key}).json()
    assert shown["data"]["$one_time_use_used"] is True


def test_a_one_time_link_that_expired_is_not_used_up(client: Client, clock: FrozenClock) -> None:
    url = make(client, type=1, duration=30, data={"token": "t"})
    follow(client, url, IPHONE)
    clock.advance(31)
    assert begin(client, IPHONE)["data"]["+clicked_branch_link"] is False
    follow(client, url, IPHONE)
    assert begin(client, IPHONE, "open")["data"]["token"] == "t"


def test_the_clicks_own_parameters_come_first(client: Client) -> None:
    url = make(client, channel="sms", data={"a": 1})
    follow(client, url, IPHONE, "?a=2&~channel=mail&tags=x&tags=y")
    told = begin(client, IPHONE)["data"]
    assert (told["a"], told["~channel"], told["~tags"]) == ("2", "mail", ["x", "y"])


def test_the_first_referrer_stays_and_the_sessions_changes(
    client: Client, mock: BranchMock
) -> None:
    first, second = make(client, identity="maria"), make(client, identity="alex")
    follow(client, first, IPHONE)
    user = begin(client, IPHONE)
    follow(client, second, IPHONE)
    again = begin(client, IPHONE, "open", identity_id=user["identity_id"])
    assert again["identity_id"] == user["identity_id"]
    assert again["referring_identity"] == "alex"
    identity = mock.branch.identities.get(int(user["identity_id"]))
    assert identity.referrer_id == int(mock.branch.identities.find(mock.app, "maria").id)  # type: ignore[union-attr]
    assert identity.first_click is not None
    assert str(identity.first_click.id) == user["click_id"]


def test_a_user_is_not_their_own_referrer(client: Client, mock: BranchMock) -> None:
    follow(client, make(client, identity="eve"), IPHONE)
    user = begin(client, IPHONE, identity="eve")
    assert mock.branch.identities.get(int(user["identity_id"])).referrer_id is None


def test_a_session_that_is_not_referrable_ties_nobody(client: Client, mock: BranchMock) -> None:
    click = follow(client, make(client, identity="maria"), IPHONE)
    organic = begin(client, IPHONE, is_referrable=0)
    assert "click_id" not in organic
    named = begin(client, IPHONE, "open", is_referrable=0, link_identifier=click)
    assert named["click_id"] == click
    assert mock.branch.identities.get(int(named["identity_id"])).referrer_id is None


def test_a_device_keeps_its_fingerprint_and_user(client: Client, mock: BranchMock) -> None:
    first = begin(client, IPHONE)
    again = begin(client, IPHONE, "open")
    for name in ("device_fingerprint_id", "identity_id"):
        assert again[name] == first[name]
    assert again["data"]["+is_first_session"] is False
    reinstalled = begin(client, IPHONE)
    assert reinstalled["device_fingerprint_id"] == first["device_fingerprint_id"]
    installs = [event for event in mock.branch.events.all(mock.app) if event.name == "install"]
    assert [event.metadata["reinstall"] for event in installs] == [False, True]


def test_a_device_without_hardware_id_is_known_by_its_fingerprint(client: Client) -> None:
    bare = replace(IPHONE, hardware_id=None)
    first = begin(client, bare)
    client.post("/v1/close", {"session_id": first["session_id"]})
    told = first["device_fingerprint_id"]
    assert (
        begin(client, bare, "open", device_fingerprint_id=told)["identity_id"]
        == (first["identity_id"])
    )
    assert begin(client, bare, "open")["identity_id"] != first["identity_id"]


def test_a_page_takes_the_clicks_data_and_leaves_it_waiting(
    client: Client, mock: BranchMock
) -> None:
    click = follow(client, make(client, data={"a": 1}), IPHONE)
    page = begin(client, IPHONE, "open", sdk="web2.0.0", link_identifier=click, hardware_id=None)
    assert page["device_fingerprint_id"] is None
    assert page["has_app"] is False
    assert page["data"]["a"] == 1
    assert begin(client, IPHONE)["click_id"] == click
    browser = page["browser_fingerprint_id"]
    reply = client.get(f"/v1/has-app/{client.key}", params={"browser_fingerprint_id": browser})
    assert reply.json() is True
    assert names(mock)[:3] == ["click", "web session start", "referred session"]


def test_a_page_without_a_click_takes_none(client: Client) -> None:
    follow(client, make(client), DESKTOP)
    page = client.post("/v1/open", {"sdk": "web1"}, headers=headers_of(DESKTOP)).json()
    assert json.loads(page["data"]) == {"+clicked_branch_link": False, "+is_first_session": True}


def test_a_name_is_given_and_taken_back(client: Client, mock: BranchMock) -> None:
    opened = begin(client, IPHONE)
    told = {name: opened[name] for name in ("session_id", "identity_id", "device_fingerprint_id")}
    named = client.post("/v1/profile", {"identity": "zoe", **told}).json()
    assert named["identity"] == "zoe"
    assert named["identity_id"] == opened["identity_id"]
    seen = client.get("/v1/profile", params={"identity": "zoe", "branch_key": client.key}).json()
    assert seen["identity_id"] == opened["identity_id"]
    left = client.post("/v1/logout", told).json()
    assert left["identity_id"] != opened["identity_id"]
    assert left["session_id"] != opened["session_id"]
    assert begin(client, IPHONE, "open")["identity_id"] == left["identity_id"]
    assert mock.branch.identities.get(int(left["identity_id"])).name is None


def test_naming_a_known_user_merges_into_it(client: Client, mock: BranchMock) -> None:
    known = mock.branch.identities.ensure(mock.app, "old-friend")
    follow(client, make(client, identity="maria", data={"a": 1}), IPHONE)
    opened = begin(client, IPHONE)
    body = {"identity": "old-friend", "session_id": opened["session_id"]}
    named = client.post("/v1/profile", body).json()
    assert named["identity_id"] == str(known.id)
    assert json.loads(named["referring_data"])["a"] == 1
    merged = mock.branch.identities.get(known.id)
    maria = mock.branch.identities.find(mock.app, "maria")
    assert maria is not None
    assert merged.referrer_id == maria.id
    assert begin(client, IPHONE, "open")["identity_id"] == str(known.id)


def test_an_unknown_profile_is_not_found(client: Client) -> None:
    reply = client.get("/v1/profile", params={"identity": "nobody", "branch_key": client.key})
    assert reply.status_code == 404


def test_a_users_own_link_refers_others(client: Client, mock: BranchMock) -> None:
    opened = begin(client, PIXEL, identity="zoe")
    path = opened["link"].removeprefix(client.url)
    reply = client.get(path, headers=headers_of(IPHONE))
    assert reply.status_code in {200, 307}
    view = begin(client, IPHONE)
    assert view["referring_identity"] == "zoe"
    friend = mock.branch.identities.get(int(view["identity_id"]))
    assert friend.referrer_id == int(opened["identity_id"])


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


def test_a_link_that_an_sdk_made_refers_by_its_users_id(client: Client, mock: BranchMock) -> None:
    anonymous = begin(client, PIXEL)
    url = make(client, identity_id=anonymous["identity_id"])
    follow(client, url, IPHONE)
    friend = mock.branch.identities.get(int(begin(client, IPHONE)["identity_id"]))
    assert friend.referrer_id == int(anonymous["identity_id"])
    nobodys = mock.links.get(make(client, identity_id="1"))
    assert nobodys.identity_id is None
