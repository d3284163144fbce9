"""What users do, over the control plane (contract 12)."""

from branch_mock import BranchMock
from tests.client import Client, message_of


def test_one_user_refers_another_and_the_first_referrer_stays(
    client: Client, mock: BranchMock
) -> None:
    def refer(referrer: str, referred: str) -> object:
        body = {"referrer": referrer, "referred": referred}
        return client.call("POST", "/_mock/simulate/referral", json=body).json()

    assert refer("ann", "bob") == {"referrer": "ann", "referred": "bob"}
    assert refer("cid", "bob") == {"referrer": "ann", "referred": "bob"}
    ann = mock.branch.identities.find(mock.app, "ann")
    assert ann is not None
    assert mock.simulate.referral("cid", "bob").referrer_id == ann.id


def test_the_users_are_of_the_app_that_is_named(client: Client, mock: BranchMock) -> None:
    other = mock.apps.mint()
    body = {"branch_key": other.key, "referrer": "ann", "referred": "bob"}
    assert client.call("POST", "/_mock/simulate/referral", json=body).status_code == 200
    assert mock.branch.identities.find(mock.app, "bob") is None
    bob = mock.branch.identities.find(other, "bob")
    assert bob is not None
    assert bob.referrer_id is not None


def test_a_referral_refuses(client: Client, mock: BranchMock) -> None:
    good = {"referrer": "ann", "referred": "bob"}
    for field, value in (
        ("referrer", None),
        ("referred", None),
        ("referrer", "r" * 128),
        ("referred", ""),
        ("referred", "ann"),
        ("nonsense", 1),
    ):
        answer = client.call("POST", "/_mock/simulate/referral", json={**good, field: value})
        assert answer.status_code == 400
        assert field in message_of(answer)
    unknown = {**good, "branch_key": "key_live_unknown"}
    assert client.call("POST", "/_mock/simulate/referral", json=unknown).status_code == 400
    assert mock.branch.identities.find(mock.app, "ann") is None
