"""Endpoints of later generations (contract 11)."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from branch_mock import DESKTOP, IPHONE, PIXEL, BranchMock, Device
from branch_mock.api.endpoints import API, LINKS
from tests.client import Client, message_of

SENTENCE = "Request with non-mobile OS should have developer_identity and/or browser_fingerprint_id"
LATER = {
    *("/v1/open", "/v1/install", "/v1/close", "/v1/profile", "/v1/logout", "/_r", "/v1/deepview"),
    *(
        "/v1/has-app/{branch_key}",
        "/v1/pageview",
        "/v1/qr-code",
        "/v3/export",
        "/c/{click_id}",
        "/v1/url",
    ),
    *("/v2/event/standard", "/v2/event/custom", "/v3/export"),
}


def test_they_are_marked_in_the_table() -> None:
    later = {row.path: row for row in (*API, *LINKS) if row.generation == "later"}
    assert later.keys() >= LATER
    assert {row.section for row in later.values()} == {"6", "11"}
    assert all(row.method == "DELETE" for row in later.values() if row.path == "/v1/url")


def v2(client: Client, kind: str = "custom", **body: Any) -> Any:
    return client.post(f"/v2/event/{kind}", body)


def test_a_standard_event_is_noted(client: Client, mock: BranchMock) -> None:
    session = mock.simulate.install(IPHONE)
    about = {"os": "iOS", "hardware_id": IPHONE.hardware_id, "developer_identity": "zoe"}
    reply = v2(
        client,
        "standard",
        name="PURCHASE",
        user_data=about,
        event_data={"revenue": 3.5, "currency": "EUR"},
        custom_data={"plan": "gold"},
        content_items=[{"$og_title": "Hat"}],
    )
    assert reply.json() == {"branch_view_enabled": False}
    event = mock.events.all()[-1]
    assert (event.name, event.metadata["revenue"], event.metadata["plan"]) == (
        "PURCHASE",
        3.5,
        "gold",
    )
    assert event.session is not None
    assert event.session.id == session.id
    zoe = mock.branch.identities.find(mock.app, "zoe")
    assert zoe is not None
    assert event.identity_id == zoe.id == session.identity_id


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("custom", {"name": "x"}, {"user_data": "missing required field"}),
        (
            "standard",
            {"name": "NAP", "user_data": {"os": "iOS"}, "custom_data": {}, "content_items": [{}]},
            {
                "name": "not a valid option",
                "user_data": {},
                "custom_data": {},
                "content_items": [{}],
            },
        ),
        (
            "custom",
            {"name": "x", "user_data": {"os": "Linux"}, "event_data": {}},
            {
                "user_data": [SENTENCE] * 2,
                "event_data": {},
            },
        ),
        ("custom", {"name": 5, "user_data": "no"}, {"name": "wrong field type"}),
        (
            "custom",
            {"name": "x", "user_data": {"os": 5}},
            {"user_data": {"os": "wrong field type"}},
        ),
    ],
)
def test_fields_that_fail_have_reasons(
    client: Client, kind: str, body: dict[str, Any], error: dict[str, Any]
) -> None:
    reply = v2(client, kind, **body)
    assert reply.status_code == 400
    if body.get("user_data") == "no":
        error = {**error, "user_data": "wrong field type"}
    assert reply.json() == {"error": error}
    assert reply.text.endswith("}\n")
    assert "and/or" not in reply.text


def test_events_may_come_as_forms(client: Client, mock: BranchMock) -> None:
    form = {
        "branch_key": client.key,
        "name": "look",
        "user_data": json.dumps({"developer_identity": "zoe", "os": "Mac OS X"}),
        "custom_data": json.dumps({"a": "1"}),
    }
    assert client.call("POST", "/v2/event/custom", data=form).status_code == 200
    assert mock.events.all()[-1].metadata == {"a": "1"}


def test_a_page_view_is_an_event(client: Client, mock: BranchMock) -> None:
    page = client.post("/v1/open", {"sdk": "web1"}).json()
    told = {name: page[name] for name in ("session_id", "browser_fingerprint_id")}
    body = {"event": "pageview", "metadata": '{"a":"b","nested":{}}', "identity": "zoe", **told}
    assert client.post("/v1/pageview", body).json() == {}
    event = mock.events.all()[-1]
    assert (event.name, event.metadata) == ("pageview", {"a": "b"})
    user = mock.branch.identities.find(mock.app, "zoe")
    assert user is not None
    assert event.identity_id == user.id
    journey = client.post("/v1/pageview", {**body, "branch_view_id": "<7>"}).json()
    assert "Journey &lt;7&gt;" in journey["template"]
    assert client.post("/v1/dismiss", body).json() == {}
    assert mock.events.all()[-1].name == "dismiss"


def test_a_deepview_is_a_function_that_leads_to_a_link(client: Client, mock: BranchMock) -> None:
    body = {
        "branch_key": client.key,
        "deepview_type": "deepview",
        "source": "web-sdk",
        "channel": "page",
        "data": json.dumps({"a": 1}),
    }
    data = b64encode(json.dumps(body).encode()).decode()
    reply = client.get("/v1/deepview", params={"data": data, "callback": "cb"})
    link = mock.links.all()[-1]
    assert link.channel == "page"
    assert int(link.creation_source) == 5
    url = mock.links.url(link)
    assert reply.text == f'/**/cb((function(){{window.top.location="{url}";}}));'
    made = len(mock.links.all())
    again = client.post("/v1/deepview", {**body, "link_click_id": "test-link"})
    assert "test-link" in again.text
    assert len(mock.links.all()) == made


@pytest.mark.parametrize("flag", [True, 1, "true"])
@pytest.mark.parametrize("device", [IPHONE, PIXEL])
def test_a_deepview_tries_the_app_at_once_on_a_phone(
    client: Client, mock: BranchMock, device: Device, *, flag: object
) -> None:
    app = mock.branch.apps.mint(config={"ios_uri_scheme": "shop://", "android_uri_scheme": "shop"})
    body = {
        "branch_key": app.key,
        "deepview_type": "deepview",
        "source": "web-sdk",
        "data": {"$deeplink_path": "hat/1", "$ios_redirect_timeout": "x"},
        "open_app": flag,
    }
    agent = {"User-Agent": device.user_agent}
    text = client.post("/v1/deepview", body, headers=agent).text
    (click,) = mock.branch.clicks.all(app)
    url = mock.links.url(click.link)
    assert f'frame.src="shop://open?link_click_id={click.id}";' in text
    assert text.endswith(f'return (function(){{window.top.location="{url}";}});}})()')
    session = mock.simulate.open(device, click=click, app=app)
    assert session.click == click
    named = {**body, "link_click_id": str(click.id), "append_deeplink_path": flag}
    again = client.post("/v1/deepview", named, headers=agent).text
    assert f'frame.src="shop://hat/1?link_click_id={click.id}";' in again
    assert mock.branch.clicks.all(app) == [click]


@pytest.mark.parametrize(
    ("device", "config", "body"),
    [
        (DESKTOP, {"ios_uri_scheme": "shop://"}, {"open_app": True}),
        (IPHONE, {}, {"open_app": True}),
        (IPHONE, {"ios_uri_scheme": "shop://"}, {}),
        (IPHONE, {"ios_uri_scheme": "shop://"}, {"open_app": False}),
        (IPHONE, {"ios_uri_scheme": "shop://"}, {"open_app": "0"}),
        (IPHONE, {"ios_uri_scheme": "shop://"}, {"open_app": True, "data": {"$web_only": True}}),
    ],
)
def test_a_deepview_leaves_the_app_alone_otherwise(
    client: Client,
    mock: BranchMock,
    device: Device,
    config: dict[str, Any],
    body: dict[str, Any],
) -> None:
    app = mock.branch.apps.mint(config=config)
    about = {"branch_key": app.key, "deepview_type": "deepview", "source": "web-sdk", "data": {}}
    agent = {"User-Agent": device.user_agent}
    text = client.post("/v1/deepview", {**about, **body}, headers=agent).text
    assert text.startswith("(function(){window.top.location=")
    assert mock.branch.clicks.all() == []


@pytest.mark.parametrize(
    ("sdk", "source"),
    [
        ("web2.59.0", 5),
        ("ios0.12.3", 3),
        ("android1.13.0", 4),
        ("api", 0),
        (None, 0),
        (7, 0),
        ({"web": 1}, 0),
    ],
)
def test_links_tell_which_sdk_made_them(client: Client, sdk: object, source: int) -> None:
    for path in ("/v1/url", "/v1/qr-code"):
        body = {"channel": "x", "alias": path[4:], "sdk": sdk}
        reply = client.post(path, body)
        assert reply.status_code == 200, reply.text
        query = {"url": f"https://bnc.lt/{path[4:]}", "branch_key": client.key}
        assert client.get("/v1/url", params=query).json()["data"]["~creation_source"] == source


def test_a_deleted_link_is_viewed_but_not_followed(client: Client, mock: BranchMock) -> None:
    fields = {"alias": "gone", "data": {"$desktop_url": "https://example.com/"}}
    url = client.post("/v1/url", fields).json()["url"]
    body = {"branch_key": client.key, "branch_secret": client.secret}
    wrong = client.call("DELETE", "/v1/url", params={"url": url}, json={"branch_key": client.key})
    assert wrong.status_code == 400
    reply = client.call("DELETE", "/v1/url", params={"url": url}, json=body)
    assert reply.json() == {"url": url, "deleted": True}
    shown = client.get("/v1/url", params={"url": url, "branch_key": client.key})
    assert shown.json()["alias"] == "gone"
    followed = client.get("/gone", headers={"Accept": "text/html"})
    assert followed.status_code == 404
    assert client.put("/v1/url", {"channel": "x"}, params={"url": url}).status_code == 404
    again = client.post("/v1/url", fields)
    assert again.status_code == 409
    assert "Link alias conflict" in message_of(again)
    assert mock.links.clicks() == []
    unknown = client.call("DELETE", "/v1/url", params={"url": url + "x"}, json=body)
    assert unknown.status_code == 404


def read_code(image: bytes) -> tuple[str, tuple[int, int]]:
    """What a QR code says to an independent reader, and the size of its image."""
    picture = Image.open(BytesIO(image))
    assert picture.format == "PNG"
    (code,) = zxingcpp.read_barcodes(picture.convert("L"))
    return code.text, picture.size


@pytest.mark.parametrize(
    ("settings", "width"),
    [
        ({}, 300),
        ({"width": 900, "margin": 30, "code_color": "#112233"}, 900),
        ({"width": "500", "background_color": "#ffeecc", "image_format": "png"}, 500),
    ],
)
def test_a_qr_code_leads_to_its_link(
    client: Client, mock: BranchMock, settings: dict[str, Any], width: int
) -> None:
    body = {"channel": "poster", "qr_code_settings": json.dumps(settings)}
    reply = client.post("/v1/qr-code", body)
    assert reply.headers["Content-Type"] == "image/png"
    text, size = read_code(reply.content)
    link = mock.links.get(text)
    assert link.channel == "poster"
    assert width * 0.7 < size[0] == size[1] <= width


def test_a_qr_code_that_cannot_be_drawn_is_refused(client: Client, mock: BranchMock) -> None:
    before = len(mock.links.all())
    reply = client.post("/v1/qr-code", {"qr_code_settings": {"image_format": "jpeg", "width": 1}})
    assert reply.json()["error"]["qr_code_settings"]["image_format"] == "not a valid option"
    assert "at least 300" in reply.json()["error"]["qr_code_settings"]["width"]
    assert len(mock.links.all()) == before
