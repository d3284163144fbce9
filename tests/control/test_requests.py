"""The journal over HTTP (contract 12)."""

from typing import Any

import pytest

from branch_mock import BranchMock
from tests.client import Client, message_of


def test_it_is_read_found_counted_and_emptied(client: Client) -> None:
    client.post("/v1/url", {"channel": "sms"})
    client.post("/v1/url", {"channel": "email"})
    client.get("/test-link")
    entries = client.get("/_mock/requests").json()
    assert [entry["path"] for entry in entries] == ["/v1/url", "/v1/url", "/test-link"]
    assert client.get("/_mock/requests?after=2").json() == entries[2:]
    wanted = {"method": "POST", "path": "/v1/url", "json": {"channel": "sms"}}
    assert client.call("POST", "/_mock/requests/find", json=wanted).json() == entries[:1]
    assert client.call("POST", "/_mock/requests/count", json=wanted).json() == {"count": 1}
    assert client.call("POST", "/_mock/requests/count", json={}).json() == {"count": 3}
    assert client.call("DELETE", "/_mock/requests").json() == {"removed": 3}
    assert client.get("/_mock/requests").json() == []


def test_an_entry_shows_outcome_and_no_secret(mock: BranchMock, client: Client) -> None:
    client.post("/v1/url", {"type": 9}, headers={"Cookie": "hush"})
    client.post("/v1/url?branch_secret=hush", {"data": {"token": "hush"}})
    text = client.get("/_mock/requests").text
    assert mock.app.secret not in text
    assert "hush" not in text
    refused, made = client.get("/_mock/requests").json()
    assert (refused["status"], refused["endpoint"], refused["fault"]) == (400, "links.create", None)
    assert refused["hint"].startswith("type must be one of 0, 1, 2")
    assert refused["date"] == "2016-01-20T12:00:00.000Z"
    assert refused["branch_key"] == mock.app.key
    assert made["app_id"] == str(mock.app.id)
    assert made["reply"].startswith('{"url":')


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"methods": "GET"}, "methods is not a known field"),
        ({"path": 1}, "path must be a text"),
        ({"query": []}, "query must be an object"),
        ({"headers": {"a": 1}}, "headers.a must be a text"),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(
    client: Client, body: dict[str, Any], said: str
) -> None:
    for verb in ("find", "count"):
        answer = client.call("POST", f"/_mock/requests/{verb}", json=body)
        assert (answer.status_code, message_of(answer).startswith(said)) == (400, True)
