"""Users without HTTP (contract 6: the first referrer stays)."""

import pytest

from branch_mock import Branch, InvalidRequest
from tests.state import unchanged


def test_an_identity_is_made_once_per_app(branch: Branch) -> None:
    one, two = branch.apps.all()[:2]
    user = branch.identities.ensure(one, "new")
    assert branch.identities.ensure(one, "new") == user == branch.identities.get(user.id)
    assert branch.identities.find(two, "new") is None
    assert branch.identities.ensure(two, "new").id != user.id
    assert user.created_ms == branch.clock.now_ms()


def test_ids_of_identities_are_taken_once(branch: Branch) -> None:
    app = branch.apps.default
    branch.identities.ensure(app, "one", id_=77)
    with unchanged(branch):
        assert branch.identities.ensure(app, "one", id_=77).id == 77
        with pytest.raises(InvalidRequest, match="id is another identity's: 77"):
            branch.identities.ensure(app, "two", id_=77)
        with pytest.raises(InvalidRequest, match="id cannot be changed from 77, got 78"):
            branch.identities.ensure(app, "one", id_=78)


def test_the_first_referrer_stays(branch: Branch) -> None:
    app = branch.apps.default
    one, two, three = (branch.identities.ensure(app, name) for name in ("one", "two", "three"))
    tied = branch.identities.refer(one, three)
    assert tied.referrer_id == one.id
    with unchanged(branch):
        assert branch.identities.refer(two, tied) == tied
        assert branch.identities.refer(two, two).referrer_id is None
