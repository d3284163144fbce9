"""Snowflakes, short codes, keys (contract 4)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock import FrozenClock, SystemClock
from branch_mock.clock import iso
from branch_mock.ids import EPOCH_MS, MAX_ID, Ids, code_of, created_ms, first_id_at, id_of

CODES = {
    "2P5ZMemnQO": 550700213116223952,
    "vvb0YimnQO": 550700216958093103,
    "WgiqvsepqF": 423196192848102356,
    "5IULiLcpqF": 423196096467215333,
    "izPBY2xCqF": 423243086454504450,
    "9PgLOiWA22": 742887335519845531,
    "xcLwHN3VfG": 434447146129992167,
    "DjCmNEi3lE": 408708508817796747,
    "7IhbRIjjmp": 205708616978714299,
}
DATES = {
    423190238827926224: "2017-08-07T19:37:22.024Z",
    50388077461373184: "2014-10-14T01:54:40.425Z",
    94607584564086264: "2015-02-13T02:27:12.477Z",
    434447146129992167: "2017-09-07T21:08:17.868Z",
    540565559746262959: "2018-06-27T17:04:59.258Z",
}


@pytest.mark.parametrize(("code", "id_"), CODES.items())
def test_codes_of_the_live_service(code: str, id_: int) -> None:
    assert code_of(id_) == code
    assert id_of(code) == id_


@pytest.mark.parametrize(("id_", "date"), DATES.items())
def test_dates_of_the_live_service(id_: int, date: str) -> None:
    assert iso(created_ms(id_)) == date


@given(st.integers(min_value=1, max_value=MAX_ID))
def test_codes_are_read_back(id_: int) -> None:
    code = code_of(id_)
    assert re.fullmatch("[a-zA-Z0-9]{1,11}", code)
    assert id_of(code) == id_


@pytest.mark.parametrize("code", ["-", "a b", "é", "a_", "a/b", "a" * 12, "b" * 9000])
def test_other_texts_are_no_code(code: str) -> None:
    with pytest.raises(ValueError, match="not a short code"):
        id_of(code)


@given(st.integers(min_value=EPOCH_MS, max_value=EPOCH_MS + (1 << 40)))
def test_the_first_id_of_a_moment_was_made_then(ms: int) -> None:
    assert created_ms(first_id_at(ms)) == ms
    assert created_ms(first_id_at(ms) - 1) == ms - 1


def test_ten_thousand_ids_in_one_millisecond_are_ordered(clock: FrozenClock) -> None:
    ids = Ids(clock)
    minted = [ids.next() for _ in range(10_000)]
    assert minted == sorted(set(minted))
    assert created_ms(minted[4095]) == clock.now_ms()
    assert created_ms(minted[-1]) == clock.now_ms() + 2
    assert len({id_ >> 12 & 0x3FF for id_ in minted}) == 1


def test_ids_tell_the_time_and_never_go_back(clock: FrozenClock) -> None:
    ids = Ids(clock)
    first = ids.next()
    assert created_ms(first) == clock.now_ms()
    clock.advance(1.5)
    second = ids.next()
    assert created_ms(second) == clock.now_ms() == created_ms(first) + 1500
    clock.advance(-3600)
    assert ids.next() == second + 1


@pytest.mark.parametrize("at", ["1999-01-01", "2014-05-28T00:50:26.592Z", "2080-01-01"])
def test_a_clock_refuses_times_that_no_id_can_carry(at: str) -> None:
    with pytest.raises(ValueError, match="must be from 2014-05-28"):
        FrozenClock(at)
    clock = SystemClock()
    with pytest.raises(ValueError, match="must be from 2014-05-28"):
        clock.set(at)


@pytest.mark.parametrize("at", ["2014-05-28T00:50:26.593Z", "2079-12-31T23:59:59.999Z"])
def test_ids_carry_every_time_that_a_clock_can_show(at: str) -> None:
    clock = FrozenClock(at)
    first = Ids(clock).next()
    assert created_ms(first) == clock.now_ms()
    assert first <= MAX_ID


@pytest.mark.parametrize("live", [True, False])
def test_keys_and_secrets_have_their_form(clock: FrozenClock, *, live: bool) -> None:
    ids, word = Ids(clock), "live" if live else "test"
    for _ in range(50):
        assert re.fullmatch(f"key_{word}_[A-Za-z0-9]{{32}}", ids.key(live=live))
        assert re.fullmatch(f"secret_{word}_[A-Za-z0-9]{{32}}", ids.secret(live=live))
        assert re.fullmatch("[a-z0-9]{4}", ids.domain_label())


def test_the_same_seed_gives_the_same_values(clock: FrozenClock) -> None:
    def mint(seed: int) -> list[object]:
        ids = Ids(clock, seed)
        return [ids.next(), ids.key(), ids.secret(), ids.next(), ids.domain_label()]

    assert mint(1) == mint(1) != mint(2)


def test_a_saved_place_is_gone_on_from(clock: FrozenClock) -> None:
    ids = Ids(clock)
    ids.next()
    saved = ids.save()
    later = [ids.next(), ids.key(), ids.next()]
    assert ids.save() != saved
    ids.restore(saved)
    assert [ids.next(), ids.key(), ids.next()] == later
