"""Which files a day has, and what was recorded in them (contract 10)."""

import csv
from datetime import date

import pytest

from branch_mock import Branch, FrozenClock, Settings
from branch_mock.domain.export_columns import COLUMNS
from branch_mock.domain.exports import Kind
from branch_mock.errors import ExportNotReady, InvalidRequest, NoSuchKey
from branch_mock.seeds import plant
from tests.operations.recorded_day import DAY, click_row, event_row, link_row, record_a_day


@pytest.fixture
def quiet(clock: FrozenClock) -> Branch:
    """An emulator that exports only what was recorded."""
    branch = Branch(Settings(export_rows=0), clock=clock)  # type: ignore[arg-type]
    plant(branch)
    return branch


def rows(branch: Branch, kind: Kind, day: date = DAY) -> list[dict[str, str]]:
    """The recorded rows of a day."""
    file = branch.exports.files(branch.apps.default, day)[kind][0]
    recorded = branch.exports.recorded(file)
    names = list(COLUMNS[file.format][kind])
    lines = csv.reader(recorded.lines(0, len(recorded.items)))
    return [dict(zip(names, line, strict=True)) for line in lines]


def test_a_recorded_day_field_by_field(quiet: Branch) -> None:
    day = record_a_day(quiet)
    assert rows(quiet, Kind.LINKS) == [link_row(day)]
    assert rows(quiet, Kind.CLICKS) == [click_row(day)]
    assert rows(quiet, Kind.EVENTS)[0] == event_row(day)


def test_an_event_of_a_server_leaves_what_it_does_not_know_empty(quiet: Branch) -> None:
    record_a_day(quiet)
    row = rows(quiet, Kind.EVENTS)[1]
    filled = {name: value for name, value in row.items() if value}
    referrer = quiet.identities.find(quiet.apps.default, "12345678")
    maria = quiet.identities.find(quiet.apps.default, "maria")
    assert referrer is not None
    assert maria is not None
    assert filled == {
        "id": row["id"],
        "name": "signup",
        "metadata": "{}",
        "timestamp": "2016-01-20T12:00:40",
        "branch_identity_id": str(maria.id),
        "developer_identity": "maria",
        "identity_creation_timestamp": "2014-10-10T08:00:00",
        "first_referring_branch_identity_id": str(referrer.id),
        "first_referring_developer_identity": "12345678",
    }


def test_the_later_format_tells_click_ids(clock: FrozenClock) -> None:
    settings = Settings(export_rows=0, profile="documented,export_format=v2")  # type: ignore[arg-type]
    branch = Branch(settings, clock=clock)
    plant(branch)
    day = record_a_day(branch)
    assert rows(branch, Kind.CLICKS)[0]["query_params"] == '{"utm_source":"x"}'
    event, other = rows(branch, Kind.EVENTS)
    assert event["first_referring_click_id"] == str(day.click.id)
    assert event["session_referring_click_id"] == str(day.click.id)
    assert other["session_referring_click_id"] == ""


def test_a_link_that_was_sent_to_a_phone_is_told(quiet: Branch) -> None:
    day = record_a_day(quiet)
    quiet.clicks.send(day.click, "+15550100")
    (row,) = rows(quiet, Kind.CLICKS)
    assert (row["sms_from_desktop"], row["phone_number"]) == ("true", "+15550100")


def test_a_day_has_only_its_own_rows_and_only_the_apps_own(
    quiet: Branch, clock: FrozenClock
) -> None:
    app, other = quiet.apps.all()[:2]
    clock.set("2016-01-20T23:59:59.999Z")
    last = quiet.links.create(app)
    quiet.links.create(other)
    clock.set("2016-01-21T00:00:00Z")
    first = quiet.links.create(app)
    assert [row["link_id"] for row in rows(quiet, Kind.LINKS)] == [str(last.id)]
    following = rows(quiet, Kind.LINKS, date(2016, 1, 21))
    assert [row["link_id"] for row in following] == [str(first.id)]


def test_a_dynamic_link_has_no_date(quiet: Branch) -> None:
    app = quiet.apps.default
    link = quiet.links.dynamic(app, "bnc.lt", {"channel": "qr"})
    quiet.clicks.record(
        app, link, user_agent="x", ip="127.0.0.1", query={}, redirect_method="redirect"
    )
    row = rows(quiet, Kind.CLICKS)[0]
    assert (row["link_id"], row["link_creation_timestamp"], row["link_channel"]) == ("0", "", "qr")


def test_files_are_numbered_from_the_second_on(clock: FrozenClock) -> None:
    settings = Settings(export_rows=(0, 10, 25), export_rows_per_file=10)
    branch = Branch(settings, clock=clock)
    plant(branch)
    files = branch.exports.request(branch.apps.default, "2016-01-19")
    assert [len(files[kind]) for kind in (Kind.LINKS, Kind.CLICKS, Kind.EVENTS)] == [1, 1, 3]
    middles = [branch.exports.name(file)[28:-72] for file in files[Kind.EVENTS]]
    assert middles == ["-events", "-events-1", "-events-2"]


def test_a_name_is_found_without_being_asked_for(clock: FrozenClock) -> None:
    """By another emulator too that has the same seeds: nothing is kept for it."""
    asked, other = Branch(clock=clock), Branch(clock=clock)
    plant(asked)
    plant(other)
    file = asked.exports.request(asked.apps.default, "2016-01-19")[Kind.EVENTS][0]
    assert other.exports.find(asked.exports.name(file)) == file


def test_a_file_appears_at_the_hour_and_stays_for_the_window(
    branch: Branch, clock: FrozenClock
) -> None:
    file = branch.exports.request(branch.apps.default, "2016-01-20")[Kind.LINKS][0]
    name = branch.exports.name(file)
    clock.set("2016-01-21T06:59:59.999Z")
    with pytest.raises(ExportNotReady, match=r"2016-01-20 .* from 2016-01-21T07:00:00\.000Z on"):
        branch.exports.find(name)
    clock.set("2016-01-21T07:00:00Z")
    assert branch.exports.find(name) == file
    clock.set("2016-01-28T23:59:59Z")  # handed out until the 27th, kept a day longer
    assert branch.exports.find(name) == file
    clock.set("2016-01-29T00:00:00Z")
    with pytest.raises(NoSuchKey):
        branch.exports.find(name)


def test_the_hour_and_the_window_are_settings(clock: FrozenClock) -> None:
    settings = Settings(export_ready_hour=0, export_retention_days=90)
    branch = Branch(settings, clock=clock)
    plant(branch)
    files = branch.exports.request(branch.apps.default, "2015-10-22")
    branch.exports.find(branch.exports.name(files[Kind.LINKS][0]))
    with pytest.raises(InvalidRequest, match="kept for 90 days, got '2015-10-21'"):
        branch.exports.request(branch.apps.default, "2015-10-21")
    yesterday = branch.exports.request(branch.apps.default, "2016-01-19")[Kind.LINKS][0]
    clock.set("2016-01-20T00:00:00Z")
    branch.exports.find(branch.exports.name(yesterday))


def test_no_day_before_the_first_ids(clock: FrozenClock) -> None:
    branch = Branch(clock=clock)
    plant(branch)
    clock.set("2014-06-02T00:00:00Z")
    with pytest.raises(InvalidRequest, match="must not be before 2014-05-30"):
        branch.exports.request(branch.apps.default, "2014-05-29")
    for day in (date(2014, 5, 29), date(2083, 1, 2)):
        with pytest.raises(InvalidRequest, match="must be from 2014-05-30 to 2083-01-01"):
            branch.exports.files(branch.apps.default, day)


def test_the_file_of_an_app_that_is_gone_is_no_key(branch: Branch, clock: FrozenClock) -> None:
    app = branch.apps.mint()
    file = branch.exports.request(app, "2016-01-20")[Kind.LINKS][0]
    name = branch.exports.name(file)
    clock.set("2016-01-21T08:00:00Z")
    assert branch.exports.recorded(branch.exports.find(name)).app == app
    branch.store.restore({name: {} for name in branch.store.snapshot()})
    with pytest.raises(NoSuchKey):
        branch.exports.recorded(file)
