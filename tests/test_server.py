"""`BranchMock` and `create_app`: the emulator inside Python code, sync and async."""

import asyncio
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
import requests
from aiohttp.test_utils import TestClient
from aiohttp.web import Application, Request
from pytest_aiohttp.plugin import AiohttpClient

from branch_mock import Branch, BranchMock, BranchMockError, Settings, SettingsError, create_app
from branch_mock.clock import FrozenClock
from branch_mock.doors import address_of
from tests.client import TIMEOUT, Client

TIME = aiohttp.ClientTimeout(total=TIMEOUT)


def ready(url: str) -> bool:
    """Whether a server answers there. Raises ConnectionError when nothing listens."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{url}/_mock/ready", timeout=TIMEOUT).status_code == 200


async def made(url: str, key: str) -> str:
    """A link made over HTTP on the running loop."""
    async with aiohttp.ClientSession(timeout=TIME) as session:
        body = {"branch_key": key, "channel": "loop"}
        async with session.post(f"{url}/v1/url", json=body) as response:
            assert response.status == 200
            link = (await response.json())["url"]
            assert isinstance(link, str)
            return link


# with, async with, start and stop


def test_with_serves_until_the_block_is_left() -> None:
    with BranchMock() as mock:
        url = mock.url
        assert ready(url)
    with pytest.raises(requests.ConnectionError):
        ready(url)
    with pytest.raises(BranchMockError, match="not running"):
        _ = mock.url


def test_it_stops_when_the_block_is_left_by_an_exception() -> None:
    def leave(mock: BranchMock) -> None:
        with mock:
            urls.append(mock.url)
            raise KeyError

    urls: list[str] = []
    with pytest.raises(KeyError):
        leave(BranchMock())
    with pytest.raises(requests.ConnectionError):
        ready(urls[0])


def test_plain_asyncio_run_with_async_with() -> None:
    async def session() -> str:
        async with BranchMock() as mock:
            link = await made(mock.url, mock.app.key)
            assert mock.links.get(link).channel == "loop"
            return mock.url

    with pytest.raises(requests.ConnectionError):
        ready(asyncio.run(session()))


async def test_pytest_asyncio_with_either_form() -> None:
    async with BranchMock() as mock:
        assert (await made(mock.url, mock.app.key)).startswith(mock.url)
    with BranchMock() as mock:
        assert (await made(mock.url, mock.app.key)).startswith(mock.url)


@pytest_asyncio.fixture
async def running() -> Any:
    async with BranchMock() as mock:
        yield mock


async def test_an_async_fixture_can_hold_it(running: BranchMock) -> None:
    assert await made(running.url, running.app.key)


def test_starting_twice_is_refused_and_stopping_twice_or_without_a_start_is_nothing() -> None:
    mock = BranchMock()
    mock.stop()
    mock.start()
    url = mock.url
    with pytest.raises(BranchMockError, match=f"already, on {url}"):
        mock.start()
    assert ready(url)
    mock.stop()
    mock.stop()


def test_it_can_be_started_again_and_keeps_its_state() -> None:
    mock = BranchMock()
    with mock:
        mock.links.create(alias="kept")
    with mock:
        assert mock.links.get(f"{mock.url}/kept").alias == "kept"
        assert ready(mock.url)


async def test_leaving_async_with_after_stop_is_nothing() -> None:
    async with BranchMock() as mock:
        mock.stop()


def test_only_one_of_many_threads_starts_it() -> None:
    mock, together = BranchMock(), Barrier(8)

    def start(_: int) -> bool:
        together.wait(TIMEOUT)
        try:
            mock.start()
        except BranchMockError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(start, range(8))) == [False] * 7 + [True]
        assert ready(mock.url)
        list(pool.map(lambda _: mock.stop(), range(8)))
    with pytest.raises(BranchMockError, match="not running"):
        _ = mock.url


def test_two_servers_at_once_share_nothing() -> None:
    with BranchMock() as one, BranchMock() as two:
        assert one.url != two.url
        one.links.create(alias="only-one")
        assert one.links.get("https://bnc.lt/only-one").alias == "only-one"
        with pytest.raises(BranchMockError, match="could not be found"):
            two.links.get("https://bnc.lt/only-one")
        assert ready(one.url)
        assert ready(two.url)


# settings


def test_a_taken_port_raises_in_the_caller() -> None:
    with BranchMock() as one:
        port = int(one.url.rpartition(":")[2])
        two = BranchMock(port=port)
        with pytest.raises(SettingsError, match=f"127.0.0.1 port {port}: Address already in use"):
            two.start()
        two.stop()
    with two:
        assert two.url == one_url(port)


def one_url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def test_settings_come_as_keywords_or_whole_but_not_both() -> None:
    assert BranchMock(seed="demo").branch.settings.seed == ("demo",)
    assert BranchMock(seed=("empty",)).links.all() == []
    whole = Settings(port=0, seed=("empty",), random_seed=3)
    assert BranchMock(whole).app.key == BranchMock(seed="empty", random_seed=3).app.key
    with pytest.raises(SettingsError, match=r"settings: must be Settings\(…\), got 'demo'"):
        BranchMock("demo")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="prot: is no setting"):
        BranchMock(prot=1)
    with pytest.raises(SettingsError, match=r"clock: must be a Clock.*got '2016'"):
        BranchMock(clock="2016")  # type: ignore[arg-type]
    assert len(BranchMock(seeds={"apps": [{"label": "abcd"}]}).branch.apps.all()) == 1
    assert BranchMock(seeds="empty").links.all() == []
    with pytest.raises(SettingsError, match="not both: port"):
        BranchMock(whole, port=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 65536}, "port"),
        ({"port": "8080"}, "port: must be a whole number from 0 to 65535, got '8080'"),
        ({"port": True}, "port"),
        ({"profile": "x"}, "profile"),
        ({"public_url": "x"}, "public_url"),
        ({"random_seed": 1.5}, "random_seed"),
        ({"seed": "/no/such"}, "/no/such: cannot be read"),
    ],
)
def test_a_bad_setting_raises_before_anything_listens(options: dict[str, Any], said: str) -> None:
    with pytest.raises(BranchMockError, match=said):
        BranchMock(**options)


@pytest.mark.parametrize("host", ["a\0b", "ä..b", "nowhere.invalid"])
def test_a_host_that_cannot_be_raises_at_start(host: str) -> None:
    with pytest.raises(SettingsError, match=r"host: must be|cannot listen on"):
        BranchMock(host=host).start()


def test_the_address_of_an_ipv6_socket_is_in_brackets() -> None:
    with BranchMock(host="::1") as mock:
        assert mock.url.startswith("http://[::1]:")
        assert mock.links.create(alias="six") == f"{mock.url}/six"
        assert ready(mock.url)
    with socket.create_server(("::", 0), family=socket.AF_INET6) as sock:
        assert address_of(sock) == f"http://[::1]:{sock.getsockname()[1]}"


def test_reset_goes_back_to_the_seed_and_rewinds_the_clock() -> None:
    clock = FrozenClock("2016-01-20T12:00:00Z")
    with BranchMock(clock=clock) as mock:
        before = mock.links.all()
        first = mock.links.create()
        clock.advance(60)
        mock.reset()
        assert mock.links.all() == before
        assert mock.links.create() == first


# threads


def test_many_threads_use_http_and_direct_operations_at_once() -> None:
    threads, each = 8, 25
    with BranchMock(seed="empty") as mock:

        def work(number: int) -> list[str]:
            client = Client(mock.url, mock.app.key, mock.app.secret)
            links = []
            for turn in range(each):
                alias = f"{number}-{turn}"
                links.append(client.post("/v1/url", {"alias": f"h{alias}"}).json()["url"])
                links.append(mock.links.create(alias=f"d{alias}"))
                assert mock.links.get(links[-2]).alias == f"h{alias}"
            client.close()
            return links

        with ThreadPoolExecutor(threads) as pool:
            links = [link for made in pool.map(work, range(threads)) for link in made]
        assert len(set(links)) == 2 * threads * each
        assert {mock.links.url(link) for link in mock.links.all()} == set(links)
        assert mock.failures == []


def test_an_alias_wanted_by_many_threads_is_given_once() -> None:
    with BranchMock() as mock:
        together = Barrier(8)

        def work(number: int) -> str | None:
            together.wait(TIMEOUT)
            try:
                return mock.links.create(alias="wanted", channel=str(number))
            except BranchMockError:
                return None

        with ThreadPoolExecutor(8) as pool:
            got = [link for link in pool.map(work, range(8)) if link]
        assert got == [f"{mock.url}/wanted"]


# failures


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[BranchMock]:
    """A server one of whose operations has a bug."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    with BranchMock() as mock:
        monkeypatch.setattr(mock.branch.links, "get", fail)
        yield mock


def test_a_bug_is_a_500_that_is_kept_and_the_server_lives_on(
    broken: BranchMock, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(broken.url, broken.app.key, broken.app.secret)
    asked = {"url": "https://bnc.lt/x", "branch_key": broken.app.key}
    response = client.get("/v1/url", params=asked)
    assert response.status_code == 500
    assert response.json()["error"]["message"].startswith("A bug in branch_mock: ZeroDivisionError")
    assert [type(failure) for failure in broken.failures] == [ZeroDivisionError]
    assert "a bug" in caplog.text
    assert client.get("/_mock/ready").status_code == 200
    client.close()


# create_app


async def test_create_app_serves_pytest_aiohttp(aiohttp_client: AiohttpClient) -> None:
    client: TestClient[Request, Application] = await aiohttp_client(create_app())
    key = BranchMock().app.key
    reply = await client.post("/v1/url", json={"branch_key": key, "alias": "app"})
    assert reply.status == 200
    assert (await reply.json())["url"] == str(client.make_url("/app"))
    missing = await client.patch("/v1/url")
    assert missing.status == 405
    assert (await missing.json())["error"]["code"] == 405


async def test_create_app_fills_a_branch_with_the_seeds_of_its_settings(
    aiohttp_client: AiohttpClient,
) -> None:
    branch = Branch(Settings(seed=("empty",), random_seed=5))
    client: TestClient[Request, Application] = await aiohttp_client(create_app(branch))
    assert (await client.get("/_mock/ready")).status == 200
    body = {"branch_key": branch.apps.default.key, "channel": "own"}
    reply = await client.post("/v1/url", json=body)
    assert reply.status == 200
    assert [link.channel for link in branch.links.all()] == ["own"]
    create_app(branch)
    assert [link.channel for link in branch.links.all()] == ["own"]
