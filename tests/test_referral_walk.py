"""A whole referral, from a shared link to the next day's export (contract 6, 8, 9, 10)."""

import csv
import gzip
import json
from io import StringIO
from typing import Any
from urllib.parse import parse_qs, urlsplit

from branch_mock import IPHONE, PIXEL, BranchMock, Device, FrozenClock
from tests.client import Client

WAIT = 10


def headers_of(device: Device) -> dict[str, str]:
    return {"User-Agent": device.user_agent, "X-Forwarded-For": device.ip}


def rows(client: Client, addresses: list[str]) -> list[dict[str, str]]:
    """What the files of an export hold."""
    found: list[dict[str, str]] = []
    for address in addresses:
        reply = client.get(address.removeprefix(client.url))
        assert reply.status_code == 200
        text = gzip.decompress(reply.content).decode()
        found += csv.DictReader(StringIO(text, newline=""))
    return found


def rule(client: Client, **fields: Any) -> None:
    assert client.post("/v1/eventresponse", {"calculation_type": 1, **fields}).status_code == 200


def test_a_referral_from_link_to_export(
    client: Client, mock: BranchMock, clock: FrozenClock
) -> None:
    for location in (1, 4):
        metadata = {"amount": 5, "bucket": "default"}
        rule(client, event="buy", type="credit", location=location, metadata=metadata)
    hook = {"web_hook_url": mock.webhooks.inbox_url("shop")}
    rule(client, event="buy", type="web_hook", location=4, metadata=hook)

    # Ann, who has the app on a Pixel, shares a link.
    ann = client.post("/v1/install", PIXEL.app_fields(), headers=headers_of(PIXEL)).json()
    client.post("/v1/profile", {"identity": "ann", "session_id": ann["session_id"]})
    fields = {"channel": "sms", "feature": "invite", "identity": "ann"}
    data = {"gift": "hat", "$ios_url": "https://example.com/get", "$web_only": True}
    link = client.post("/v1/url", {**fields, "data": data}).json()["url"]

    # Bob follows it on an iPhone, installs the app, signs up and buys.
    clock.advance(60)
    reply = client.get(link.removeprefix(client.url), headers=headers_of(IPHONE))
    (click_id,) = parse_qs(urlsplit(reply.headers["Location"]).query)["_branch_match_id"]
    clock.advance(600)
    bob = client.post("/v1/install", IPHONE.app_fields(), headers=headers_of(IPHONE)).json()
    assert json.loads(bob["data"])["gift"] == "hat"
    assert bob["referring_identity"] == "ann"
    assert bob["click_id"] == click_id
    told = {name: bob[name] for name in ("session_id", "identity_id")}
    client.post("/v1/profile", {"identity": "bob", **told})
    clock.advance(60)
    event = {"event": "buy", "identity": "bob", "metadata": {"sku": "12"}}
    assert client.post("/v1/event", {**event, "session_id": told["session_id"]}).json() == {}

    # Both are rewarded, once, and the shop hears of it.
    assert client.post("/v1/event", event).json() == {}
    for name in ("ann", "bob"):
        counts = client.get("/v1/credits", params={"branch_key": client.key, "identity": name})
        assert counts.json() == {"default": 5}
    (delivery,) = mock.webhooks.wait(1, timeout=WAIT)
    assert delivery.status == 200
    (message,) = mock.webhooks.inbox("shop")
    assert message.user_agent == "Branch Metrics API"
    assert message.body["identity"] == "bob"
    assert message.body["first_referring_identity"] == "ann"
    assert message.body["session_referring_link_data"]["channel"] == "sms"
    assert message.body["metadata"] == {"ip": "127.0.0.1", "referred": True, "sku": "12"}

    # The next day's export shows every step.
    day = clock.now().date().isoformat()
    clock.advance(24 * 3600)
    files = client.post("/v2/export", {"export_date": day}).json()
    check_export(client, files, mock.links.get(link).id, ann, bob)


def check_export(
    client: Client, files: dict[str, Any], link_id: int, ann: dict[str, Any], bob: dict[str, Any]
) -> None:
    """The files tell of the link, the click, and all that bob did, with the ids that were told."""
    (link_row,) = [
        row for row in rows(client, files["links_export_url"]) if row["link_id"] == str(link_id)
    ]
    assert link_row["branch_identity_id"] == ann["identity_id"]
    (click_row,) = [
        row
        for row in rows(client, files["clicks_export_url"])
        if row["branch_link_click_id"] == bob["click_id"]
    ]
    assert (click_row["link_id"], click_row["ip_address"]) == (str(link_id), IPHONE.ip)
    mine = [
        row
        for row in rows(client, files["events_export_url"])
        if row["branch_identity_id"] == bob["identity_id"]
    ]
    assert [row["name"] for row in mine] == ["install", "referred session", "buy", "buy"]
    for row in mine[:3]:
        assert row["branch_session_id"] == bob["session_id"]
        assert row["branch_device_fingerprint_id"] == bob["device_fingerprint_id"]
        assert row["hardware_id"] == IPHONE.hardware_id
        for which in ("first", "session"):
            assert row[f"{which}_referring_branch_link_id"] == str(link_id)
            assert row[f"{which}_referring_developer_identity"] == "ann"
            assert row[f"{which}_referring_branch_identity_id"] == ann["identity_id"]
    assert mine[2]["developer_identity"] == "bob"
    assert json.loads(mine[2]["metadata"]) == {"sku": "12"}
