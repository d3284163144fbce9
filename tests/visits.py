"""Devices on their way from a link to a session of the app, over HTTP."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

from branch_mock import BranchMock
from branch_mock.domain.devices import Device
from tests.client import Client

_WEB: dict[str, Any] = {
    "$desktop_url": "https://example.com/d",
    "$ios_url": "https://example.com/i",
}
_WEB |= {"$android_url": "https://example.com/a", "$fire_url": "https://example.com/f"}
_WEB |= {"$web_only": True}


def headers_of(device: Device) -> dict[str, str]:
    """What its browser sends."""
    return {"User-Agent": device.user_agent, "X-Forwarded-For": device.ip}


def make(client: Client, **fields: Any) -> str:
    """A new link that stays on the web; its address."""
    data = {**_WEB, **fields.pop("data", {})}
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
    """The names of the first app's events."""
    return [event.name for event in mock.branch.events.all(mock.app)]
