"""Sessions over HTTP: from a click to a user of the app (contract 6 and 11)."""

import json
from dataclasses import replace

import pytest

from branch_mock import BranchMock, FrozenClock
from branch_mock.domain.devices import DESKTOP, IPAD, IPHONE, KINDLE_FIRE, PIXEL, Device
from tests.client import Client
from tests.visits import begin, follow, headers_of, make, names


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
    url = mock.links.create(app=other, data={"$web_only": True})
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
