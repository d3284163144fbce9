"""Following links (contract 6)."""

import html
import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import requests

from branch_mock import BranchMock, FrozenClock
from branch_mock.domain.devices import Platform
from branch_mock.seeds import parse, plant_one
from tests import user_agents as agents
from tests.client import Client
from tests.links import create
from tests.state import unchanged

PLATFORMS = {
    agents.DESKTOP: ("$desktop_url", "default_desktop_url"),
    agents.MAC: ("$desktop_url", "default_desktop_url"),
    agents.IPHONE: ("$ios_url", "ios_url"),
    agents.IPOD: ("$ios_url", "ios_url"),
    agents.IPAD: ("$ipad_url", "ios_url"),
    agents.ANDROID: ("$android_url", "android_url"),
    agents.FIRE: ("$fire_url", "fire_url"),
    agents.WINDOWS_PHONE: ("$windows_phone_url", "windows_phone_url"),
    agents.BLACKBERRY: ("$blackberry_url", "blackberry_url"),
    agents.PLAYBOOK: ("$blackberry_url", "blackberry_url"),
}
LINK_KEYS = sorted({key for key, _ in PLATFORMS.values()})
APP_KEYS = sorted({key for _, key in PLATFORMS.values()})
EVERY_LINK_KEY = {key: f"https://link.test/{key[1:]}" for key in LINK_KEYS}
EVERY_APP_KEY = {key: f"https://app.test/{key}" for key in APP_KEYS}
KEY = "key_live_" + "x" * 32


def app_with(mock: BranchMock, config: dict[str, Any]) -> str:
    """The key of a new app with that configuration."""
    seed = {"apps": [{"branch_key": KEY, "config": config}]}
    plant_one(mock.branch, parse("test", json.dumps(seed)), "test")
    return KEY


def follow(client: Client, data: dict[str, Any], agent: str, query: str = "") -> requests.Response:
    """The answer to a click on a new link of the app that `app_with` made."""
    made = client.call("POST", "/v1/url", json={"branch_key": KEY, "data": data})
    path = made.json()["url"].removeprefix(client.url)
    return client.get(path + query, headers={"User-Agent": agent})


def target(reply: requests.Response) -> str:
    """Where a 307 leads, without the match id."""
    assert reply.status_code == 307, reply.text
    location = reply.headers["Location"]
    match = re.fullmatch(r"(.*)[?&]_branch_match_id=\d{17,19}(#.*)?", location)
    assert match is not None, location
    return match[1] + (match[2] or "")


@pytest.mark.parametrize("agent", PLATFORMS)
def test_the_order_of_destinations(client: Client, mock: BranchMock, agent: str) -> None:
    link_key, app_key = PLATFORMS[agent]
    app_with(mock, {**EVERY_APP_KEY, "web_url": "https://app.test/web"})
    data = {**EVERY_LINK_KEY, "$fallback_url": "https://link.test/fallback"}
    asked = "?" + urlencode({link_key: "https://query.test/"})
    fallback = "?" + urlencode({"$fallback_url": "https://query.test/fallback"})
    assert target(follow(client, data, agent, asked)) == "https://query.test/"
    assert target(follow(client, data, agent, fallback)) == f"https://link.test/{link_key[1:]}"
    del data[link_key]
    if link_key == "$ipad_url":
        assert target(follow(client, data, agent)) == "https://link.test/ios_url"
        del data["$ios_url"]
    assert target(follow(client, data, agent, fallback)) == "https://query.test/fallback"
    assert target(follow(client, data, agent)) == "https://link.test/fallback"
    del data["$fallback_url"]
    assert target(follow(client, data, agent)) == f"https://app.test/{app_key}"


@pytest.mark.parametrize("agent", PLATFORMS)
def test_the_last_destinations(client: Client, mock: BranchMock, agent: str) -> None:
    app_with(mock, {"web_url": "https://app.test/web"})
    assert target(follow(client, {}, agent)) == "https://app.test/web"
    bare = client.get(
        "/bnc.lt/test-link?$fallback_url=&$web_only=true", headers={"User-Agent": agent}
    )
    assert bare.status_code == 307


@pytest.mark.parametrize("agent", PLATFORMS)
def test_without_any_destination_there_is_a_landing_page(
    client: Client, mock: BranchMock, agent: str
) -> None:
    app_with(mock, {"app_name": "<An app>"})
    reply = follow(client, {"a<b>": "</pre><script>"}, agent)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<h1>&lt;An app&gt;</h1>" in reply.text
    assert "<script>" not in reply.text
    click = mock.branch.clicks.all()[-1]
    assert html.escape(f"/l/{click.link.path.removeprefix('l/')}") in reply.text
    assert click.redirect_method == "landing_page"


BAD_TARGETS = [
    "javascript:alert(1)",
    "myapp://open",
    "ftp://files.test/",
    "file:///etc/passwd",
    "data:text/html,x",
    "//no.scheme.test/",
    "/relative",
    "",
    "https://",
    "https:///path",
    "http://[::1",
    "https://x.test/\r\nSet-Cookie: a=b",
    "https://x.test/\nX: y",
    "https://x.test/\ttab",
    "https://x.test/\u2028",
    5,
    True,
    None,
    ["https://x.test/"],
    {"a": "https://x.test/"},
]


@pytest.mark.parametrize("bad", BAD_TARGETS)
def test_what_is_no_web_address_is_passed_over(
    client: Client, mock: BranchMock, bad: object
) -> None:
    app_with(mock, {"default_desktop_url": "myapp://", "web_url": "https://app.test/web"})
    reply = follow(client, {"$desktop_url": bad, "$fallback_url": bad}, agents.DESKTOP)
    assert target(reply) == "https://app.test/web"
    assert "Set-Cookie" not in reply.headers
    assert "X" not in reply.headers


@pytest.mark.parametrize("bad", [bad for bad in BAD_TARGETS if isinstance(bad, str)])
def test_what_is_no_web_address_in_a_query_is_passed_over(client: Client, bad: str) -> None:
    agent = {"User-Agent": agents.DESKTOP}
    reply = client.get("/test-link?$desktop_url=" + quote(bad, safe=""), headers=agent)
    assert target(reply) == "https://example.com/"
    reply = client.get("/test-link?$desktop_url=https://a.test&$desktop_url=https://b.test")
    assert target(reply) == "https://example.com/"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://x.test", "https://x.test?_branch_match_id=N"),
        ("https://x.test/a?b=c", "https://x.test/a?b=c&_branch_match_id=N"),
        ("https://x.test/a?", "https://x.test/a?_branch_match_id=N"),
        ("https://x.test/#top", "https://x.test/?_branch_match_id=N#top"),
        ("https://x.test/?a=b#top?c", "https://x.test/?a=b&_branch_match_id=N#top?c"),
        ("https://x.test/?_branch_match_id=5", "https://x.test/?_branch_match_id=N"),
        ("https://x.test/?_branch_match_id=5&a=b", "https://x.test/?a=b&_branch_match_id=N"),
        ("https://x.test/?a=b&_branch_match_id=5#t", "https://x.test/?a=b&_branch_match_id=N#t"),
        ("https://x.test/?x_branch_match_id=5", "https://x.test/?x_branch_match_id=5&_branch_match_id=N"),
        ("https://x.test/é ü", "https://x.test/%C3%A9%20%C3%BC?_branch_match_id=N"),
        ("https://x.test/%C3%A9", "https://x.test/%C3%A9?_branch_match_id=N"),
        ("http://x.test:81/", "http://x.test:81/?_branch_match_id=N"),
        ("HTTPS://x.test/", "HTTPS://x.test/?_branch_match_id=N"),
    ],
)  # fmt: skip
def test_the_match_id_is_appended_once(
    client: Client, mock: BranchMock, given: str, sent: str
) -> None:
    url = create(client, data={"$desktop_url": given})
    reply = client.get(url.removeprefix(client.url), headers={"User-Agent": agents.DESKTOP})
    click = mock.branch.clicks.all()[-1]
    assert reply.headers["Location"] == sent.replace("N", str(click.id))


def test_stores_are_found_by_package_name_and_app_id(client: Client) -> None:
    for agent, store in (
        (agents.ANDROID, "https://play.google.com/store/apps/details?id=com.example.branchmock"),
        (agents.IPHONE, "https://itunes.apple.com/us/app/id512451233"),
        (agents.IPAD, "https://itunes.apple.com/us/app/id512451233"),
    ):
        reply = client.get("/test-link?$web_only=true", headers={"User-Agent": agent})
        assert target(reply).partition("&referrer=")[0] == store


@pytest.mark.parametrize("agent", agents.BOTS)
def test_bots_read_about_the_link_and_are_no_clicks(
    client: Client, mock: BranchMock, agent: str
) -> None:
    data = {
        "$og_title": 'A "title" <b>',
        "$og_image_url": "https://x.test/i.png",
        "$og_app_id": "123",
        "$twitter_card": "summary",
        "$twitter_image_url": "https://x.test/t.png",
        "$desktop_url": "https://x.test/",
        "other": "not shown",
    }
    url = create(client, data=data)
    with unchanged(mock.branch):
        reply = client.get(url.removeprefix(client.url), headers={"User-Agent": agent})
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    for tag in (
        '<meta property="og:title" content="A &quot;title&quot; &lt;b&gt;">',
        '<meta property="og:image" content="https://x.test/i.png">',
        '<meta property="og:description" content="An app to try deep links with">',
        '<meta property="fb:app_id" content="123">',
        '<meta name="twitter:card" content="summary">',
        '<meta name="twitter:image" content="https://x.test/t.png">',
        f'<meta property="og:url" content="{url}">',
        "<title>A &quot;title&quot; &lt;b&gt;</title>",
    ):
        assert tag in reply.text
    assert "not shown" not in reply.text


@pytest.mark.parametrize("agent", ["", "curl/8.5.0", "python-requests/2.31", "x" * 5000, "(", "\\"])
def test_unknown_user_agents_are_desktops(client: Client, mock: BranchMock, agent: str) -> None:
    reply = client.get("/test-link", headers={"User-Agent": agent})
    assert target(reply) == "https://example.com/"
    click = mock.branch.clicks.all()[-1]
    assert click.device.platform is Platform.DESKTOP
    assert click.user_agent == agent


def test_a_click_is_recorded(client: Client, mock: BranchMock, clock: FrozenClock) -> None:
    clock.advance(60)
    headers = {"User-Agent": agents.ANDROID, "X-Forwarded-For": "203.0.113.9, 10.0.0.1"}
    reply = client.get("/test-link?a=1&a=2&b=x%20y&~channel=z&$web_only=true", headers=headers)
    (click,) = mock.branch.clicks.all()
    assert reply.headers["Location"].endswith(f"_branch_match_id={click.id}")
    assert click.created_ms == clock.now_ms()
    assert click.app_id == mock.app.id
    assert click.link == mock.links.get("bnc.lt/test-link")
    assert click.user_agent == agents.ANDROID
    assert click.ip == "203.0.113.9"
    assert click.query == {"a": ["1", "2"], "b": "x y", "~channel": "z", "$web_only": "true"}
    assert click.redirect_method == "redirect"
    assert click.device.platform is Platform.ANDROID
    assert click.device.os == "Android"
    assert click.device.os_version == "6.0"
    assert click.device.model == "Nexus 5X"
    assert click.device.browser == "Chrome Mobile"
    assert click.device.mobile


def test_the_address_of_the_caller_is_recorded(client: Client, mock: BranchMock) -> None:
    client.get("/test-link")
    client.get("/test-link", headers={"X-Forwarded-For": "garbage"})
    client.get("/test-link", headers={"X-Forwarded-For": "2001:db8::1"})
    ips = [click.ip for click in mock.branch.clicks.all()]
    assert ips == ["127.0.0.1", "127.0.0.1", "2001:db8::1"]


def test_a_browser_is_known_again(client: Client, mock: BranchMock) -> None:
    for agent in (agents.IPHONE, agents.IPHONE, agents.ANDROID):
        client.get("/test-link", headers={"User-Agent": agent})
    one, two, three = (click.browser_id for click in mock.branch.clicks.all())
    assert one == two != three


def test_a_click_keeps_the_link_as_it_was(client: Client, mock: BranchMock) -> None:
    url = create(client, channel="before")
    client.get(url.removeprefix(client.url))
    client.put("/v1/url", {"channel": "after"}, params={"url": url})
    client.get(url.removeprefix(client.url))
    assert [click.link.channel for click in mock.links.clicks(url)] == ["before", "after"]


def test_an_unknown_code_is_a_page_and_no_click(client: Client, mock: BranchMock) -> None:
    with unchanged(mock.branch):
        for path in ("/l/aaaaaaaaaa", "/m/aaaaaaaaaa", "/nothing", "/test-link/more", "/TEST-LINK"):
            page = client.get(path, host="bnc.lt")
            assert page.status_code == 404
            assert page.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "The resource you were looking for could not be found." in page.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_links_are_only_got(client: Client, mock: BranchMock, method: str) -> None:
    with unchanged(mock.branch):
        refused = client.call(method, "/test-link", host="bnc.lt")
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"
