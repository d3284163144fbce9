"""Faults over HTTP, and the same checks in `mock.faults` (contract 12)."""

from typing import Any

import pytest

from branch_mock import BranchMock, InvalidBody, InvalidRequest
from tests.client import Client, message_of


def lay(client: Client, **body: Any) -> dict[str, Any]:
    answer = client.call("POST", "/_mock/faults", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_fault_is_laid_shown_hit_and_taken_away(mock: BranchMock, client: Client) -> None:
    match = {"method": "POST", "path": "/v1/url", "json": {"channel": "sms"}}
    laid = lay(client, id="one", match=match, status=503, first=1)
    assert laid == {
        "id": "one",
        "match": match,
        "status": 503,
        "first": 1,
        "matched": 0,
        "hits": 0,
    }
    other = lay(client, delay=[0.01, 0.02], connection="reset", phase="after")
    assert other["id"] == "fault-1"
    assert (other["delay"], other["connection"], other["phase"]) == ([0.01, 0.02], "reset", "after")
    assert client.get("/_mock/faults").json() == [laid, other]
    assert client.post("/v1/url", {"channel": "sms"}).status_code == 503
    assert client.get("/_mock/faults").json()[0] == {**laid, "matched": 1, "hits": 1}
    assert [record.fault.id for record in mock.faults.all()] == ["one", "fault-1"]
    assert client.call("DELETE", "/_mock/faults?id=one").json() == {"removed": 1}
    assert client.call("DELETE", "/_mock/faults").json() == {"removed": 1}
    assert client.get("/_mock/faults").json() == []


def test_a_budget_shows_what_it_answers(client: Client) -> None:
    assert lay(client, limit=3, window=10)["status"] == 429


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({}, "status or something else that it does is required"),
    ({"match": {}}, "status or something else that it does is required"),
    ({"first": 1}, "status or something else"),
    ({"phase": "after"}, "status or something else"),
    ({"body": "x"}, "status is required where a body is given"),
    ({"status": 199}, "status must be at least 200"),
    ({"status": 600}, "status must be at most 599"),
    ({"status": "x"}, "status must be a whole number"),
    ({"delay": -1}, "delay"),
    ({"delay": [2, 1]}, "delay must be [least, most], got [2, 1]"),
    (
        {"connection": "reset", "status": 503, "retry_after": 1},
        "status is never sent where connection is reset, got 503; retry_after is never sent where",
    ),
    ({"connection": "empty", "headers": {"A": "b"}}, "headers is never sent where connection is"),
    ({"nth": 1, "limit": 3}, "limit is never passed by 1 in all, got 3"),
    ({"first": 2, "limit": 2}, "limit is never passed by 2 in all, got 2"),
    ({"status": 500, "first": 2, "nth": 3}, "nth never comes: it is past the first 2, got 3"),
    ({"status": 500, "first": 2, "every": 3}, "every never comes: it is past the first 2, got 3"),
    ({"status": 500, "nth": 3, "every": 2}, "nth never comes: it is no multiple of every, 2, got"),
    ({"delay": [1]}, "delay"),
    ({"delay": 3601}, "delay"),
    ({"status": 429, "retry_after": 0.5}, "retry_after must be a whole number"),
    ({"status": 429, "retry_after": -1}, "retry_after must be at least 0"),
    ({"connection": "cut"}, "connection must be one of hang, reset"),
    ({"status": 500, "phase": "never"}, "phase must be one of before, after"),
    ({"status": 500, "first": 0}, "first must be at least 1"),
    ({"status": 500, "nth": 0}, "nth must be at least 1"),
    ({"status": 500, "every": 0}, "every must be at least 1"),
    ({"status": 500, "probability": 1.1}, "probability must be at most 1"),
    ({"limit": -1}, "limit must be at least 0"),
    ({"limit": 1, "window": 0}, "window"),
    ({"status": 500, "id": "a b"}, "id must be 1 to 64 letters"),
    ({"status": 500, "id": "by-hand"}, "id is another fault's: by-hand"),
    (
        {"status": 500, "match": {"path": "v1/url"}},
        "match.path must be a path that begins with / or *, got 'v1/url'",
    ),
    ({"status": 500, "match": {"methd": "GET"}}, "match.methd is not a known field"),
    ({"status": 500, "headers": {"X-A": "a\r\nb: c"}}, "headers.X-A must be printable ASCII"),
    ({"status": 500, "headers": {"X A": "a"}}, "headers"),
    ({"status": 500, "headers": {"content-Length": "9"}}, "headers must leave content-Length"),
    ({"status": 500, "headers": {"Transfer-Encoding": "x"}}, "headers must leave Transfer-Enc"),
    ({"status": 99, "first": 0}, "first must be at least 1, got 0; status must be at least 200"),
    ({"body": "x", "delay": [2, 1]}, "delay must be [least, most], got [2, 1]; status is required"),
]


@pytest.mark.parametrize(("body", "said"), REFUSED)
def test_a_fault_that_cannot_be_is_refused_either_way(
    mock: BranchMock, client: Client, body: dict[str, Any], said: str
) -> None:
    answer = client.call("POST", "/_mock/faults", json=body)
    assert answer.status_code == 400
    assert message_of(answer).startswith(said)
    with pytest.raises(InvalidRequest) as caught:
        mock.faults.add(**body)
    assert caught.value.message == message_of(answer)
    assert mock.faults.all() == []


def test_an_id_is_one_faults_only(mock: BranchMock, client: Client) -> None:
    lay(client, id="one", status=500)
    answer = client.call("POST", "/_mock/faults", json={"id": "one", "status": 501})
    assert (answer.status_code, message_of(answer)) == (400, "id is another fault's: one")
    ((fault, _, _),) = mock.faults.all()
    assert fault.status == 500


def test_what_json_cannot_carry_is_refused(mock: BranchMock) -> None:
    with pytest.raises(InvalidBody):
        mock.faults.add(status=500, body=object())
    with pytest.raises(InvalidBody):
        mock.faults.add(delay=float("nan"))
    with pytest.raises(InvalidRequest, match="endpoint"):
        mock.faults.add("v1/url", status=500)


def test_reset_of_the_faults_leaves_the_rest(mock: BranchMock, client: Client) -> None:
    lay(client, status=503, match={"path": "/none"})
    client.post("/v1/url", {"alias": "kept"})
    assert client.call("POST", "/_mock/reset", json={"parts": ["faults"]}).status_code == 200
    assert client.get("/_mock/faults").json() == []
    assert mock.links.get("https://bnc.lt/kept").alias == "kept"
