"""Exports of the third generation: files of their own for each topic (contract 11)."""

import json
import re
from collections.abc import Iterator
from itertools import chain

import pytest

from branch_mock import IPHONE, PIXEL, BranchMock, FrozenClock
from branch_mock.data import folder
from branch_mock.domain.export_columns import COLUMNS
from branch_mock.domain.exports import kind_of
from branch_mock.domain.topics import NEVER_INVENTED, STANDARD, Topic, topic_of
from tests.client import Client
from tests.export_reading import Row, read_day, rows_of, text_of

TODAY, YESTERDAY = "2016-01-20", "2016-01-19"
ABOUT = {"os": "iOS", "developer_identity": "zoe"}


def topics(client: Client, day: str = YESTERDAY) -> dict[str, list[str]]:
    """The addresses of a day's files, by topic."""
    reply = client.post("/v3/export", {"export_date": day})
    assert reply.status_code == 200, reply.text
    found: dict[str, list[str]] = reply.json()
    return found


def read_topics(client: Client, day: str = YESTERDAY) -> dict[str, list[Row]]:
    """All rows of a day, by topic, as they are downloaded."""
    return {
        topic: [row for url in urls for row in rows_of(text_of(url))]
        for topic, urls in topics(client, day).items()
    }


@pytest.fixture
def next_day(mock: BranchMock, clock: FrozenClock) -> Iterator[dict[str, list[Row]]]:
    """What the files of a day hold on which something happened."""
    client = Client(mock.url, mock.app.key, mock.app.secret)
    url = mock.links.create(channel="sms")
    mock.simulate.click(url, device=IPHONE)
    mock.simulate.install(IPHONE)
    mock.simulate.open(IPHONE)
    mock.simulate.install(IPHONE)  # again: a reinstall
    mock.simulate.install(PIXEL)
    page = client.post("/v1/open", {"sdk": "web1"}).json()
    told = {name: page[name] for name in ("session_id", "browser_fingerprint_id")}
    assert client.post("/v1/pageview", {"event": "pageview", **told}).status_code == 200
    for name in STANDARD:
        body = {"name": name, "user_data": ABOUT}
        assert client.post("/v2/event/standard", body).status_code == 200
    body = {"name": "my event", "user_data": ABOUT, "custom_data": {"a": "b"}}
    assert client.post("/v2/event/custom", body).status_code == 200
    mock.events.create("signup", identity="zoe")
    clock.advance(86_400)
    yield read_topics(client, TODAY)
    client.close()


def test_names_tell_app_day_and_topic_and_end_in_six_characters(
    client: Client, mock: BranchMock
) -> None:
    found = topics(client)
    assert list(found) == sorted(Topic)
    for topic, (url,) in found.items():
        start = re.escape(f"{mock.url}/branch-exports/{mock.app.id}-{YESTERDAY}-{topic}-v2-")
        assert re.fullmatch(rf"{start}[0-9a-f]{{64}}-[A-Za-z0-9]{{6}}\.csv\.gz", url)
    assert len(set(chain.from_iterable(found.values()))) == len(Topic)
    assert topics(client) == found == mock.exports.request_topics(YESTERDAY)


def test_each_file_is_a_real_gzip_with_the_columns_of_its_rows(client: Client) -> None:
    for topic, (url,) in topics(client).items():
        header = text_of(url).partition("\r\n")[0]
        assert header.split(",") == list(COLUMNS["v2"][kind_of(Topic(topic))])


def test_files_have_the_events_of_their_topic_only(next_day: dict[str, list[Row]]) -> None:
    known = {row["id"]: topic for topic, rows in next_day.items() for row in rows if "id" in row}
    assert len(known) == sum(len(rows) for topic, rows in next_day.items() if topic != "eo_click")
    for topic, rows in next_day.items():
        if topic != "eo_click":
            for row in rows:
                assert topic_of(row["name"], json.loads(row["metadata"])) == topic, row


def test_what_was_recorded_is_in_the_file_of_its_topic(next_day: dict[str, list[Row]]) -> None:
    names = {topic: {row.get("name") for row in rows} for topic, rows in next_day.items()}
    for name, topic in STANDARD.items():
        assert name in names[topic]
    assert {"my event", "signup"} <= names["eo_custom_event"]
    assert [row["name"] for row in next_day["eo_pageview"]] == ["pageview"]
    (again,) = next_day["eo_reinstall"]
    assert (again["name"], again["device_os"]) == ("install", "iOS")
    assert [row["device_os"] for row in next_day["eo_install"][:2]] == ["iOS", "Android"]
    assert next_day["eo_open"][0]["name"] == "open"
    assert next_day["eo_web_session_start"][0]["name"] == "web session start"
    first, click = next_day["eo_install"][0], next_day["eo_click"][0]
    assert first["session_referring_click_id"] == click["branch_link_click_id"] != ""
    assert "referred session" not in set().union(*names.values())


def test_topics_hold_the_invented_events_of_the_second_generation(client: Client) -> None:
    second, third = read_day(client, YESTERDAY), read_topics(client)
    kept = [row for row in second["events"] if row["name"] != "referred session"]
    events = [row for topic, rows in third.items() if topic != "eo_click" for row in rows]
    assert {row["id"] for row in events} == {row["id"] for row in kept}
    assert len(events) == len(kept)
    clicks = [row["branch_link_click_id"] for row in second["clicks"]]
    assert [row["branch_link_click_id"] for row in third["eo_click"]] == clicks
    empty = {topic for topic, rows in third.items() if not rows}
    assert empty == NEVER_INVENTED
    for rows in third.values():
        times = [row.get("timestamp") or row["click_timestamp"] for row in rows]
        assert all(time.startswith(YESTERDAY) for time in times)


def test_the_same_app_day_and_seed_the_same_bytes(clock: FrozenClock) -> None:
    def text(seed: int) -> dict[str, str]:
        with BranchMock(clock=clock, random_seed=seed, export_rows=300) as mock:
            client = Client(mock.url, mock.app.key, mock.app.secret)
            found = {topic: text_of(url) for topic, (url,) in topics(client).items()}
            client.close()
            return found

    assert text(0) == text(0) != text(1)


@pytest.mark.parametrize("most", [7, 100, 1000])
def test_parts_put_together_are_the_whole(clock: FrozenClock, most: int) -> None:
    rows = (5, 20, 250)
    with BranchMock(clock=clock, export_rows=rows) as mock:
        whole = {topic: mock.exports.read(topic.value, YESTERDAY) for topic in Topic}
    with BranchMock(clock=clock, export_rows=rows, export_rows_per_file=most) as mock:
        split = {topic: mock.exports.read(topic.value, YESTERDAY) for topic in Topic}
        assert split == whole
        client = Client(mock.url, mock.app.key, mock.app.secret)
        urls = topics(client)["eo_open"]
        assert len(urls) == -(-rows[2] // most)
        assert all(len(rows_of(text_of(url))) <= most for url in urls)
        assert all(f"eo_open-{part}-v2-" in url for part, url in enumerate(urls) if part)
        client.close()


def test_a_name_that_was_changed_is_no_file(client: Client) -> None:
    (url,) = topics(client)["eo_open"]
    last = "a" if url[-8] != "a" else "b"
    for changed in (url[:-8] + last + url[-7:], url.replace("eo_open", "eo_install"), url[:-14]):
        assert client.get(changed.removeprefix(client.url)).status_code == 404


def test_a_day_that_is_not_over_can_not_be_downloaded_yet(client: Client) -> None:
    (url,) = topics(client, TODAY)["eo_open"]
    reply = client.get(url.removeprefix(client.url))
    assert (reply.status_code, reply.headers["Content-Type"]) == (400, "application/xml")


def test_bad_days_and_secrets_are_refused(client: Client) -> None:
    assert client.post("/v3/export", {"export_date": "2016-01-32"}).status_code == 400
    wrong = client.post("/v3/export", {"export_date": YESTERDAY, "branch_secret": "no"})
    assert wrong.status_code == 400


def test_every_name_that_is_standard_has_a_topic() -> None:
    schema = json.loads((folder("schemas") / "events" / "standard.json").read_text("utf-8"))
    assert set(STANDARD) == set(schema["properties"]["body"]["properties"]["name"]["enum"])
