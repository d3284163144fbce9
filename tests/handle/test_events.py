"""Direct operations on events and rules, and simulated referrals (contract 9 and 12)."""

import pytest

from branch_mock import BranchMock, InvalidRequest


def test_a_referral_a_rule_and_an_event_make_a_reward(mock: BranchMock) -> None:
    rule = mock.rules.create(
        event="buy",
        type="credit",
        calculation_type=1,
        location=1,
        metadata={"amount": "5", "bucket": "silver"},
        filter={"sku": "12"},
    )
    assert mock.rules.all() == [rule]
    assert rule.amount == 5
    bob = mock.simulate.referral("ann", "bob")
    ignored = mock.events.create("buy", "bob", {"sku": "13"})
    event = mock.events.create("buy", bob.id, {"sku": "12"})
    assert mock.events.all() == [ignored, event]
    assert mock.events.outcomes(ignored) == ()
    (outcome,) = mock.events.outcomes(event)
    (row,) = mock.credits.history("ann")
    assert (outcome.rule_id, outcome.transaction_id) == (rule.id, row.id)
    assert (row.amount, row.bucket, row.referree, row.event_name) == (5, "silver", "bob", "buy")


def test_operations_refuse(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="identity"):
        mock.events.create("buy")
    with pytest.raises(InvalidRequest, match="event"):
        mock.events.create("e" * 64, "ann")
    with pytest.raises(InvalidRequest, match="metadata"):
        mock.events.create("buy", "ann", {"nested": {}})
    with pytest.raises(InvalidRequest, match=r"metadata\.amount is required"):
        mock.rules.create(event="*", type="credit", calculation_type=0, location=0, metadata={})
    with pytest.raises(InvalidRequest, match="referred"):
        mock.simulate.referral("ann", "ann")
    assert mock.events.all() == []
    assert mock.rules.all() == []


def test_an_app_may_ask_for_no_identity(mock: BranchMock) -> None:
    app = mock.apps.mint(profile="observed")
    event = mock.events.create("buy", app=app)
    assert event.identity_id is None
    assert mock.events.all(app=app) == [event]
