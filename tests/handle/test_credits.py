"""Direct operations on credits (contract 8)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from branch_mock import BranchMock, InvalidRequest, NotEnoughCredits
from branch_mock.domain.credits import MAX_AMOUNT

THREADS = 24


def test_credits_are_added_taken_and_listed(mock: BranchMock) -> None:
    added = mock.credits.add("ann", 10)
    mock.credits.add("ann", 3, "silver")
    assert mock.credits.redeem("ann", 4).amount == -4
    assert mock.credits.reconcile("ann", 9, "silver").amount == -3
    assert mock.credits.get("ann") == {"default": 6, "silver": 0}
    assert mock.credits.get(added.identity_id) == {"default": 6, "silver": 0}
    assert [row.amount for row in mock.credits.history("ann")] == [-3, -4, 3, 10]
    assert [row.amount for row in mock.credits.history("ann", direction="asc", length=2)] == [10, 3]
    page = mock.credits.history(added.identity_id, bucket="default", begin_after_id=added.id)
    assert page == []
    assert mock.credits.get("nobody") == {}
    assert mock.credits.get("ann", app=mock.apps.mint()) == {}


@pytest.mark.parametrize("operation", ["add", "redeem", "reconcile"])
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 1.5}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": MAX_AMOUNT + 1}, "amount"),
        ({"bucket": "b" * 64}, "bucket"),
        ({"identity": "i" * 128}, "identity"),
        ({"identity": ""}, "identity"),
        ({"identity": None}, "identity"),
        ({"identity": True}, "identity"),
    ],
)
def test_operations_on_credits_refuse_what_http_refuses(
    mock: BranchMock, operation: str, wrong: dict[str, Any], field: str
) -> None:
    before = mock.branch.store.snapshot()
    with pytest.raises(InvalidRequest, match=field):
        getattr(mock.credits, operation)(**{"identity": "alex", "amount": 1, **wrong})
    assert mock.branch.store.snapshot() == before


def test_the_history_refuses(mock: BranchMock) -> None:
    for wrong in ({"length": 0}, {"direction": "up"}, {"begin_after_id": -1}):
        with pytest.raises(InvalidRequest, match=next(iter(wrong))):
            mock.credits.history("alex", **wrong)


def test_of_many_threads_only_as_many_redeem_as_there_are_credits(mock: BranchMock) -> None:
    covered, each = 100, 20
    mock.credits.add("raced", covered)
    start = Barrier(THREADS)

    def race(_: int) -> int:
        start.wait(timeout=10)
        redeemed = 0
        for _attempt in range(each):
            try:
                mock.credits.redeem("raced", 1)
            except NotEnoughCredits:
                continue
            redeemed += 1
        return redeemed

    with ThreadPoolExecutor(max_workers=THREADS) as pool:
        redeemed = sum(pool.map(race, range(THREADS)))
    assert redeemed == covered < THREADS * each
    assert mock.credits.get("raced") == {"default": 0}
    assert sum(row.amount for row in mock.credits.history("raced", length=1000)) == 0
