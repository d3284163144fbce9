"""Time (contract 4)."""

import time  # noqa: TID251 - compared with the clock's
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock import FrozenClock, SystemClock
from branch_mock.clock import Stopwatch, from_ms, iso, parse_iso


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (1401238226593, "2014-05-28T00:50:26.593Z"),
        (1456704000000, "2016-02-29T00:00:00.000Z"),
    ],
)
def test_dates_have_milliseconds_and_z(ms: int, text: str) -> None:
    assert iso(ms) == text
    assert parse_iso(text) == ms


@given(st.integers(min_value=0, max_value=253402300799999))
def test_dates_are_read_back(ms: int) -> None:
    assert parse_iso(iso(ms)) == ms
    assert from_ms(ms).tzinfo is UTC


@pytest.mark.parametrize("text", ["", "x", "2016-13-01", "2016-02-30", "12:00", "2016-01-01T25:00"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)
    with pytest.raises(ValueError, match=r"."):
        FrozenClock(text)


def test_the_system_clock_is_the_machines() -> None:
    before = time.time_ns() // 1_000_000
    now = SystemClock().now_ms()
    assert before <= now <= time.time_ns() // 1_000_000
    SystemClock().rewind()


@pytest.mark.parametrize(
    "at",
    [
        "2016-01-20T12:00:00Z",
        "2016-01-20T12:00:00",
        "2016-01-20T13:00:00+01:00",
        datetime(2016, 1, 20, 12),  # noqa: DTZ001 - naive means UTC
        datetime(2016, 1, 20, 7, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_a_frozen_clock_stands_still(at: datetime | str) -> None:
    clock = FrozenClock(at)
    assert clock.now_ms() == clock.now_ms() == 1453291200000
    assert clock.now() == datetime(2016, 1, 20, 12, tzinfo=UTC)


def test_a_frozen_clock_moves_when_told(clock: FrozenClock) -> None:
    start = clock.now_ms()
    clock.advance(1.5)
    assert clock.now_ms() == start + 1500
    clock.advance(timedelta(days=-1))
    assert clock.now_ms() == start + 1500 - 86_400_000
    clock.set("2020-01-01")
    assert iso(clock.now_ms()) == "2020-01-01T00:00:00.000Z"
    clock.rewind()
    assert clock.now_ms() == start


def test_a_stopwatch_does_not_go_back() -> None:
    watch = Stopwatch()
    assert 0 <= watch.ms() <= watch.ms()
