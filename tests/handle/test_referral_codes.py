"""Referral codes for Python code, of a server here and of one elsewhere (contract 11)."""

import pytest

from branch_mock import (
    BranchMock,
    IdentityNotFound,
    InvalidRequest,
    ReferralCodeNotFound,
    ReferralCodeUsed,
    RemoteMock,
)
from branch_mock.domain.referral_codes import Beneficiary
from branch_mock.domain.rules import CalculationType

Mocks = BranchMock | RemoteMock


def test_a_code_is_made_and_applied(either: Mocks, mock: BranchMock) -> None:
    codes = either.referral_codes
    made = codes.create(
        "mia",
        amount=5,
        calculation_type=1,
        location=3,
        bucket="gift",
        prefix="MIA",
        expiration="2016-02-01",
    )
    assert (made.code[:3], made.amount, made.bucket) == ("MIA", 5, "gift")
    assert made.calculation_type is CalculationType.ONCE
    assert made.location is Beneficiary.BOTH
    assert made.expires_ms == 1454284800000
    assert codes.validate(made.code) == made
    assert codes.apply(made.code, "zoe") == made
    assert either.credits.get("zoe") == either.credits.get("mia") == {"gift": 5}
    with pytest.raises(ReferralCodeUsed, match=made.code):
        codes.apply(made.code, "zoe")
    mock.clock.set("2016-02-01")
    with pytest.raises(ReferralCodeNotFound, match=made.code):
        codes.validate(made.code)


def test_what_referrals_led_to(either: Mocks) -> None:
    either.simulate.referral("ann", "ben")
    either.simulate.referral("ann", "bob")
    for name in ("ben", "ben", "bob", "ann"):
        either.events.create("buy", name)
    assert either.referral_codes.referrals("ann") == {"buy": {"total": 3, "unique": 2}}
    assert either.referral_codes.referrals("ben") == {}
    with pytest.raises(IdentityNotFound):
        either.referral_codes.referrals("nobody")


def test_what_cannot_be_is_refused(either: Mocks) -> None:
    codes = either.referral_codes
    with pytest.raises(InvalidRequest) as caught:
        codes.create("mia", amount=0, calculation_type=2, location=1)
    fields = [violation.field for violation in caught.value.violations]
    assert fields == ["amount", "calculation_type", "location"]
    with pytest.raises(InvalidRequest, match="expiration must be an ISO 8601 date"):
        codes.create("mia", amount=1, calculation_type=0, location=0, expiration="soon")
    with pytest.raises(InvalidRequest, match="identity"):
        codes.create("", amount=1, calculation_type=0, location=0)
    with pytest.raises(ReferralCodeNotFound):
        codes.apply("none such", "ann")


def test_users_may_be_named_by_their_id(mock: BranchMock) -> None:
    ann = mock.simulate.referral("mia", "ann")
    made = mock.referral_codes.create(ann.id, amount=1, calculation_type=0, location=2)
    assert made.creator_id == ann.id
    mock.referral_codes.apply(made.code, ann.id)
    assert mock.credits.get("ann") == {"default": 1}
    assert f"-> ReferralCode {made.id}" in "\n".join(mock.timeline())
