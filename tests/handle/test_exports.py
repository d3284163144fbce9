"""Exports of a running server, from Python (contract 10)."""

from datetime import date

import pytest

from branch_mock import BranchMock, FrozenClock, InvalidRequest
from tests.client import Client
from tests.export_reading import read_day, urls_of


def test_request_gives_the_addresses_that_http_gives(mock: BranchMock, client: Client) -> None:
    assert mock.exports.request("2016-01-19") == urls_of(client, "2016-01-19")
    assert mock.exports.request(date(2016, 1, 19)) == mock.exports.request("2016-01-19")


def test_read_gives_the_rows_that_are_downloaded(mock: BranchMock, client: Client) -> None:
    rows = read_day(client, "2016-01-19")
    assert mock.exports.read("links", "2016-01-19") == rows["links"]
    assert mock.exports.read("clicks", "2016-01-19") == rows["clicks"]
    assert mock.exports.read("events", date(2016, 1, 19)) == rows["events"]


def test_read_puts_all_parts_together(clock: FrozenClock) -> None:
    with BranchMock(clock=clock, export_rows=(0, 0, 25), export_rows_per_file=10) as mock:
        assert len(mock.exports.request("2016-01-19")["events"]) == 3
        assert len(mock.exports.read("events", "2016-01-19")) == 25


def test_read_does_not_wait_for_the_day_to_end(mock: BranchMock) -> None:
    mock.links.create(channel="email", alias="hello")
    (row,) = [row for row in mock.exports.read("links", "2016-01-20") if row["alias"] == "hello"]
    assert (row["channel"], row["url"]) == ("email", "https://bnc.lt/hello")


def test_each_app_has_its_own(mock: BranchMock) -> None:
    app = mock.branch.apps.mint()
    mock.links.create(app=app, alias="theirs")
    assert mock.exports.read("links", "2016-01-20", app=app)[0]["alias"] == "theirs"
    assert str(app.id) in mock.exports.request("2016-01-20", app=app)["links"][0]
    assert mock.exports.read("links", "2016-01-20")[0]["alias"] != "theirs"


def test_bad_days_and_kinds(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="must not be after today"):
        mock.exports.request("2016-01-21")
    with pytest.raises(InvalidRequest, match="must be a date YYYY-MM-DD"):
        mock.exports.read("links", "today")
    with pytest.raises(InvalidRequest, match=r"kind must be one of links, .*got .installs"):
        mock.exports.read("installs", "2016-01-19")  # type: ignore[arg-type]
