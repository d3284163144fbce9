"""Export files read by what reads them in the wild (contract 10)."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
import requests

from branch_mock import BranchMock, FrozenClock
from tests.client import TIMEOUT, Client
from tests.export_reading import read_day, urls_of
from tests.operations.recorded_day import IPHONE

DAY = "2016-01-19"
ROWS = (200, 800, 2500)


@pytest.fixture
def busy(clock: FrozenClock) -> Iterator[BranchMock]:
    """A server with files in several parts."""
    with BranchMock(
        clock=clock,
        export_rows=ROWS,
        export_rows_per_file=1000,
        profile="documented,export_format=v2",
    ) as mock:
        yield mock
    assert mock.failures == []


@pytest.fixture
def files(busy: BranchMock, tmp_path: Path) -> Path:
    """A folder with all files of a day, downloaded."""
    for urls in busy.exports.request(DAY).values():
        for url in urls:
            name = url.rpartition("/")[2]
            (tmp_path / name).write_bytes(requests.get(url, timeout=TIMEOUT).content)
    return tmp_path


def test_csv_reads_every_part(busy: BranchMock) -> None:
    client = Client(busy.url, busy.app.key, busy.app.secret)
    rows = read_day(client, DAY)
    assert [len(urls) for urls in urls_of(client, DAY).values()] == [1, 1, 3]
    assert tuple(len(rows[kind]) for kind in ("links", "clicks", "events")) == ROWS
    client.close()


def test_pandas_joins_without_losing_a_row(files: Path) -> None:
    def frame(word: str) -> Any:
        parts = sorted(files.glob(f"*-{word}-*"))
        return pd.concat([pd.read_csv(part, compression="gzip") for part in parts])

    links, clicks, events = frame("link"), frame("click"), frame("event")
    assert (len(links), len(clicks), len(events)) == ROWS
    assert str(clicks["sms_from_desktop"].dtype) == "bool"
    assert str(events["id"].dtype) == "int64"
    joined = clicks.merge(links, on="link_id", validate="many_to_one")
    assert len(joined) == ROWS[1]
    sessions = events.merge(
        clicks,
        left_on="session_referring_click_id",
        right_on="branch_link_click_id",
        validate="many_to_one",
    )
    assert len(sessions) == ROWS[2]
    assert pd.to_datetime(events["timestamp"], format="%Y-%m-%dT%H:%M:%S").dt.date.nunique() == 1
    assert events["metadata"].map(json.loads).map(type).eq(dict).all()


def test_duckdb_joins_without_losing_a_row(files: Path) -> None:
    with duckdb.connect() as base:
        for name, word in (("links", "link"), ("clicks", "click"), ("events", "event")):
            pattern = f"{files}/*-{word}-*"
            base.execute(f"CREATE TABLE {name} AS SELECT * FROM read_csv('{pattern}')")
        types = dict(
            base.execute("SELECT column_name, column_type FROM (DESCRIBE events)").fetchall()
        )
        assert (types["id"], types["timestamp"]) == ("BIGINT", "TIMESTAMP")
        clicks = base.execute(
            "SELECT count(*), count(DISTINCT c.branch_link_click_id) FROM clicks c "
            "JOIN links l USING (link_id) WHERE l.url = c.link_url "
            "AND l.channel IS NOT DISTINCT FROM c.link_channel"
        ).fetchone()
        assert clicks == (ROWS[1], ROWS[1])
        events = base.execute(
            "SELECT count(*), count(DISTINCT e.id) FROM events e JOIN clicks c "
            "ON c.branch_link_click_id = e.session_referring_click_id "
            "AND c.branch_browser_fingerprint_id = e.branch_browser_fingerprint_id "
            "JOIN links l ON l.link_id = e.session_referring_branch_link_id "
            "WHERE c.click_timestamp < e.session_start_timestamp"
        ).fetchone()
        assert events == (ROWS[2], ROWS[2])


def test_the_documented_format_joins_too(mock: BranchMock) -> None:
    """Without click ids, events find their clicks by browser, link and time."""
    with duckdb.connect() as base:
        for kind in ("links", "clicks", "events"):
            rows = mock.exports.read(kind, DAY)
            base.register(kind, pd.DataFrame(rows))
        found = base.execute(
            "SELECT count(DISTINCT e.id) FROM events e JOIN clicks c "
            "ON c.branch_browser_fingerprint_id = e.branch_browser_fingerprint_id "
            "AND c.link_id = e.session_referring_branch_link_id "
            "AND c.click_timestamp = e.session_referring_click_timestamp "
            "JOIN links l ON l.link_id = c.link_id"
        ).fetchone()
        assert found == (100,)


def click_a_new_link(client: Client, number: int) -> None:
    """What somebody does on a day."""
    body = {"channel": f"day, {number}", "data": {"n": number, "$web_only": True}}
    link = client.post("/v1/url", body).json()["url"]
    headers = {"User-Agent": IPHONE, "X-Forwarded-For": "203.0.113.9"}
    reply = client.get(link.removeprefix(client.url), params={"from": "etl"}, headers=headers)
    assert reply.status_code == 307


def load(urls: list[str]) -> Any:
    """Files of one kind as one frame of texts."""
    contents = [requests.get(url, timeout=TIMEOUT).content for url in urls]
    return pd.concat(
        [pd.read_csv(io.BytesIO(part), compression="gzip", dtype=str) for part in contents]
    )


def test_an_etl_of_seven_days(client: Client, clock: FrozenClock) -> None:
    """Each day somebody makes and clicks a link; each morning at seven the day is loaded."""
    days: dict[str, list[Any]] = {"links": [], "clicks": [], "events": []}
    for number in range(20, 27):
        clock.set(f"2016-01-{number}T18:30:00Z")
        click_a_new_link(client, number)
        urls = urls_of(client, f"2016-01-{number}")
        clock.set(f"2016-01-{number + 1}T06:59:00Z")
        for each in urls.values():
            assert [requests.get(url, timeout=TIMEOUT).status_code for url in each] == [400]
        clock.set(f"2016-01-{number + 1}T07:00:00Z")
        for kind, each in urls.items():
            days[kind].append(load(each))
    links, clicks, events = (pd.concat(frames) for frames in days.values())
    assert (len(links), len(clicks), len(events)) == (7 * 21, 7 * 51, 7 * 100)
    assert links["link_id"].is_unique
    assert clicks["branch_link_click_id"].is_unique
    assert events["id"].is_unique
    own = clicks[clicks["link_channel"].str.startswith("day, ", na=False)]
    assert list(own["link_channel"]) == [f"day, {number}" for number in range(20, 27)]
    assert list(own["click_timestamp"]) == [f"2016-01-{n}T18:30:00" for n in range(20, 27)]
    assert set(own["ip_address"]) == {"203.0.113.9"}
    assert len(clicks.merge(links, on="link_id", validate="many_to_one")) == len(clicks)
    led = events.merge(
        clicks,
        left_on=["branch_browser_fingerprint_id", "session_referring_click_timestamp"],
        right_on=["branch_browser_fingerprint_id", "click_timestamp"],
    )
    assert set(led["id"]) == set(events["id"])


def test_the_first_day_of_the_week_expires(client: Client, clock: FrozenClock) -> None:
    (url,) = urls_of(client, "2016-01-20")["links"]
    clock.set("2016-01-27T12:00:00Z")
    assert urls_of(client, "2016-01-20")["links"] == [url]
    assert requests.get(url, timeout=TIMEOUT).status_code == 200
    clock.set("2016-01-28T12:00:00Z")
    assert client.post("/v2/export", {"export_date": "2016-01-20"}).status_code == 400
    clock.set("2016-01-29T12:00:00Z")
    assert requests.get(url, timeout=TIMEOUT).status_code == 404
