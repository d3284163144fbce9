"""The journal is bounded, and says what it does not keep (contract 12)."""

import gzip
import json
from collections.abc import Mapping
from functools import partial
from threading import Thread
from typing import Any

import pytest
import requests
from msgspec.structs import replace

from branch_mock import BranchMock
from branch_mock.journal import MAX_BODY, MAX_ENTRIES, MAX_REPLY, Entry, Journal
from branch_mock.live import MAX_BYTES, MAX_EVENTS, Live
from branch_mock.matching import Pattern
from tests.client import TIMEOUT, Client

KIB = 1024


def entry(
    number: int = 1,
    *,
    body: Any = None,
    reply: bytes = b"",
    headers: Mapping[str, str] | None = None,
    size: int = 0,
) -> Entry:
    return Entry(
        id=number,
        at_ms=0,
        method="POST",
        path="/v1/url",
        query={},
        headers=headers or {},
        content=body,
        branch_key=None,
        endpoint=None,
        app_id=None,
        status=200,
        reply=reply,
        ms=0.0,
        size=size + len(reply),
    )


def test_a_body_is_parsed_once_it_is_looked_at() -> None:
    parsed = []

    def parse() -> dict[str, int]:
        parsed.append(1)
        return {"a": 1}

    written = entry(body=partial(parse))
    assert parsed == []
    assert written.body == written.body == {"a": 1}
    assert parsed == [1]


def test_it_is_bounded_by_number() -> None:
    journal = Journal()
    for number in range(MAX_ENTRIES + 5):
        journal.write(entry(number))
    assert [kept.id for kept in journal.all()] == list(range(6, MAX_ENTRIES + 6))
    assert journal.forgotten == 5


def test_it_is_bounded_by_bytes() -> None:
    journal = Journal(max_bytes=10 * KIB)
    for number in range(1, 31):
        journal.write(entry(number, reply=b"x" * (KIB - 50), size=50))
    assert [kept.id for kept in journal.all()] == list(range(21, 31))
    assert journal.forgotten == 20
    journal.write(entry(31, body={"a": "b"}, size=9 * KIB))
    assert [kept.id for kept in journal.all()] == [30, 31]
    journal.write(entry(32, size=20 * KIB))
    assert [kept.id for kept in journal.all()] == [32]  # the newest, however big
    assert journal.clear() == 1
    assert journal.forgotten == 0
    journal.write(entry(33, reply=b"x" * KIB))
    journal.write(entry(34, reply=b"x" * KIB))
    assert [kept.id for kept in journal.all()] == [33, 34]


@pytest.mark.parametrize("encoding", ["", "gzip"])
@pytest.mark.parametrize("chunked", [True, False])
def test_bodies_count_as_long_as_they_are(encoding: str, chunked: bool) -> None:  # noqa: FBT001
    body = json.dumps({"branch_key": "none", "data": {"a": "x" * 6 * KIB}}).encode()
    raw = gzip.compress(body) if encoding else body
    with BranchMock(journal_bytes=10 * KIB) as mock:
        for _ in range(3):
            response = requests.post(
                f"{mock.url}/v1/url",
                data=iter([raw]) if chunked else raw,
                headers={"Content-Encoding": encoding} if encoding else {},
                timeout=TIMEOUT,
            )
            assert response.status_code == 400
        assert [kept.id for kept in mock.requests.all()] == [3]


def test_clearing_one_key_leaves_the_bytes_of_the_others() -> None:
    journal = Journal(max_bytes=4 * KIB)
    mine, other = entry(1, reply=b"x" * KIB), entry(2, reply=b"x" * KIB)
    mine.branch_key = "mine"
    journal.write(mine)
    journal.write(other)
    assert journal.clear("mine") == 1
    for _ in range(4):
        journal.write(replace(other))
    assert [kept.id for kept in journal.all()] == [3, 4, 5, 6]


def test_writing_while_it_is_cleared_keeps_count() -> None:
    journal = Journal(max_bytes=50 * KIB)

    def write() -> None:
        for number in range(5000):
            journal.write(entry(number, reply=b"x" * KIB))

    writer = Thread(target=write)
    writer.start()
    while writer.is_alive():
        journal.clear("nobody")
        journal.clear()
    writer.join(TIMEOUT)
    for number in range(100):
        journal.write(entry(number, reply=b"x" * KIB))
    assert len(journal.all()) == 50


def test_a_long_body_is_kept_in_part_and_the_journal_says_so(
    mock: BranchMock, client: Client
) -> None:
    body = {"channel": "long", "data": {"a": "x" * MAX_BODY}, "password": "hush"}
    client.post("/v1/url", body)
    (kept,) = mock.requests.all()
    (shown,) = client.get("/_mock/requests").json()
    whole = len(json.dumps({"branch_key": client.key, "branch_secret": "***", **body}))
    assert kept.truncated == ("body",)
    assert shown["truncated"] == ["body"]
    assert kept.body.startswith(f"[the first {MAX_REPLY} of {whole - 1} characters] {{")
    assert kept.body == shown["body"]
    assert len(kept.body) < MAX_REPLY + 100
    assert '"channel": "long"' in kept.body
    for said in (kept.body, json.dumps(shown)):
        assert client.secret not in said
    with pytest.raises(AssertionError, match=r"got .\[the first 16384 of 13"):
        mock.assert_called("POST /v1/url", json={"data": {"a": "y"}})


def test_a_bulk_call_is_kept_whole(mock: BranchMock, client: Client) -> None:
    items = [{"channel": f"c{number}"} for number in range(4000)]
    client.call("POST", f"/v1/url/bulk/{client.key}", json=items)
    (kept,) = mock.requests.all()
    assert kept.body == items
    assert kept.truncated == ("reply",)
    assert len(kept.reply) == MAX_REPLY
    mock.assert_called(json=items, times=1)


def test_the_setting_bounds_a_server() -> None:
    with BranchMock(journal_bytes=4 * KIB) as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        for number in range(20):
            client.post("/v1/url", {"alias": f"a{number}", "data": {"a": "x" * KIB}})
        client.close()
        assert [found.body["alias"] for found in mock.requests.all()][-1] == "a19"
        assert len(mock.requests.all()) <= 3
        with pytest.raises(AssertionError, match="20 requests came in all, of which the journal"):
            mock.assert_called("POST /v1/url", times=20)


def test_waiting_and_writing_do_not_hold_each_other_up() -> None:
    journal = Journal()
    waiting = Thread(target=lambda: journal.wait_for(Pattern(method="POST"), 3, TIMEOUT))
    waiting.start()
    for number in range(3):
        journal.write(entry(number))
    waiting.join(TIMEOUT)
    assert not waiting.is_alive()


async def test_the_history_of_live_events_is_bounded_by_bytes_too() -> None:
    live = Live()
    for number in range(MAX_EVENTS * 2):
        live.publish("request", partial(dict, number=number), MAX_BYTES // 10)
    heard = live.listen(0)
    await anext(heard)
    assert (await anext(heard)).startswith(b"event: missed\ndata: 1990\n")
    assert b'data: {"number":1990}' in await anext(heard)
    await heard.aclose()  # type: ignore[attr-defined]
