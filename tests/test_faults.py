"""What faults do, and when (contract 12)."""

from typing import Any

import pytest
import requests

from branch_mock import BranchMock, FrozenClock
from branch_mock.api.replies import FAULT_HEADER
from branch_mock.faults import Connection, by_hand, describe
from tests.client import TIMEOUT, Client, message_of
from tests.links import link_body

SHORT = 0.3
"""Seconds that a client waits for what never comes."""


# status, body, headers


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 418, 429, 500, 503, 599])
def test_a_status_with_the_envelope_of_errors(
    mock: BranchMock, client: Client, status: int
) -> None:
    mock.faults.add("POST /v1/url", status=status)
    before = len(mock.links.all())
    answer = client._session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=TIMEOUT)
    assert answer.status_code == status
    assert answer.headers[FAULT_HEADER] == "fault-1"
    if status not in (204, 304):
        assert answer.json()["error"]["code"] == status
    assert len(mock.links.all()) == before
    assert mock.requests.all()[0].status == status


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ({"a": [1, None]}, "application/json; charset=utf-8", '{"a":[1,null]}'),
        ([], "application/json; charset=utf-8", "[]"),
        ("<html>", "text/plain; charset=utf-8", "<html>"),
        ("", "text/plain; charset=utf-8", ""),
    ],
)
def test_a_body_of_its_own(
    mock: BranchMock, session: requests.Session, body: object, content_type: str, text: str
) -> None:
    mock.faults.add(status=502, body=body, headers={"X-Own": "1", "Server": "nginx"})
    answer = session.get(f"{mock.url}/v1/url", timeout=TIMEOUT)
    assert (answer.status_code, answer.text) == (502, text)
    assert answer.headers["Content-Type"] == content_type
    assert (answer.headers["X-Own"], answer.headers["Server"]) == ("1", "nginx")


def test_headers_alone_are_added_to_the_real_answer(mock: BranchMock, client: Client) -> None:
    mock.faults.add(headers={"X-Own": "1"})
    answer = client.post("/v1/url", {"alias": "real"})
    assert (answer.status_code, answer.headers["X-Own"]) == (200, "1")
    refused = client.post("/v1/url", {"type": 9})
    assert (refused.status_code, refused.headers["X-Own"]) == (400, "1")
    assert refused.headers[FAULT_HEADER] == "fault-1"
    assert refused.headers["X-Branch-Mock-Hint"].startswith("type must be")


# delay


def test_a_fixed_delay_and_one_of_a_range(mock: BranchMock, client: Client) -> None:
    mock.faults.add("GET /v1/credits", delay=0.05)
    mock.faults.add("POST /v1/url", delay=[0.02, 0.06])
    assert client.get("/v1/credits", params={**link_body(mock), "identity": "a"}).status_code == 200
    for _ in range(3):
        assert client.post("/v1/url", {}).headers[FAULT_HEADER] == "fault-2"
    fixed, *ranged = mock.requests.all()
    assert fixed.ms >= 49
    assert all(entry.ms >= 19 for entry in ranged)
    assert [record.hits for record in mock.faults.all()] == [1, 3]


def test_a_range_is_drawn_from_the_seeded_generator() -> None:
    def drawn(seed: int) -> list[float]:
        mock = BranchMock(random_seed=seed)
        fault = mock.faults.add(delay=[1, 2])
        return [mock.emulator.faults.seconds(fault) for _ in range(20)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert all(1 <= seconds <= 2 for seconds in drawn(1))
    assert len(set(drawn(1))) == 20


# when


def statuses(client: Client, number: int) -> list[int]:
    return [client.post("/v1/url", {}).status_code for _ in range(number)]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"first": 2}, [503, 503, 200, 200, 200, 200]),
        ({"nth": 3}, [200, 200, 503, 200, 200, 200]),
        ({"every": 2}, [200, 503, 200, 503, 200, 503]),
        ({"every": 2, "first": 4}, [200, 503, 200, 503, 200, 200]),
        ({"probability": 1}, [503] * 6),
        ({"probability": 0}, [200] * 6),
    ],
)
def test_when(mock: BranchMock, client: Client, when: dict[str, Any], expected: list[int]) -> None:
    mock.faults.add("POST /v1/url", status=503, **when)
    assert statuses(client, 6) == expected
    ((_, matched, hits),) = mock.faults.all()
    assert (matched, hits) == (6, expected.count(503))
    assert bool(mock.faults.never_hit()) is (503 not in expected)


def test_probability_is_drawn_from_the_seeded_generator() -> None:
    def run() -> list[int]:
        with BranchMock(random_seed=7) as mock:
            client = Client(mock.url, mock.app.key, mock.app.secret)
            mock.faults.add("POST /v1/url", status=503, probability=0.5)
            found = statuses(client, 20)
            client.close()
            return found

    found = run()
    assert found == run()
    assert {200, 503} == set(found)


def test_the_first_that_applies_hits(mock: BranchMock, client: Client) -> None:
    mock.faults.add("POST /v1/url", status=500, first=1)
    mock.faults.add("POST", status=501, first=1)
    mock.faults.add(status=502)
    assert statuses(client, 3) == [500, 501, 502]


# 429 and budgets


def test_429_with_retry_after(mock: BranchMock, client: Client) -> None:
    mock.faults.add("POST /v1/url", status=429, retry_after=7, first=1)
    answer = client.post("/v1/url", {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert message_of(answer) == "Too Many Requests"


def test_a_budget_by_the_emulated_clock(mock: BranchMock, client: Client) -> None:
    mock.faults.add("POST /v1/url", limit=2, window=10)
    assert statuses(client, 2) == [200, 200]
    mock.clock.advance(2.5)
    answer = client.post("/v1/url", {})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "8")
    mock.clock.advance(7)
    assert client.post("/v1/url", {}).headers["Retry-After"] == "1"
    mock.clock.advance(0.5)
    assert statuses(client, 3) == [200, 200, 429]
    mock.clock.advance(-3600)
    assert statuses(client, 3) == [200, 200, 429]


@pytest.mark.parametrize(
    ("fields", "status", "retry_after"),
    [
        ({}, 429, "60"),
        ({"status": 429}, 429, "60"),
        ({"status": 503}, 503, "60"),
        ({"retry_after": 5}, 429, "5"),
        ({"status": 500}, 500, None),
        ({"delay": 0.01}, 200, None),
    ],
)
def test_what_is_answered_past_a_budget(
    mock: BranchMock, client: Client, fields: dict[str, Any], status: int, retry_after: str | None
) -> None:
    fault = mock.faults.add("POST /v1/url", limit=1, **fields)
    assert client.post("/v1/url", {}).status_code == 200
    answer = client.post("/v1/url", {})
    assert (answer.status_code, answer.headers.get("Retry-After")) == (status, retry_after)
    assert mock.faults.hits(fault) == 1


def test_a_budget_of_none(mock: BranchMock, client: Client) -> None:
    mock.faults.add("POST /v1/url", limit=0)
    assert statuses(client, 2) == [429, 429]


# before and after


@pytest.mark.parametrize("connection", [*Connection])
def test_a_reply_is_lost_but_the_change_is_made(
    mock: BranchMock, session: requests.Session, connection: str
) -> None:
    mock.credits.add("ann", 10)
    mock.faults.add("POST /v1/redeem", connection=connection, phase="after", first=1)
    body = link_body(mock, branch_secret=mock.app.secret, identity="ann", amount=10)
    with pytest.raises(requests.RequestException):
        session.post(f"{mock.url}/v1/redeem", json=body, timeout=SHORT)
    assert mock.credits.get("ann") == {"default": 0}
    again = session.post(f"{mock.url}/v1/redeem", json=body, timeout=TIMEOUT)
    assert again.status_code == 402


def test_before_is_without_the_change(mock: BranchMock, client: Client) -> None:
    mock.credits.add("ann", 10)
    mock.faults.add("POST /v1/redeem", status=503, first=1)
    assert client.post("/v1/redeem", {"identity": "ann", "amount": 4}).status_code == 503
    assert mock.credits.get("ann") == {"default": 10}
    assert client.post("/v1/redeem", {"identity": "ann", "amount": 4}).status_code == 200
    assert mock.credits.get("ann") == {"default": 6}


def test_after_hides_a_refusal_as_well(mock: BranchMock, client: Client) -> None:
    mock.faults.add("POST /v1/redeem", status=503, phase="after")
    answer = client.post("/v1/redeem", {"identity": "nobody", "amount": 4})
    assert (answer.status_code, answer.headers[FAULT_HEADER]) == (503, "fault-1")
    (entry,) = mock.requests.all()
    assert (entry.status, entry.fault) == (503, "fault-1")


# the handle


def test_faults_are_listed_cleared_and_counted(mock: BranchMock, client: Client) -> None:
    one = mock.faults.add("POST /v1/url", id="one", status=503)
    two = mock.faults.add("GET", status=500)
    assert [record.fault for record in mock.faults.all()] == [one, two]
    statuses(client, 2)
    assert (mock.faults.hits(one), mock.faults.hits("one"), mock.faults.hits("none")) == (2, 2, 0)
    assert mock.faults.never_hit() == [two]
    assert mock.faults.clear(one) == 1
    assert mock.faults.clear("one") == 0
    assert mock.faults.clear() == 1
    mock.faults.add(status=500)
    mock.reset()
    assert mock.faults.all() == []


def test_ids_given_do_not_meet_ids_made(mock: BranchMock) -> None:
    mock.faults.add(id="fault-1", status=500)
    assert mock.faults.add(status=500).id == "fault-2"


def test_a_fault_is_told_in_a_few_words() -> None:
    fault = by_hand("status=429; retry_after=3; delay=1-2; phase=after")
    assert describe(fault) == "by-hand: status 429, Retry-After 3, delay 1-2 s, after"


def test_a_frozen_clock_is_no_hindrance_to_delays() -> None:
    with BranchMock(clock=FrozenClock()) as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        mock.faults.add(delay=0.02)
        assert client.post("/v1/url", {}).status_code == 200
        client.close()
