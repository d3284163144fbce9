"""Exports over HTTP: asking for a day, and the store that its files are in (contract 10)."""

import gzip
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import requests
from pytest_aiohttp import AiohttpClient

from branch_mock import Branch, BranchMock, FrozenClock, create_app
from branch_mock.domain.exports import Kind
from tests.client import TIMEOUT, Client, message_of
from tests.export_reading import KINDS, read_day, rows_of, text_of, urls_of
from tests.operations.recorded_day import click_row, event_row, link_row, record_a_day

TODAY, YESTERDAY = "2016-01-20", "2016-01-19"
TOO_OLD = "must not be before 2016-01-13: exports are kept for 7 days"
STORE = "branch-exports.s3.amazonaws.com"


@pytest.fixture
def url(client: Client) -> str:
    """The address of a file that is there."""
    return urls_of(client, YESTERDAY)["events"][0]


def error_of(response: requests.Response) -> dict[str, str]:
    """The parts of an error of S3's."""
    assert response.headers["Content-Type"] == "application/xml"
    root = ElementTree.fromstring(response.content)
    assert root.tag == "Error"
    found = {child.tag: child.text or "" for child in root}
    assert found["RequestId"] == response.headers["x-amz-request-id"]
    assert found["HostId"] == response.headers["x-amz-id-2"]
    return found


def fetch(url: str, method: str = "GET", **headers: str) -> requests.Response:
    """One request with headers; underscores stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.request(method, url, headers=named, timeout=TIMEOUT)


def test_three_ways_to_ask_answer_alike(client: Client) -> None:
    query = {"branch_secret": client.secret, "export_date": YESTERDAY}
    posted = client.post("/v2/export", {"export_date": YESTERDAY})
    second = client.get(f"/v2/export/{client.key}", params=query)
    first = client.get(f"/v1/export/{client.key}", params=query)
    assert posted.status_code == second.status_code == first.status_code == 200
    assert posted.json() == second.json() == first.json()
    assert list(posted.json()) == ["links_export_url", "events_export_url", "clicks_export_url"]
    assert posted.content == client.post("/v2/export", {"export_date": YESTERDAY}).content


def test_a_form_will_do(client: Client) -> None:
    form = {"branch_key": client.key, "branch_secret": client.secret, "export_date": YESTERDAY}
    reply = client.call("POST", "/v2/export", data=form)
    assert reply.status_code == 200
    assert reply.json() == client.post("/v2/export", {"export_date": YESTERDAY}).json()


def test_names_are_of_app_day_and_kind(client: Client, mock: BranchMock) -> None:
    for kind, word in (("links", "links"), ("events", "events"), ("clicks", "link_clicks")):
        (url,) = urls_of(client, YESTERDAY)[kind]
        start = f"{mock.url}/branch-exports/{mock.app.id}-{YESTERDAY}-{word}-"
        assert url.startswith(start)
        assert url.endswith(".csv.gz")
        assert len(url) == len(start) + 64 + len(".csv.gz")


def test_branchs_own_hosts_get_the_real_address(client: Client, url: str) -> None:
    reply = client.post("/v2/export", {"export_date": YESTERDAY}, host="api.branch.io")
    (real,) = reply.json()["events_export_url"]
    assert real == f"https://{STORE}/{url.rpartition('/')[2]}"
    served = client.get(urlsplit(real).path, host=STORE)
    assert served.content == fetch(url).content


def test_the_store_serves_nothing_else(client: Client) -> None:
    for path in ("/", "/v1/url", "/_mock/health", "/test-link"):
        reply = client.get(path, host=STORE)
        assert reply.status_code == 404
        assert error_of(reply)["Code"] == "NoSuchKey"
    refused = client.call("POST", "/x.csv.gz", host=STORE)
    assert refused.status_code == 405
    assert error_of(refused)["Code"] == "MethodNotAllowed"
    assert refused.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_public_url_overrides(clock: FrozenClock) -> None:
    with BranchMock(clock=clock, public_url="https://mock.example/base") as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        urls = urls_of(client, YESTERDAY)
        assert urls["links"][0].startswith("https://mock.example/base/branch-exports/")
        row = mock.exports.read("links", YESTERDAY)[0]
        assert row["url"].startswith("https://mock.example/base/")
        client.close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "export_date is required"),
        ({"export_date": None}, "export_date is required"),
        ({"export_date": 20160119}, "export_date must be a text, got 20160119"),
        ({"export_date": ["2016-01-19"]}, 'export_date must be a text, got ["2016-01-19"]'),
        ({"export_date": ""}, "export_date must be a date YYYY-MM-DD, got ''"),
        ({"export_date": "19.1.2016"}, "export_date must be a date YYYY-MM-DD, got '19.1.2016'"),
        ({"export_date": "2016-1-9"}, "export_date must be a date YYYY-MM-DD, got '2016-1-9'"),
        (
            {"export_date": "2016-02-30"},
            "export_date must be a day of the calendar, got '2016-02-30'",
        ),
        (
            {"export_date": "2016-01-21"},
            "export_date must not be after today, 2016-01-20 (UTC), got '2016-01-21'",
        ),
        (
            {"export_date": "2016-01-12"},
            f"export_date {TOO_OLD}, got '2016-01-12'",
        ),
        (
            {"export_date": "0001-01-01"},
            f"export_date {TOO_OLD}, got '0001-01-01'",
        ),
    ],
)
def test_bad_dates(client: Client, given: dict[str, object], message: str) -> None:
    reply = client.post("/v2/export", given)
    assert (reply.status_code, message_of(reply)) == (400, message)
    if all(isinstance(value, str) for value in given.values()):
        query = {"branch_secret": client.secret, **given}
        for version in ("v1", "v2"):
            got = client.get(f"/{version}/export/{client.key}", params=query)
            assert (got.status_code, message_of(got)) == (400, message)


def test_key_and_secret_are_needed(client: Client) -> None:
    wrong = "Invalid or missing app id, Branch key, or secret"
    query = {"export_date": YESTERDAY}
    for reply in (
        client.post("/v2/export", {**query, "branch_secret": "x"}),
        client.post("/v2/export", {**query, "branch_key": "x"}),
        client.get(f"/v2/export/{client.key}", params=query),
        client.get(f"/v1/export/{client.key}", params={**query, "branch_secret": "x"}),
        client.get("/v1/export/nobody", params={**query, "branch_secret": client.secret}),
    ):
        assert (reply.status_code, message_of(reply)) == (400, wrong)


def test_other_methods_are_refused(client: Client) -> None:
    assert client.put("/v2/export", {}).status_code == 405
    assert client.call("DELETE", f"/v2/export/{client.key}").status_code == 405


def test_the_days_own_activity_is_in_its_files(
    mock: BranchMock, client: Client, clock: FrozenClock
) -> None:
    day = record_a_day(mock.branch)
    clock.set("2016-01-21T07:00:00Z")
    rows = read_day(client, TODAY)
    assert rows["links"][0] == link_row(day)
    assert rows["clicks"][0] == click_row(day)
    assert rows["events"][0] == event_row(day)
    assert {kind: len(found) for kind, found in rows.items()} == {
        "links": 21,
        "clicks": 51,
        "events": 102,
    }


async def test_an_embedded_emulator_streams_too(
    branch: Branch, aiohttp_client: AiohttpClient
) -> None:
    http = await aiohttp_client(create_app(branch))
    file = branch.exports.request(branch.apps.default, YESTERDAY)[Kind.LINKS][0]
    reply = await http.get(f"/branch-exports/{branch.exports.name(file)}")
    body = await reply.read()
    assert reply.status == 200
    assert reply.content_length == len(body)
    assert len(rows_of(gzip.decompress(body).decode())) == 20


def test_the_store_waits_for_the_seeds(clock: FrozenClock) -> None:
    with BranchMock(clock=clock) as mock:
        url = mock.exports.request(YESTERDAY)["links"][0]
        mock.branch.ready = False
        reply = fetch(url)
        assert (reply.status_code, error_of(reply)["Code"]) == (503, "ServiceUnavailable")


def test_a_file_is_there_at_seven(client: Client, clock: FrozenClock) -> None:
    urls = urls_of(client, TODAY)
    for moment in ("2016-01-20T23:59:59.999Z", "2016-01-21T06:59:59.999Z"):
        clock.set(moment)
        for kind in KINDS:
            reply = fetch(urls[kind][0])
            assert reply.status_code == 400
            error = error_of(reply)
            assert error["Code"] == "InvalidRequest"
            assert "2016-01-21T07:00:00.000Z" in error["Message"]
    clock.set("2016-01-21T07:00:00Z")
    for kind in KINDS:
        assert rows_of(text_of(urls[kind][0]))


def test_unknown_names(client: Client, mock: BranchMock, url: str) -> None:
    name = url.rpartition("/")[2]
    for other in (
        name.replace("events", "links"),
        name.replace("2016-01-19", "2016-01-18"),
        name.replace("2016-01-19", "2015-01-19"),
        name.replace(str(mock.app.id), "200176402304102400"),
        name.replace(".gz", ""),
        "x" + name,
        "a&b<c>.csv.gz",
        "folder/" + name,
        "%01%ff.csv.gz",
    ):
        reply = client.get(f"/branch-exports/{other}")
        assert reply.status_code == 404
        error = error_of(reply)
        assert (error["Code"], error["Message"]) == (
            "NoSuchKey",
            "The specified key does not exist.",
        )
    assert error_of(client.get("/branch-exports/a&b<c>"))["Key"] == "a&b<c>"


def test_what_s3_says_of_a_file(url: str) -> None:
    reply = fetch(url)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "binary/octet-stream"
    assert "Content-Encoding" not in reply.headers
    assert int(reply.headers["Content-Length"]) == len(reply.content)
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["Last-Modified"] == "Wed, 20 Jan 2016 07:00:00 GMT"
    assert reply.content[:2] == b"\x1f\x8b"
    assert len(rows_of(gzip.decompress(reply.content).decode())) == 100
    head = fetch(url, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("Content-Length", "ETag", "Content-Type", "Accept-Ranges", "Last-Modified"):
        assert head.headers[name] == reply.headers[name]


def test_if_none_match(url: str) -> None:
    etag = fetch(url, "HEAD").headers["ETag"]
    for given in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        reply = fetch(url, If_None_Match=given)
        assert (reply.status_code, reply.content) == (304, b"")
        assert reply.headers["ETag"] == etag
    assert fetch(url, If_None_Match='"x"').status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("0-9", 0, 10), ("10-", 10, None), ("-7", -7, None), ("5-99999999", 5, None), ("3-3", 3, 4)],
)
def test_a_part_of_a_file(url: str, asked: str, start: int, stop: int | None) -> None:
    whole = fetch(url).content
    reply = fetch(url, Range=f"bytes={asked}")
    assert reply.status_code == 206
    assert reply.content == whole[start:stop]
    first = start % len(whole)
    last = first + len(reply.content) - 1
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"
    assert int(reply.headers["Content-Length"]) == len(reply.content)


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_no_such_part(url: str, asked: str) -> None:
    reply = fetch(url, Range=asked)
    assert reply.status_code == 416
    assert error_of(reply)["Code"] == "InvalidRange"
    assert reply.headers["Content-Range"] == f"bytes */{len(fetch(url).content)}"


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=-", "bytes=0-1,4-5", "rows=0-1", "x"])
def test_what_is_no_single_range_is_passed_over(url: str, asked: str) -> None:
    reply = fetch(url, Range=asked)
    assert (reply.status_code, reply.content) == (200, fetch(url).content)


def test_if_range(url: str) -> None:
    etag = fetch(url, "HEAD").headers["ETag"]
    assert fetch(url, Range="bytes=0-3", If_Range=etag).status_code == 206
    assert fetch(url, Range="bytes=0-3", If_Range='"old"').status_code == 200


def test_a_download_goes_on_where_it_broke_off(url: str) -> None:
    whole = fetch(url).content
    half = len(whole) // 2
    rest = fetch(url, Range=f"bytes={half}-").content
    assert gzip.decompress(whole[:half] + rest) == gzip.decompress(whole)


def test_the_observed_profile_has_other_words(clock: FrozenClock) -> None:
    with BranchMock(clock=clock, profile="observed") as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        urls = urls_of(client, YESTERDAY)
        for kind, word in (("links", "link"), ("events", "event"), ("clicks", "click")):
            assert f"-{YESTERDAY}-{word}-v2-" in urls[kind][0]
        (event, *_) = rows_of(text_of(urls["events"][0]))
        assert list(event)[-2:] == ["first_referring_click_id", "session_referring_click_id"]
        (click, *_) = rows_of(text_of(urls["clicks"][0]))
        assert list(click)[-1] == "query_params"
        assert mock.failures == []
        client.close()


@pytest.fixture
def large(clock: FrozenClock) -> Iterator[BranchMock]:
    """A server whose files take a while."""
    with BranchMock(clock=clock, export_rows=(0, 1000, 150_000)) as mock:
        yield mock
    assert mock.failures == []


def test_other_calls_are_answered_while_a_file_is_made(large: BranchMock) -> None:
    (url,) = large.exports.request(YESTERDAY)["events"]
    with ThreadPoolExecutor(2) as pool:
        downloads = [pool.submit(fetch, url) for _ in range(2)]
        answered = 0
        while not any(download.done() for download in downloads):
            assert requests.get(f"{large.url}/_mock/health", timeout=1).status_code == 200
            answered += 1
        first, second = (download.result(TIMEOUT) for download in downloads)
    assert answered > 3
    assert first.content == second.content
    assert len(first.content) > 5_000_000
    assert gzip.decompress(first.content).count(b"\r\n") == 150_001


def test_a_client_that_leaves_does_no_harm(large: BranchMock) -> None:
    (url,) = large.exports.request(YESTERDAY)["events"]
    assert fetch(url, "HEAD").status_code == 200
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), 5) as leaving:
        leaving.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert leaving.recv(1000).startswith(b"HTTP/1.1 200 OK")
    assert fetch(url, Range="bytes=0-1").content == b"\x1f\x8b"


def test_the_server_stops_while_a_file_is_made(clock: FrozenClock) -> None:
    mock = BranchMock(clock=clock, export_rows=(0, 100_000, 5_000_000)).start()
    url = mock.exports.request(YESTERDAY)["events"][0]
    parts = urlsplit(url)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), 5) as waiting:
        waiting.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert requests.get(f"{mock.url}/_mock/health", timeout=5).status_code == 200
        mock.stop()
        assert waiting.recv(1000) == b""
    assert mock.failures == []
