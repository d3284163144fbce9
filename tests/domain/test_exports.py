"""Names, days and columns of export files (contract 10)."""

from datetime import date

import pytest

from branch_mock.domain.export_columns import COLUMNS, csv_line
from branch_mock.domain.exports import ExportFile, Kind, check_day, read_day
from branch_mock.errors import InvalidRequest

LINK = [
    "creation_timestamp",
    "link_id",
    "branch_identity_id",
    "channel",
    "feature",
    "campaign",
    "stage",
    "tags",
    "data",
    "creation_source",
    "alias",
    "domain",
    "url",
]
CLICK = [
    "click_timestamp",
    "branch_link_click_id",
    "branch_browser_fingerprint_id",
    "os",
    "os_version",
    "model",
    "browser",
    "user_agent",
    "ip_address",
    "stage",
    "sms_from_desktop",
    "phone_number",
    "redirect_method",
    "link_creation_timestamp",
    "link_channel",
    "link_feature",
    "link_campaign",
    "link_stage",
    "link_tags",
    "link_data",
    "link_creation_source",
    "link_url",
    "link_branch_identity_id",
    "link_id",
]
REFERRING = [
    "click_timestamp",
    "click_query_params",
    "branch_identity_id",
    "developer_identity",
    "hardware_id",
    "branch_link_id",
    "link_creation_timestamp",
    "link_channel",
    "link_feature",
    "link_campaign",
    "link_stage",
    "link_tags",
    "link_data",
    "link_creation_source",
    "link_url",
]
EVENT = [
    *[
        "id",
        "name",
        "metadata",
        "timestamp",
        "branch_identity_id",
        "developer_identity",
        "identity_creation_timestamp",
        "branch_session_id",
        "app_version",
        "ip_address",
        "session_start_timestamp",
        "branch_device_fingerprint_id",
        "device_first_seen_timestamp",
        "device_os",
        "device_os_version",
        "device_metadata",
        "hardware_id",
        "google_advertising_id",
        "branch_browser_fingerprint_id",
        "browser_first_seen_timestamp",
        "browser_os",
        "browser_os_version",
        "user_agent",
    ],
    *(f"first_referring_{name}" for name in REFERRING),
    *(f"session_referring_{name}" for name in REFERRING),
]
FILE = ExportFile(app_id=55696551485375420, day=date(2016, 1, 20), kind=Kind.CLICKS, part=2)


def test_the_documented_columns_in_the_documented_order() -> None:
    found = {kind: list(columns) for kind, columns in COLUMNS["documented"].items()}
    assert found == {Kind.LINKS: LINK, Kind.CLICKS: CLICK, Kind.EVENTS: EVENT}


def test_the_later_format_has_trailing_columns() -> None:
    found = {kind: list(columns) for kind, columns in COLUMNS["v2"].items()}
    later = ["first_referring_click_id", "session_referring_click_id"]
    assert found == {
        Kind.LINKS: LINK,
        Kind.CLICKS: [*CLICK, "query_params"],
        Kind.EVENTS: [*EVENT, *later],
    }


def test_a_name_is_read_back() -> None:
    name = FILE.name(7)
    assert name.startswith("55696551485375420-2016-01-20-link_clicks-2-")
    assert ExportFile.read(name, 7) == FILE


def test_the_hash_is_64_hex_digits_and_differs_by_seed() -> None:
    digest = FILE.name(0).removesuffix(".csv.gz").rpartition("-")[2]
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")
    assert FILE.name(1) != FILE.name(0)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("link_clicks", "links"),
        ("link_clicks", "installs"),
        ("-2-", "-3-"),
        ("-2-", "-02-"),
        ("2016-01-20", "2016-01-21"),
        ("2016-01-20", "2016-02-30"),
        (".csv.gz", ".csv"),
        ("55696551485375420", "055696551485375420"),
        ("link_clicks-2-", "link_clicks-2-v2-"),
    ],
)
def test_a_changed_name_is_none(old: str, new: str) -> None:
    changed = FILE.name(0).replace(old, new)
    assert changed != FILE.name(0)
    assert ExportFile.read(changed, 0) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2016-1-20",
        "20160120",
        "2016-W03-3",
        "2016-01-20T00:00:00Z",
        "2016-01-20 ",
        "2016-01-20\n",
        "20-01-2016",
        "yesterday",
        "\u0662\u0660\u0661\u0666-01-20",
    ],
)
def test_a_bad_form_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="export_date must be a date YYYY-MM-DD, got "):
        read_day(text)


@pytest.mark.parametrize("text", ["2016-02-30", "2015-02-29", "2016-13-01", "2016-00-10"])
def test_a_day_that_no_calendar_has_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=f"must be a day of the calendar, got '{text}'"):
        read_day(text)


def test_the_window_reaches_from_the_oldest_day_to_today() -> None:
    today = date(2016, 1, 20)
    check_day(date(2016, 1, 20), today, 7)
    check_day(date(2016, 1, 13), today, 7)
    with pytest.raises(InvalidRequest, match="must not be after today, 2016-01-20"):
        check_day(date(2016, 1, 21), today, 7)
    with pytest.raises(InvalidRequest, match=r"must not be before 2016-01-13: .* 7 days"):
        check_day(date(2016, 1, 12), today, 7)


def test_cells_are_quoted_and_objects_are_json() -> None:
    line = csv_line(("a,b", 'say "hi"', None, True, {"k": ["é", 1]}, ("x",), "two\nlines", 0))
    assert line == ('"a,b","say ""hi""",,true,"{""k"":[""é"",1]}","[""x""]","two\nlines",0')
