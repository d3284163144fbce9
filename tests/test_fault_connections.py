"""Faults of connections as real clients meet them: requests, aiohttp and httpx (contract 12)."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest
import requests
from aiohttp.test_utils import TestServer

from branch_mock import Branch, BranchMock, Settings, create_app
from branch_mock.clock import Stopwatch
from tests.client import TIMEOUT
from tests.links import link_body
from tests.receiver import until

SHORT = 0.3
"""Seconds that a client waits for what never comes."""

LONG = aiohttp.ClientTimeout(total=TIMEOUT)
CONNECTIONS = ("reset", "empty", "truncated", "garbage")


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
        session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=TIMEOUT)
    answer = session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=TIMEOUT)
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
        client.post(f"{mock.url}/v1/url", json=link_body(mock))


async def test_httpx_sees_it_on_a_loop(mock: BranchMock) -> None:
    mock.faults.add("POST", connection="truncated")
    async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT) as client:
        with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
            await client.post(f"{mock.url}/v1/url", json=link_body(mock))


def test_a_truncated_body_is_the_beginning_of_the_real_one(mock: BranchMock) -> None:
    mock.faults.add("POST", connection="truncated", phase="after")
    got, failure = b"", None
    with (
        httpx.Client(trust_env=False, timeout=TIMEOUT) as client,
        client.stream("POST", f"{mock.url}/v1/url", json=link_body(mock, alias="cut")) as reply,
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
        session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=SHORT)
    with httpx.Client(trust_env=False, timeout=SHORT) as client, pytest.raises(httpx.ReadTimeout):
        client.post(f"{mock.url}/v1/url", json=link_body(mock))
    assert [entry.status for entry in mock.requests.all()] == [None, None]
    mock.faults.clear()
    assert (
        session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=TIMEOUT).status_code == 200
    )


async def test_a_hang_holds_up_nobody_else(mock: BranchMock) -> None:
    mock.faults.add("POST /v1/url", connection="hang")
    async with aiohttp.ClientSession(timeout=LONG) as session:
        hung = asyncio.ensure_future(session.post(f"{mock.url}/v1/url", json=link_body(mock)))
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
            session.post(f"{mock.url}/v1/url", json=link_body(mock), timeout=SHORT)
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
