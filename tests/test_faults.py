"""Faults as real clients meet them: requests, aiohttp and httpx (contract 12)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import requests
from aiohttp.test_utils import TestServer

from branch_mock import Branch, BranchMock, FrozenClock, Settings, create_app
from branch_mock.api.replies import FAULT_HEADER
from branch_mock.clock import Stopwatch
from branch_mock.faults import by_hand, describe
from tests.client import TIMEOUT, Client, message_of
from tests.receiver import until

SHORT = 0.3
"""Seconds that a client waits for what never comes."""

LONG = aiohttp.ClientTimeout(total=TIMEOUT)
CONNECTIONS = ("reset", "empty", "truncated", "garbage")


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def link(mock: BranchMock, **fields: Any) -> dict[str, Any]:
    return {"branch_key": mock.app.key, **fields}


# what clients see


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ("reset", "Connection reset by peer"),
        ("empty", "Remote end closed connection without response"),
        ("truncated", "IncompleteRead"),
        ("garbage", "BadStatusLine|Connection aborted"),
    ],
)
def test_requests_sees_what_happens_to_the_connection(
    mock: BranchMock, session: requests.Session, connection: str, said: str
) -> None:
    mock.faults.add("POST /v1/url", connection=connection, first=1)
    failures = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)
    with pytest.raises(failures, match=said):
        session.post(f"{mock.url}/v1/url", json=link(mock), timeout=TIMEOUT)
    answer = session.post(f"{mock.url}/v1/url", json=link(mock), timeout=TIMEOUT)
    assert answer.status_code == 200
    first, second = mock.requests.all()
    assert (first.status, first.fault, second.fault) == (None, "fault-1", None)
    assert len(mock.links.all()) == len(BranchMock().links.all()) + 1


@pytest.mark.parametrize(
    ("connection", "error"),
    [
        ("reset", aiohttp.ClientOSError),
        ("empty", aiohttp.ServerDisconnectedError),
        ("truncated", aiohttp.ClientPayloadError),
        ("garbage", aiohttp.ClientResponseError),
    ],
)
async def test_aiohttp_sees_what_happens_to_the_connection(
    mock: BranchMock, connection: str, error: type[Exception]
) -> None:
    mock.faults.add("GET /v1/credits", connection=connection)
    asked = {"branch_key": mock.app.key, "identity": "ann"}
    async with aiohttp.ClientSession(timeout=LONG) as session:
        with pytest.raises(error):
            async with session.get(f"{mock.url}/v1/credits", params=asked) as reply:
                await reply.read()
    assert mock.requests.all()[0].fault == "fault-1"


@pytest.mark.parametrize(
    ("connection", "error", "said"),
    [
        ("reset", httpx.ReadError, "reset by peer"),
        ("empty", httpx.RemoteProtocolError, "without sending a response"),
        ("truncated", httpx.RemoteProtocolError, "without sending complete message body"),
        ("garbage", httpx.RemoteProtocolError, "illegal"),
    ],
)
def test_httpx_sees_what_happens_to_the_connection(
    mock: BranchMock, connection: str, error: type[Exception], said: str
) -> None:
    mock.faults.add("POST", connection=connection)
    with httpx.Client(trust_env=False, timeout=TIMEOUT) as client, pytest.raises(error, match=said):
        client.post(f"{mock.url}/v1/url", json=link(mock))


async def test_httpx_sees_it_on_a_loop(mock: BranchMock) -> None:
    mock.faults.add("POST", connection="truncated")
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await client.post(f"{mock.url}/v1/url", json=link(mock))


def test_a_truncated_body_is_the_beginning_of_the_real_one(mock: BranchMock) -> None:
    mock.faults.add("POST", connection="truncated", phase="after")
    got, failure = b"", None
    with (
        httpx.Client(trust_env=False, timeout=TIMEOUT) as client,
        client.stream("POST", f"{mock.url}/v1/url", json=link(mock, alias="cut")) as reply,
    ):
        try:
            for part in reply.iter_bytes():
                got += part
        except httpx.RemoteProtocolError as error:
            failure = error
    whole = f'{{"url":"{mock.url}/cut"}}'.encode()
    assert failure is not None
    assert whole.startswith(got)
    assert 0 < len(got) < len(whole) < int(reply.headers["Content-Length"])
    assert mock.links.get("https://bnc.lt/cut").alias == "cut"


def test_every_client_gives_up_on_a_server_that_hangs(
    mock: BranchMock, session: requests.Session
) -> None:
    mock.faults.add("POST /v1/url", connection="hang")
    with pytest.raises(requests.ReadTimeout):
        session.post(f"{mock.url}/v1/url", json=link(mock), timeout=SHORT)
    with httpx.Client(trust_env=False, timeout=SHORT) as client, pytest.raises(httpx.ReadTimeout):
        client.post(f"{mock.url}/v1/url", json=link(mock))
    assert [entry.status for entry in mock.requests.all()] == [None, None]
    mock.faults.clear()
    assert session.post(f"{mock.url}/v1/url", json=link(mock), timeout=TIMEOUT).status_code == 200


async def test_a_hang_holds_up_nobody_else(mock: BranchMock) -> None:
    mock.faults.add("POST /v1/url", connection="hang")
    async with aiohttp.ClientSession(timeout=LONG) as session:
        hung = asyncio.ensure_future(session.post(f"{mock.url}/v1/url", json=link(mock)))
        await mock.requests.wait_for_async("POST /v1/url")
        async with session.get(f"{mock.url}/_mock/health") as reply:
            assert reply.status == 200
        assert not hung.done()
        hung.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hung


def test_the_server_stops_at_once_though_requests_hang(session: requests.Session) -> None:
    with BranchMock() as mock:
        mock.faults.add("POST /v1/url", connection="hang")
        mock.faults.add("GET /v1/url", delay=3600)
        with pytest.raises(requests.ReadTimeout):
            session.post(f"{mock.url}/v1/url", json=link(mock), timeout=SHORT)
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{mock.url}/v1/url", timeout=SHORT)
        watch = Stopwatch()
    assert watch.ms() < 2000


# under create_app


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, Branch]]:
    branch = Branch(Settings())
    server = TestServer(create_app(branch))
    await server.start_server()
    yield str(server.make_url("")).rstrip("/"), branch
    watch = Stopwatch()
    await server.close()
    assert watch.ms() < 2000


@pytest.mark.parametrize("fault", ["connection=hang", "delay=3600"])
async def test_an_application_ends_what_a_fault_holds_up(
    served: tuple[str, Branch], fault: str
) -> None:
    url, branch = served
    app = branch.apps.default
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as session:
        with pytest.raises(TimeoutError):
            await session.post(
                f"{url}/v1/url", json={"branch_key": app.key}, headers={"X-Branch-Mock": fault}
            )
        async with session.get(f"{url}/_mock/ready") as reply:
            assert reply.status == 200


async def test_an_application_has_every_other_fault_too(served: tuple[str, Branch]) -> None:
    url, branch = served
    body = {"branch_key": branch.apps.default.key}
    async with aiohttp.ClientSession(timeout=LONG) as session:
        for kind in CONNECTIONS:
            with pytest.raises(aiohttp.ClientError):
                async with session.post(
                    f"{url}/v1/url", json=body, headers={"X-Branch-Mock": f"connection={kind}"}
                ) as reply:
                    await reply.read()


async def test_an_application_forgets_a_client_that_left_a_hang(served: tuple[str, Branch]) -> None:
    url, branch = served
    before = len(asyncio.all_tasks())
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SHORT)) as session:
        with pytest.raises(TimeoutError):
            await session.post(
                f"{url}/v1/url",
                json={"branch_key": branch.apps.default.key},
                headers={"X-Branch-Mock": "connection=hang"},
            )
    await until(lambda: len(asyncio.all_tasks()) == before)


# status, body, headers


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 418, 429, 500, 503, 599])
def test_a_status_with_the_envelope_of_errors(
    mock: BranchMock, client: Client, status: int
) -> None:
    mock.faults.add("POST /v1/url", status=status)
    before = len(mock.links.all())
    answer = client._session.post(f"{mock.url}/v1/url", json=link(mock), timeout=TIMEOUT)
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
    assert client.get("/v1/credits", params={**link(mock), "identity": "a"}).status_code == 200
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


@pytest.mark.parametrize("connection", [*CONNECTIONS, "hang"])
def test_a_reply_is_lost_but_the_change_is_made(
    mock: BranchMock, session: requests.Session, connection: str
) -> None:
    mock.credits.add("ann", 10)
    mock.faults.add("POST /v1/redeem", connection=connection, phase="after", first=1)
    body = link(mock, branch_secret=mock.app.secret, identity="ann", amount=10)
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


def test_connections_by_hand(mock: BranchMock, session: requests.Session) -> None:
    lost = {"X-Branch-Mock": "connection=reset; phase=after"}
    with pytest.raises(requests.ConnectionError):
        session.post(
            f"{mock.url}/v1/url", json=link(mock, alias="lost"), headers=lost, timeout=TIMEOUT
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
