"""Phones get a page that tries the app; the files that let apps claim links (contract 6)."""

import json
import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.domain.apps import App
from branch_mock.domain.devices import (
    DESKTOP,
    FACEBOOK_BOT,
    IPAD,
    IPHONE,
    KINDLE_FIRE,
    PIXEL,
    Device,
)
from tests.client import TIMEOUT, Client

IOS_STORE = "https://itunes.apple.com/us/app/id512451233"


def get(client: Client, url: str, device: Device, query: str = "") -> Any:
    headers = {"User-Agent": device.user_agent, "X-Forwarded-For": device.ip}
    return client.get(url.removeprefix(client.url) + query, headers=headers)


def variables(page: str) -> dict[str, Any]:
    """What the page's script is told."""
    found = re.search(r"var uri = (.*?), fallback = (.*?);\n", page)
    wait = re.search(r"\}, (\d+)\);", page)
    assert found is not None
    assert wait is not None
    uri, fallback = json.loads(found[1]), json.loads(found[2])
    return {"uri": uri, "fallback": fallback, "wait": int(wait[1]), "framed": "if (true)" in page}


def test_an_iphone_tries_the_scheme_and_falls_back(client: Client, mock: BranchMock) -> None:
    url = mock.links.create(channel="sms")
    reply = get(client, url, IPHONE)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"].startswith("text/html")
    (click,) = mock.links.clicks(url)
    assert click.redirect_method == "app"
    assert variables(reply.text) == {
        "uri": f"branchexample://open?link_click_id={click.id}",
        "fallback": f"{IOS_STORE}?_branch_match_id={click.id}",
        "wait": 750,
        "framed": True,
    }


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"$deeplink_path": "article/jan/123"}, "article/jan/123?"),
        ({"$deeplink_path": "/a?b=c"}, "a?b=c&"),
        ({"$deeplink_path": "x", "$ios_deeplink_path": "y"}, "y?"),
        ({"$deeplink_path": 'a"b <c>'}, "a%22b%20%3Cc%3E?"),
    ],
)
def test_the_path_is_the_links(
    client: Client, mock: BranchMock, data: dict[str, Any], path: str
) -> None:
    page = get(client, mock.links.create(data=data), IPAD).text
    assert variables(page)["uri"].startswith(f"branchexample://{path}link_click_id=")


def test_link_and_click_set_fallback_and_timeout(client: Client, mock: BranchMock) -> None:
    url = mock.links.create(
        data={"$ios_url": "https://example.com/i", "$ios_redirect_timeout": 1200}
    )
    told = variables(get(client, url, IPHONE).text)
    assert told["wait"] == 1200
    assert told["fallback"].startswith("https://example.com/i?_branch_match_id=")
    told = variables(get(client, url, IPHONE, "?$ios_redirect_timeout=5&$deeplink_path=q").text)
    assert told["wait"] == 5
    assert told["uri"].startswith("branchexample://q?")
    for bad in ("soon", "-1", "9999999", "²"):
        told = variables(get(client, url, IPHONE, f"?$ios_redirect_timeout={bad}").text)
        assert told["wait"] == 750


def test_chrome_on_android_gets_an_intent(client: Client, mock: BranchMock) -> None:
    url = mock.links.create(channel="sms", campaign="c", data={"$deeplink_path": "a", "k": "v;=#"})
    told = variables(get(client, url, PIXEL).text)
    (click,) = mock.links.clicks(url)
    place, _, extras = told["uri"].partition("#Intent;")
    assert place == f"intent://a?link_click_id={click.id}"
    *pairs, end = extras.split(";")
    assert end == "end"
    fields = {name: unquote(value) for name, _, value in (pair.partition("=") for pair in pairs)}
    assert fields["scheme"] == "branchexample"
    assert fields["package"] == "com.example.branchmock"
    assert fields["S.browser_fallback_url"] == told["fallback"]
    assert fields["S.market_referrer"] == f"link_click_id-{click.id}&utm_source=sms&utm_campaign=c"
    assert json.loads(fields["S.branch_data"]) == {"$deeplink_path": "a", "k": "v;=#"}
    assert fields["B.branch_intent"] == "true"
    assert told["framed"] is False
    store = parse_qs(urlsplit(told["fallback"]).query)
    assert store["id"] == ["com.example.branchmock"]
    assert store["_branch_match_id"] == [str(click.id)]
    assert store["referrer"] == [f"link_click_id={click.id}&utm_source=sms&utm_campaign=c"]


def test_other_browsers_on_android_get_the_scheme(client: Client, mock: BranchMock) -> None:
    told = variables(get(client, mock.links.create(), KINDLE_FIRE).text)
    assert told["uri"].startswith("branchexample://open?")
    assert told["framed"] is True


@pytest.mark.parametrize(
    ("data", "query"),
    [
        ({"$web_only": True}, ""),
        ({}, "?$web_only=true"),
        ({"$always_deeplink": False}, ""),
        ({}, "?$always_deeplink=false"),
    ],
)
def test_a_link_may_stay_on_the_web(
    client: Client, mock: BranchMock, data: dict[str, Any], query: str
) -> None:
    reply = get(client, mock.links.create(data=data), IPHONE, query)
    assert reply.status_code == 307
    assert reply.headers["Location"].startswith(IOS_STORE)


def test_an_app_without_scheme_and_a_desktop_are_redirected(
    client: Client, mock: BranchMock
) -> None:
    other = mock.branch.apps.all()[1]
    url = mock.links.create(app=other, data={"$deeplink_path": "a"})
    assert get(client, url, IPHONE).status_code == 307
    assert get(client, mock.links.create(), DESKTOP).status_code == 307
    assert get(client, mock.links.create(), FACEBOOK_BOT).status_code == 200
    assert mock.links.clicks(app=other)[-1].redirect_method == "redirect"


@pytest.mark.parametrize("scheme", ["javascript://", "DATA:", "https://", "a b://", "", 'x":'])
def test_only_schemes_of_apps_are_tried(client: Client, mock: BranchMock, scheme: str) -> None:
    app = mint(mock, ios_uri_scheme=scheme, web_url="https://example.com/")
    assert get(client, mock.links.create(app=app), IPHONE).status_code == 307


def test_without_a_fallback_the_page_shows_the_link(client: Client, mock: BranchMock) -> None:
    app = mint(mock, ios_uri_scheme="shop")
    reply = get(client, mock.links.create(app=app, data={"a": "</pre><script>x"}), IPHONE)
    told = variables(reply.text)
    assert told["uri"].startswith("shop://open?")
    assert told["fallback"] is None
    assert "<script>x" not in reply.text


def test_hostile_data_stays_data(client: Client, mock: BranchMock) -> None:
    evil = "\"><script>alert(1)</script>'</script>\u2028"
    fallback = "https://example.com/?a='\"</script><script>alert(1)</script>"
    data = {"$og_title": evil, "$deeplink_path": evil, "$ios_url": fallback}
    page = get(client, mock.links.create(data=data), IPHONE).text
    assert page.count("<script>") == 1
    assert page.count("</script>") == 1
    assert evil in unescape(page)


def mint(mock: BranchMock, **config: Any) -> App:
    return mock.branch.apps.mint(config=config)


@pytest.mark.parametrize(
    "path", ["/.well-known/apple-app-site-association", "/apple-app-site-association"]
)
def test_apple_is_told_of_universal_links(client: Client, mock: BranchMock, path: str) -> None:
    detail = {"appID": "A1B2C3D4E5.com.example.branchmock", "paths": ["NOT /e/*", "*", "/"]}
    expected = {"applinks": {"apps": [], "details": [detail]}}
    for host in ("bnc.lt", "bnc0.app.link", None):
        reply = client.get(path, host=host)
        assert reply.headers["Content-Type"].startswith("application/json")
        assert reply.json() == expected
    own = mint(mock, universal_linking_enabled=1, ios_team_id="T", ios_bundle_id="b")
    reply = requests.get(f"{client.url}/{own.short_url_domain}{path}", timeout=TIMEOUT)
    assert [found["appID"] for found in reply.json()["applinks"]["details"]] == ["T.b"]
    off = mint(mock, universal_linking_enabled=0, ios_team_id="T", ios_bundle_id="b")
    assert client.get(path, host=off.short_url_domain).json()["applinks"]["details"] == []


def test_android_is_told_of_app_links(client: Client, mock: BranchMock) -> None:
    (statement,) = client.get("/.well-known/assetlinks.json", host="bnc.lt").json()
    assert statement["relation"] == ["delegate_permission/common.handle_all_urls"]
    assert statement["target"]["package_name"] == "com.example.branchmock"
    assert len(statement["target"]["sha256_cert_fingerprints"]) == 1
    own = mint(mock, android_app_links_enabled=1, android_package_name="a.b")
    assert client.get("/.well-known/assetlinks.json", host=own.short_url_domain).json() == []


def test_scrapers_are_told_where_the_app_has_the_link(client: Client, mock: BranchMock) -> None:
    config = {"ios_uri_scheme": "shop://", "android_uri_scheme": "shop2://"}
    app = mock.branch.apps.mint(config=config)
    url = mock.links.create(app=app, data={"$ios_deeplink_path": 'hat/"1'})
    (link,) = mock.links.all(app=app)
    page = get(client, url, FACEBOOK_BOT).text
    ios = f"shop://hat/%221?link_click_id=link-{link.id}"
    assert f'<meta property="al:ios:url" content="{ios}">' in page
    android = f"shop2://open?link_click_id=link-{link.id}"
    assert f'<meta property="al:android:url" content="{android}">' in page
    plain = mock.branch.apps.mint()
    assert "al:" not in get(client, mock.links.create(app=plain), FACEBOOK_BOT).text


def test_an_app_that_a_scrapers_address_opens_has_the_link(
    client: Client, mock: BranchMock
) -> None:
    url = mock.links.create(channel="fb", data={"room": 12}, identity="maria")
    link = mock.links.get(url)
    body = {"link_identifier": f"link-{link.id}", "os": "iOS", "hardware_id": "phone"}
    told = client.post("/v1/install", body).json()
    data = json.loads(told["data"])
    assert (data["+clicked_branch_link"], data["room"], data["~channel"]) == (True, 12, "fb")
    assert told["referring_identity"] == "maria"
    (click,) = mock.links.clicks(url)
    assert told["click_id"] == str(click.id)
    for unknown in ("link-", "link-x", "link-1", f"link-{mock.app.id}"):
        again = client.post("/v1/open", {**body, "link_identifier": unknown}).json()
        assert json.loads(again["data"])["+clicked_branch_link"] is False
