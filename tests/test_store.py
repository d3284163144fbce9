"""Transactions, snapshots, threads (contract 3: a refused request changes nothing)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest

from branch_mock import AliasConflict, Branch, FrozenClock, NotEnoughCredits
from branch_mock.freeing import wait_until_freed
from branch_mock.ids import Ids
from branch_mock.store import TABLES, State, Store
from tests.state import unchanged

THREADS = 8
ROUNDS = 100


class Refused(Exception):
    """What ends a transaction in these tests."""


def balances(store: Store) -> dict[tuple[int, str], int]:
    """One table's entries."""
    return dict(store.state.balances)


def put(state: State, key: int, value: int) -> None:
    """Change an entry of that table."""
    state.balances.put((key, "x"), value)


def test_a_transaction_keeps_its_changes() -> None:
    store = Store(Ids(FrozenClock()))
    with store.transaction() as state:
        put(state, 1, 10)
        put(state, 1, 11)
        put(state, 2, 20)
        state.balances.drop((2, "x"))
    assert balances(store) == {(1, "x"): 11}


def test_a_failed_transaction_undoes_everything() -> None:
    store = Store(Ids(FrozenClock()))
    with store.transaction() as state:
        put(state, 1, 10)
        put(state, 2, 20)
    before = store.snapshot()
    with suppress(Refused), store.transaction() as state:
        put(state, 1, 11)
        put(state, 1, 12)
        state.balances.drop((1, "x"))
        put(state, 3, 30)
        state.balances.drop((2, "x"))
        put(state, 2, 21)
        state.history.append((1, None), 5)
        state.history.append((1, None), 6)
        raise Refused
    assert store.snapshot() == before
    assert store.state.history.length((1, None)) == 0


def test_an_inner_transaction_is_undone_on_its_own() -> None:
    store = Store(Ids(FrozenClock()))
    with store.transaction() as state:
        put(state, 1, 10)
        with suppress(Refused), store.transaction() as inner:
            put(inner, 1, 11)
            put(inner, 2, 20)
            raise Refused
        assert balances(store) == {(1, "x"): 10}
        put(state, 3, 30)
    assert balances(store) == {(1, "x"): 10, (3, "x"): 30}


def test_an_outer_transaction_undoes_what_inner_ones_did() -> None:
    store = Store(Ids(FrozenClock()))
    with suppress(Refused), store.transaction() as state:
        put(state, 1, 10)
        with store.transaction() as inner:
            put(inner, 2, 20)
            with store.transaction() as innermost:
                put(innermost, 1, 12)
        raise Refused
    assert balances(store) == {}
    with store.transaction() as state:
        put(state, 4, 40)
    assert balances(store) == {(4, "x"): 40}


def test_dropping_what_is_not_there_changes_nothing() -> None:
    store = Store(Ids(FrozenClock()))

    def drop() -> None:
        with store.transaction() as state:
            put(state, 1, 10)
            state.balances.drop((9, "x"))

    with pytest.raises(KeyError):
        drop()
    assert balances(store) == {}


def test_a_snapshot_is_not_touched_by_later_changes(branch: Branch) -> None:
    before = branch.store.snapshot()
    links = dict(before["links"])
    branch.links.create(branch.apps.default, alias="later", identity="new")
    assert before["links"] == links
    assert branch.store.snapshot() != before
    branch.store.restore(before)
    assert branch.store.snapshot() == before
    assert set(before) == set(TABLES)
    assert branch.links.at("bnc.lt", "later") is None


def test_a_snapshot_may_be_restored_twice(branch: Branch) -> None:
    before = branch.store.snapshot()
    for _ in range(2):
        branch.links.create(branch.apps.default, alias="again")
        branch.store.restore(before)
    assert branch.store.snapshot() == before


def test_a_reset_goes_back_to_the_seed(branch: Branch) -> None:
    first = branch.links.create(branch.apps.default)
    branch.clicks.record(
        branch.apps.default, first, user_agent="", ip="", query={}, redirect_method="redirect"
    )
    branch.reset()
    assert not branch.store.state.clicks
    assert branch.links.create(branch.apps.default) == first


def test_logs_give_their_items_in_order() -> None:
    store = Store(Ids(FrozenClock()))
    with store.transaction() as state:
        for number in range(5):
            state.history.append((1, None), number)
            state.history.append((2, None), -number)
    assert list(store.state.history.items((1, None))) == [0, 1, 2, 3, 4]
    assert store.state.history.at((2, None), 3) == -3
    with pytest.raises(KeyError):
        store.state.history.at((1, None), 5)


def in_threads(work: Any) -> list[Any]:
    """What `work(number)` gives in several threads that begin together."""
    barrier = Barrier(THREADS)

    def begin(number: int) -> Any:
        barrier.wait(10)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_threads_do_not_lose_changes(branch: Branch) -> None:
    app = branch.apps.default

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            branch.credits.add(app, "shared", 1)
            branch.links.create(app, alias=f"t{number}-{turn}")

    links = len(branch.links.all())
    in_threads(work)
    assert branch.credits.balances(app, "shared") == {"default": THREADS * ROUNDS}
    assert len(branch.links.all()) == links + THREADS * ROUNDS
    ids = list(branch.store.state.transactions)
    assert len(set(ids)) == len(ids)


def test_a_failing_thread_undoes_its_own_changes_only(branch: Branch) -> None:
    app = branch.apps.default

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            if number % 2:
                with suppress(Refused), branch.store.transaction():
                    branch.credits.add(app, "shared", 1)
                    branch.links.create(app, alias=f"t{number}-{turn}")
                    raise Refused
            else:
                branch.credits.add(app, "shared", 1)

    in_threads(work)
    assert branch.credits.balances(app, "shared") == {"default": THREADS * ROUNDS // 2}
    assert not [link for link in branch.links.all() if (link.alias or "").startswith("t1-")]


def test_threads_redeem_no_more_than_there_is(branch: Branch) -> None:
    app = branch.apps.default
    branch.credits.add(app, "shared", 100)

    def work(number: int) -> int:  # noqa: ARG001 - all do the same
        done = 0
        for _ in range(ROUNDS):
            try:
                branch.credits.redeem(app, "shared", 3)
                done += 1
            except NotEnoughCredits:
                continue
        return done

    assert sum(in_threads(work)) == 33
    assert branch.credits.balances(app, "shared") == {"default": 1}


def test_threads_that_want_one_alias_get_one_link(branch: Branch) -> None:
    app = branch.apps.default

    def work(number: int) -> str:
        try:
            return str(branch.links.create(app, alias="wanted", channel=str(number)).id)
        except AliasConflict:
            return "conflict"

    results = in_threads(work)
    assert results.count("conflict") == THREADS - 1


def test_an_operation_that_is_refused_changes_nothing(branch: Branch) -> None:
    app = branch.apps.default
    with unchanged(branch):
        with pytest.raises(AliasConflict):
            branch.links.create(app, alias="test-link", identity="somebody-new")
        with pytest.raises(NotEnoughCredits):
            branch.credits.redeem(app, "alex", 10**6)


def test_what_a_restore_replaces_is_freed_aside(branch: Branch) -> None:
    before = branch.store.snapshot()
    app = branch.apps.default
    for number in range(3000):
        branch.links.create(app, alias=f"many-{number}")
    links = branch.store.state.links
    branch.store.restore(before)
    assert wait_until_freed(10)
    assert not links
    assert branch.store.snapshot() == before


def test_a_restore_inside_a_transaction_is_refused(branch: Branch) -> None:
    before = branch.store.snapshot()
    with branch.store.transaction(), pytest.raises(AssertionError, match="undone"):
        branch.store.restore(before)
