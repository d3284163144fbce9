"""The ledger (contract 8)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from branch_mock import Branch, InvalidRequest, NotEnoughCredits
from branch_mock.domain.credits import DEFAULT_BUCKET, MAX_AMOUNT, TransactionType
from branch_mock.store import Log
from tests.state import unchanged

MANY = 100_000
THREADS = 16


def ledger_sums(branch: Branch, identity: str) -> dict[str, int]:
    sums: dict[str, int] = {}
    for row in branch.credits.history(branch.apps.default, identity, length=MANY * 2):
        sums[row.bucket] = sums.get(row.bucket, 0) + row.amount
    return sums


def test_threads_race_for_the_last_credits(branch: Branch) -> None:
    app = branch.apps.default
    branch.credits.add(app, "raced", 100)
    start = Barrier(THREADS)

    def redeem(_: int) -> int:
        start.wait(timeout=10)
        redeemed = 0
        for _attempt in range(25):
            try:
                branch.credits.redeem(app, "raced", 1)
            except NotEnoughCredits:
                continue
            redeemed += 1
        return redeemed

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        assert sum(pool.map(redeem, range(THREADS))) == 100
    assert branch.credits.balances(app, "raced") == {"default": 0}
    assert ledger_sums(branch, "raced") == {"default": 0}


def test_a_page_costs_the_same_however_long_the_history(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = branch.apps.default
    with branch.store.transaction():
        made = [branch.credits.add(app, "busy", 1, "ab"[n % 2]).id for n in range(MANY)]
    touched: list[int] = []
    at = Log.at

    def counted(log: Log[object, object], key: object, position: int) -> object:
        touched.append(position)
        return at(log, key, position)

    monkeypatch.setattr(Log, "at", counted)
    for middle in (1, MANY // 2, MANY - 100):
        for ascending in (True, False):
            touched.clear()
            page = branch.credits.history(
                app, "busy", begin_after_id=made[middle], length=50, ascending=ascending
            )
            assert len(touched) == len(page) <= 50
            step = 1 if ascending else -1
            wanted = [n for n in range(middle + step, middle + 51 * step, step) if n >= 0]
            assert [row.id for row in page] == [made[n] for n in wanted]
    touched.clear()
    foreign = branch.credits.history(app, "busy", begin_after_id=made[-2], bucket="b", length=50)
    assert len(foreign) == 50
    assert len(touched) <= 50 + MANY.bit_length(), "an id of another bucket costs a bisection"
    monkeypatch.undo()
    assert ledger_sums(branch, "busy") == branch.credits.balances(app, "busy")


def test_the_default_seed_has_the_balances_of_its_histories(branch: Branch) -> None:
    app = branch.apps.default
    for identity in ("maria", "alex", "friend-of-alex"):
        assert branch.credits.balances(app, identity) == ledger_sums(branch, identity)
    assert branch.credits.balances(app, "alex") == {"default": 15, "other bucket": 4}


def test_a_refused_change_leaves_no_trace(branch: Branch) -> None:
    app = branch.apps.default
    before = branch.store.snapshot()
    with pytest.raises(NotEnoughCredits):
        branch.credits.redeem(app, "new", 1)
    with pytest.raises(InvalidRequest, match="identity_id"):
        branch.credits.add(app, 12, 1)
    assert branch.store.snapshot() == before
    branch.credits.add(app, "new", MAX_AMOUNT)
    full = branch.store.snapshot()
    with pytest.raises(InvalidRequest, match="amount"):
        branch.credits.add(app, "new", 1)
    assert branch.store.snapshot() == full


def test_a_transaction_id_is_taken_once(branch: Branch) -> None:
    user = branch.identities.ensure(branch.apps.default, "ann")
    branch.credits.record(user, TransactionType.MANUAL, 5, "default", id_=77)
    with pytest.raises(InvalidRequest, match="must be new and above"):
        branch.credits.record(user, TransactionType.MANUAL, 5, "default", id_=77)
    assert branch.credits.balances(branch.apps.default, "ann") == {"default": 5}


@pytest.mark.parametrize("id_", [77, 76])
def test_ids_grow_along_a_history(branch: Branch, id_: int) -> None:
    app = branch.apps.default
    user = branch.identities.ensure(app, "new")
    first = branch.credits.record(user, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=77)
    with unchanged(branch), pytest.raises(InvalidRequest, match="must be new and above"):
        branch.credits.record(user, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=id_)
    second = branch.credits.record(user, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=78)
    assert branch.credits.history(app, "new") == [second, first]


def test_an_id_belongs_to_one_transaction(branch: Branch) -> None:
    app = branch.apps.default
    one, two = (branch.identities.ensure(app, name) for name in ("one", "two"))
    branch.credits.record(one, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=77)
    with unchanged(branch), pytest.raises(InvalidRequest, match="must be new and above"):
        branch.credits.record(two, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=77)
    assert branch.credits.balances(app, "two") == {}


def test_a_page_goes_on_although_the_clock_is_behind_the_history(branch: Branch) -> None:
    app = branch.apps.default
    user = branch.identities.ensure(app, "from-the-future")
    future = branch.ids.next() << 1
    branch.credits.record(user, TransactionType.MANUAL, 5, DEFAULT_BUCKET, id_=future)
    newest = branch.credits.add(app, "from-the-future", 7)
    assert newest.id > future
    page = branch.credits.history(app, "from-the-future", begin_after_id=newest.id)
    assert [row.id for row in page] == [future]


def test_ids_that_a_refused_call_minted_are_taken_back(branch: Branch) -> None:
    with unchanged(branch), pytest.raises(InvalidRequest):
        branch.credits.add(branch.apps.default, "never seen", MAX_AMOUNT + 1)
