"""The ledger that seeds fill (contract 8)."""

import pytest

from branch_mock import Branch, InvalidRequest
from branch_mock.domain.credits import DEFAULT_BUCKET, TransactionType
from tests.state import unchanged


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
