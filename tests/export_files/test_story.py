"""Invented rows tell one coherent story (contract 10)."""

import csv
import gzip
import io
import json
from collections import Counter
from datetime import date, timedelta

import pytest

from branch_mock import Branch, FrozenClock, Settings
from branch_mock.domain.devices import recognise
from branch_mock.domain.export_columns import COLUMNS, stamp
from branch_mock.domain.exports import Kind
from branch_mock.export_files.files import ExportFiles
from branch_mock.ids import code_of, created_ms
from branch_mock.seeds import plant

Row = dict[str, str]
DAY = date(2016, 1, 19)
ROWS = (300, 3000, 9000)
V2 = "documented,export_format=v2"


def invent(rows: tuple[int, int, int], day: date = DAY, **options: object) -> dict[Kind, list[Row]]:
    """What is invented for a day, in the format with click ids."""
    settings = Settings(export_rows=rows, **{"profile": V2, **options})  # type: ignore[arg-type]
    branch = Branch(settings, clock=FrozenClock("2016-01-20T12:00:00Z"))
    plant(branch)
    files = ExportFiles(branch)
    found: dict[Kind, list[Row]] = {}
    for kind, parts in branch.exports.files(branch.apps.default, day).items():
        texts = [gzip.decompress(b"".join(files.compressed(part))).decode() for part in parts]
        found[kind] = [
            row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))
        ]
        assert all(list(row) == list(COLUMNS["v2"][kind]) for row in found[kind])
        assert not any(None in row.values() for row in found[kind])
    return found


@pytest.fixture(scope="module")
def story() -> dict[Kind, list[Row]]:
    """A day of some length."""
    return invent(ROWS)


@pytest.fixture(scope="module")
def yesterday() -> dict[Kind, list[Row]]:
    """The day before it."""
    return invent(ROWS, DAY - timedelta(days=1))


def pairs(rows: list[Row], *names: str) -> set[tuple[str, ...]]:
    """The different combinations of some columns."""
    return {tuple(row[name] for name in names) for row in rows}


def test_there_are_as_many_rows_as_were_asked_for(story: dict[Kind, list[Row]]) -> None:
    assert tuple(len(story[kind]) for kind in Kind) == ROWS


@pytest.mark.parametrize(
    ("kind", "id_", "moment"),
    [
        (Kind.LINKS, "link_id", "creation_timestamp"),
        (Kind.CLICKS, "branch_link_click_id", "click_timestamp"),
        (Kind.CLICKS, "link_id", "link_creation_timestamp"),
        (Kind.EVENTS, "id", "timestamp"),
        (Kind.EVENTS, "branch_identity_id", "identity_creation_timestamp"),
        (Kind.EVENTS, "branch_session_id", "session_start_timestamp"),
        (Kind.EVENTS, "branch_device_fingerprint_id", "device_first_seen_timestamp"),
        (Kind.EVENTS, "branch_browser_fingerprint_id", "browser_first_seen_timestamp"),
        (Kind.EVENTS, "first_referring_click_id", "first_referring_click_timestamp"),
        (Kind.EVENTS, "first_referring_branch_link_id", "first_referring_link_creation_timestamp"),
        (Kind.EVENTS, "session_referring_click_id", "session_referring_click_timestamp"),
    ],
)
def test_ids_decode_to_their_own_timestamps(
    story: dict[Kind, list[Row]], kind: Kind, id_: str, moment: str
) -> None:
    found = pairs(story[kind], id_, moment) - {("", "")}
    assert found
    assert {(id_, stamp(created_ms(int(id_)))) for id_, _ in found} == found


def test_no_two_things_share_an_id(story: dict[Kind, list[Row]]) -> None:
    events = story[Kind.EVENTS]
    own = [row["link_id"] for row in story[Kind.LINKS]]
    own += [row["branch_link_click_id"] for row in story[Kind.CLICKS]]
    own += [row["id"] for row in events]
    for name in (
        "branch_identity_id",
        "branch_session_id",
        "branch_device_fingerprint_id",
        "branch_browser_fingerprint_id",
    ):
        own += {row[name] for row in events} - {""}
    assert len(set(own)) == len(own)


def test_ids_are_unique_where_many_fall_into_one_millisecond() -> None:
    rows = (5_000_000, 5_000_000, 5_000_000)
    branch = Branch(Settings(export_rows=rows, export_rows_per_file=50_000))
    plant(branch)
    files = ExportFiles(branch)
    for kind, column in ((Kind.LINKS, 1), (Kind.CLICKS, 1), (Kind.EVENTS, 0)):
        part = branch.exports.files(branch.apps.default, DAY)[kind][60]
        text = gzip.decompress(b"".join(files.compressed(part)))
        ids = [int(line.split(b",", 2)[column]) for line in text.splitlines()[1:]]
        assert len(set(ids)) == len(ids) == 50_000
        assert len({id_ >> 22 for id_ in ids}) < 49_990


def test_minted_ids_have_other_workers(story: dict[Kind, list[Row]]) -> None:
    branch = Branch()
    invented = {int(row["link_id"]) >> 12 & 0x3FF for row in story[Kind.LINKS]}
    invented |= {int(row["id"]) >> 12 & 0x3FF for row in story[Kind.EVENTS]}
    assert branch.ids.next() >> 12 & 0x3FF not in invented


def test_everything_happens_on_its_day(story: dict[Kind, list[Row]]) -> None:
    for kind, name in (
        (Kind.LINKS, "creation_timestamp"),
        (Kind.CLICKS, "click_timestamp"),
        (Kind.EVENTS, "timestamp"),
        (Kind.EVENTS, "session_start_timestamp"),
    ):
        assert {row[name][:10] for row in story[kind]} == {str(DAY)}


def test_clicks_are_of_links_in_the_file_and_show_them_as_they_are(
    story: dict[Kind, list[Row]],
) -> None:
    labels = ("channel", "feature", "campaign", "stage", "tags", "data", "creation_source")
    names = ("creation_timestamp", *labels, "url", "branch_identity_id", "id")
    links = {
        tuple(row.get(name, row["link_id"]) for name in names): row["creation_timestamp"]
        for row in story[Kind.LINKS]
    }
    for click in story[Kind.CLICKS]:
        shown = tuple(click[f"link_{name}"] for name in names)
        assert links[shown] <= click["click_timestamp"]


def test_urls_are_the_codes_or_aliases_of_links(story: dict[Kind, list[Row]]) -> None:
    for row in story[Kind.LINKS]:
        path = row["alias"] or f"l/{code_of(int(row['link_id']))}"
        assert row["url"] == f"https://bnc.lt/{path}"
    aliases = [row["alias"] for row in story[Kind.LINKS] if row["alias"]]
    assert 0 < len(set(aliases)) == len(aliases)


def test_each_click_began_its_session(story: dict[Kind, list[Row]]) -> None:
    clicks = {row["branch_link_click_id"]: row for row in story[Kind.CLICKS]}
    for event in story[Kind.EVENTS]:
        click = clicks[event["session_referring_click_id"]]
        assert click["click_timestamp"] < event["session_start_timestamp"] <= event["timestamp"]
        for theirs, ours in (
            ("branch_browser_fingerprint_id", "branch_browser_fingerprint_id"),
            ("user_agent", "user_agent"),
            ("os", "browser_os"),
            ("os_version", "browser_os_version"),
            ("ip_address", "ip_address"),
            ("click_timestamp", "session_referring_click_timestamp"),
            ("query_params", "session_referring_click_query_params"),
            ("link_id", "session_referring_branch_link_id"),
            ("link_branch_identity_id", "session_referring_branch_identity_id"),
            ("link_url", "session_referring_link_url"),
            ("link_campaign", "session_referring_link_campaign"),
            ("link_data", "session_referring_link_data"),
        ):
            assert click[theirs] == event[ours]


def test_a_session_is_told_the_same_way_by_all_of_its_events(story: dict[Kind, list[Row]]) -> None:
    own = {"id", "name", "metadata", "timestamp"}
    sessions: dict[str, list[Row]] = {}
    for event in story[Kind.EVENTS]:
        sessions.setdefault(event["branch_session_id"], []).append(event)
    for events in sessions.values():
        told = [{name: row[name] for name in row if name not in own} for row in events]
        assert all(each == told[0] for each in told)
        assert [row["timestamp"] for row in events] == sorted(row["timestamp"] for row in events)
        assert events[0]["name"] in {"install", "open", "web session start"}
        assert [row["name"] for row in events[1:2]] in ([], ["referred session"])


def test_people_who_return_were_there_the_day_before(
    story: dict[Kind, list[Row]], yesterday: dict[Kind, list[Row]]
) -> None:
    prints = ("branch_device_fingerprint_id", "branch_browser_fingerprint_id", "hardware_id")
    who = ("branch_identity_id", "developer_identity", *prints, "user_agent")
    clicked = {row["branch_link_click_id"] for row in story[Kind.CLICKS]}
    again = [row for row in story[Kind.EVENTS] if row["first_referring_click_id"] not in clicked]
    assert 0.2 < len(again) / len(story[Kind.EVENTS]) < 0.5
    assert pairs(again, *who) <= pairs(yesterday[Kind.EVENTS], *who)
    first = pairs(again, "first_referring_click_id", "first_referring_link_url")
    assert first <= pairs(yesterday[Kind.CLICKS], "branch_link_click_id", "link_url")
    assert not any(row["name"] == "install" for row in again)


def test_an_identity_has_one_name_one_device_and_one_first_click(
    story: dict[Kind, list[Row]],
) -> None:
    events = story[Kind.EVENTS]
    identities = len(pairs(events, "branch_identity_id"))
    for name in ("developer_identity", "branch_browser_fingerprint_id", "first_referring_click_id"):
        assert len(pairs(events, "branch_identity_id", name)) == identities
        assert len(pairs(events, name)) == identities
    devices = pairs(events, "branch_device_fingerprint_id", "hardware_id") - {("", "")}
    assert len({hardware for _, hardware in devices}) == len(devices)


def test_user_agents_agree_with_what_is_said_of_devices(story: dict[Kind, list[Row]]) -> None:
    columns = ("user_agent", "os", "os_version", "model", "browser")
    found = pairs(story[Kind.CLICKS], *columns)
    assert len(found) > 30
    for agent, *said in found:
        device = recognise(agent)
        assert not device.bot
        read = (device.os, device.os_version, device.model, device.browser)
        assert said == [value or "" for value in read]
    for agent, *said in pairs(story[Kind.EVENTS], "user_agent", "browser_os", "browser_os_version"):
        assert said == [recognise(agent).os, recognise(agent).os_version or ""]


def test_only_phones_and_tablets_have_a_device(story: dict[Kind, list[Row]]) -> None:
    device = ("device_os", "device_os_version", "hardware_id", "app_version", "device_metadata")
    kinds = Counter()  # type: ignore[var-annotated]
    for row in story[Kind.EVENTS]:
        read = recognise(row["user_agent"])
        kinds[read.os] += 1
        assert bool(row["google_advertising_id"]) == (read.os == "Android")
        if not read.mobile:
            assert not any(row[name] for name in device)
            continue
        assert (row["device_os"], row["device_os_version"]) == (read.os, read.os_version)
        assert json.loads(row["device_metadata"])["model"] == read.model
        assert row["hardware_id"]
        assert row["app_version"]
    assert {"iOS", "Android", "Windows", "Mac OS X"} <= set(kinds)


def test_traffic_is_spread_over_the_hours_as_people_sleep_and_wake(
    story: dict[Kind, list[Row]],
) -> None:
    hours = Counter(int(row["click_timestamp"][11:13]) for row in story[Kind.CLICKS])
    assert set(hours) == set(range(24))
    night, evening = sum(hours[hour] for hour in range(2, 6)), sum(hours[h] for h in range(18, 22))
    assert 3 < evening / night < 9


def test_channels_campaigns_and_tags_are_spread(story: dict[Kind, list[Row]]) -> None:
    channels = Counter(row["channel"] for row in story[Kind.LINKS])
    assert len(channels) >= 6
    assert channels.most_common(1)[0][1] < 0.5 * ROWS[0]
    assert len(pairs(story[Kind.LINKS], "campaign")) >= 5
    tags = [json.loads(row["tags"]) for row in story[Kind.LINKS] if row["tags"]]
    assert len({tag for each in tags for tag in each}) >= 5
    clicked = Counter(row["link_channel"] for row in story[Kind.CLICKS])
    assert set(clicked) == set(channels)
    assert clicked.most_common(1)[0][1] < 0.5 * ROWS[1]
    names = Counter(row["name"] for row in story[Kind.EVENTS])
    assert names["view item"] > names["purchase"] > 0


def test_names_and_cities_are_in_what_people_do(story: dict[Kind, list[Row]]) -> None:
    cities = {json.loads(row["data"])["city"] for row in story[Kind.LINKS]}
    assert len(cities) > 50
    signed = [json.loads(row["metadata"]) for row in story[Kind.EVENTS] if row["name"] == "sign up"]
    assert len({each["name"] for each in signed}) > 5


def test_text_messages_are_sent_from_desktops_only(story: dict[Kind, list[Row]]) -> None:
    texted = [row for row in story[Kind.CLICKS] if row["sms_from_desktop"] == "true"]
    assert texted
    assert all(row["phone_number"].startswith("+1") for row in texted)
    assert not any(recognise(row["user_agent"]).mobile for row in texted)
    others = [row for row in story[Kind.CLICKS] if row["sms_from_desktop"] == "false"]
    assert len(others) + len(texted) == ROWS[1]
    assert not any(row["phone_number"] for row in others)


def test_owners_of_links_are_the_referring_identities(story: dict[Kind, list[Row]]) -> None:
    owners = pairs(story[Kind.LINKS], "branch_identity_id")
    assert ("",) in owners
    assert len(owners) > 20
    told = pairs(
        story[Kind.EVENTS],
        "session_referring_branch_identity_id",
        "session_referring_developer_identity",
        "session_referring_hardware_id",
    )
    assert {(owner,) for owner, *_ in told} <= owners
    assert len({owner for owner, *_ in told}) == len(told)


@pytest.mark.parametrize("rows", [(0, 0, 40), (0, 40, 0), (5, 0, 40), (0, 3, 40), (1, 1, 5000)])
def test_a_day_without_some_rows_leans_on_the_day_before(rows: tuple[int, int, int]) -> None:
    found = invent(rows)
    assert tuple(len(found[kind]) for kind in Kind) == rows
    clicks = {row["branch_link_click_id"] for row in found[Kind.CLICKS]}
    for event in found[Kind.EVENTS]:
        click = event["session_referring_click_id"]
        if rows[1]:
            assert click in clicks
        else:
            assert event["session_referring_click_timestamp"][:10] == "2016-01-18"
    assert len({row["id"] for row in found[Kind.EVENTS]}) == rows[2]
    if not rows[0]:
        days = {row["link_creation_timestamp"][:10] for row in found[Kind.CLICKS]}
        assert days <= {"2016-01-18"}


def test_another_seed_or_app_tells_another_story() -> None:
    rows = (5, 10, 20)
    first, other = invent(rows), invent(rows, random_seed=1)
    assert not pairs(first[Kind.EVENTS], "id") & pairs(other[Kind.EVENTS], "id")
