"""Which requests a fault hits, and faults that a request asks for by hand (contract 12)."""

from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.api.replies import FAULT_HEADER
from tests.client import TIMEOUT, Client, message_of
from tests.links import link_body

# which


@pytest.mark.parametrize(
    ("match", "hit"),
    [
        ("POST /v1/url", True),
        ("post", True),
        ("/v1/*", True),
        ("GET /v1/url", False),
        ("/v1/credits", False),
        ({"json": {"channel": "sms"}}, True),
        ({"json": {"channel": "email"}}, False),
        ({"headers": {"x-team": "grow*"}}, True),
        ({"headers": {"x-team": "other"}}, False),
        ({"query": {"try": "2"}}, True),
        ({"query": {"try": "3"}}, False),
        ({"branch_key": "own"}, True),
        ({"branch_key": "key_live_other"}, False),
        ({"method": "POST", "path": "/v1/url", "json": {"data": {"a": 1}}}, True),
        ({}, True),
        (None, True),
    ],
)
def test_which_requests_are_hit(mock: BranchMock, client: Client, *, match: Any, hit: bool) -> None:
    if isinstance(match, dict) and match.get("branch_key") == "own":
        match = {"branch_key": mock.app.key}
    mock.faults.add(match, status=503)
    body = {"channel": "sms", "data": {"a": 1}}
    answer = client.post("/v1/url?try=2", body, headers={"X-Team": "growth"})
    assert answer.status_code == (503 if hit else 200)


def test_clicks_are_hit_too_also_by_the_key_of_their_app(mock: BranchMock, client: Client) -> None:
    app = mock.apps.mint()
    url = mock.links.create(alias="own", app=app, data={"$desktop_url": "https://example.com"})
    mock.faults.add({"branch_key": app.key, "path": "/own"}, status=503)
    assert client.get(url.removeprefix(mock.url)).status_code == 503
    assert client.get("/own", host=app.short_url_domain).status_code == 503
    assert client.get("/test-link").status_code == 307
    assert mock.links.clicks(url, app=app) == []


def test_what_would_be_refused_is_hit_as_well(mock: BranchMock, client: Client) -> None:
    mock.faults.add("/v1/*", status=503)
    assert client.get("/v1/nothing").status_code == 503
    assert client.call("PATCH", "/v1/url").status_code == 503
    assert client.call("POST", "/v1/url", data=b"{").status_code == 503
    assert client.post("/v1/url", {"type": 9}).status_code == 503


def test_a_preflight_does_not_use_up_a_fault(mock: BranchMock, client: Client) -> None:
    mock.faults.add("/v1/url", status=503, first=1)
    assert client.call("OPTIONS", "/v1/url").status_code == 204
    assert client.post("/v1/url", {}).status_code == 503
    mock.faults.add("OPTIONS /v1/url", status=500)
    assert client.call("OPTIONS", "/v1/url").status_code == 500


def test_the_control_plane_is_never_hit(mock: BranchMock, client: Client) -> None:
    mock.faults.add(status=503)
    assert client.get("/_mock/health", headers={"X-Branch-Mock": "status=500"}).status_code == 200
    ((_, matched, _),) = mock.faults.all()
    assert matched == 0


# by hand


@pytest.mark.parametrize(
    ("text", "status", "header", "value"),
    [
        ("status=503", 503, "Content-Type", "application/json; charset=utf-8"),
        ("status=429; retry_after=3", 429, "Retry-After", "3"),
        ("status = 500 ; body = oh no;", 500, "Content-Type", "text/plain; charset=utf-8"),
        ("delay=0.01-0.02", 200, FAULT_HEADER, "by-hand"),
    ],
)
def test_one_request_by_hand(
    mock: BranchMock, client: Client, *, text: str, status: int, header: str, value: str
) -> None:
    answer = client.post("/v1/url", {}, headers={"X-Branch-Mock": text})
    assert (answer.status_code, answer.headers[header]) == (status, value)
    assert answer.headers[FAULT_HEADER] == "by-hand"
    assert mock.requests.all()[0].fault == "by-hand"
    assert client.post("/v1/url", {}).status_code == 200
    assert mock.faults.all() == []


def test_set_up_is_neither_hit_nor_counted(mock: BranchMock, client: Client) -> None:
    """What says of itself that it is a test's own doing (contract 12)."""
    mock.faults.add("POST /v1/url", status=503)
    set_up = {"X-Branch-Mock": "direct"}
    url = client.post("/v1/url", {"alias": "ready"}, headers=set_up).json()["url"]
    assert client.post("/v1/url", {"alias": "asked"}).status_code == 503
    ((_, matched, hits),) = mock.faults.all()
    assert (matched, hits) == (1, 1)
    assert [entry.body["alias"] for entry in mock.requests.all()] == ["asked"]
    mock.assert_called("POST /v1/url", times=1)
    assert [line for line in mock.timeline() if line.endswith(f"link {url} [direct]")]
    listed = client.get("/_mock/requests").json()
    assert [(entry["direct"], entry["status"]) for entry in listed] == [(True, 200), (False, 503)]
    for sent, number in (({}, 1), ({"direct": False}, 1), ({"direct": True}, 2)):
        assert len(client.call("POST", "/_mock/requests/find", json=sent).json()) == number
        count = client.call("POST", "/_mock/requests/count", json=sent).json()
        assert count == {"count": number}
    spaced = {"X-Branch-Mock": "direct;"}
    assert client.post("/v1/url", {"alias": "more"}, headers=spaced).status_code == 200


def test_connections_by_hand(mock: BranchMock, session: requests.Session) -> None:
    lost = {"X-Branch-Mock": "connection=reset; phase=after"}
    with pytest.raises(requests.ConnectionError):
        session.post(
            f"{mock.url}/v1/url", json=link_body(mock, alias="lost"), headers=lost, timeout=TIMEOUT
        )
    assert mock.links.get("https://bnc.lt/lost").alias == "lost"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stat=503", "must be made of status, delay"),
        ("status=5", "status: must be from 200 to 599, got '5'"),
        ("delay=x", "delay: must be seconds"),
        ("delay=nan", "delay: must be seconds"),
        ("delay=2-1", "delay must be [least, most]"),
        ("retry_after=0.5", "retry_after: must be whole seconds"),
        ("connection=cut", "connection: must be one of hang, reset"),
        ("phase=after", "status or something else that it does is required"),
        ("body=x", "status is required where a body is given"),
        ("", "something else that it does"),
    ],
)
def test_what_cannot_be_read_by_hand_is_refused(
    mock: BranchMock, client: Client, text: str, said: str
) -> None:
    before = len(mock.links.all())
    answer = client.post("/v1/url", {}, headers={"X-Branch-Mock": text})
    assert answer.status_code == 400
    assert message_of(answer).startswith("X-Branch-Mock")
    assert said in message_of(answer)
    assert len(mock.links.all()) == before
