"""Referral codes: what a user gives to others, and what both get for it (contract 11)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct

from branch_mock.clock import iso, parse_iso
from branch_mock.domain.credits import DEFAULT_BUCKET
from branch_mock.domain.rules import CalculationType
from branch_mock.errors import InvalidRequest

CODE_LENGTH = 6
"""Characters of a code without a prefix."""

PREFIXED_LENGTH = 4
"""Characters of a code behind its prefix."""


class Beneficiary(IntEnum):
    """Who gets credits when a code is applied: who applies it, who made it, or both."""

    APPLIER = 0
    CREATOR = 2
    BOTH = 3


class ReferralCode(Struct, frozen=True, kw_only=True, gc=False):
    """One code of one app. code: what it reads. app_id, creator_id: whose it is, and the identity
    that made it. amount, bucket: the credits that it is good for. calculation_type: again and
    again, or once for each user. location: whom it rewards. expires_ms: when it stops to be good,
    in milliseconds since 1970; None for never."""

    id: int
    app_id: int
    code: str
    creator_id: int
    amount: int
    bucket: str = DEFAULT_BUCKET
    calculation_type: CalculationType = CalculationType.EVERY_TIME
    location: Beneficiary = Beneficiary.APPLIER
    expires_ms: int | None = None

    def good_at(self, now_ms: int) -> bool:
        """Whether it may be applied still."""
        return self.expires_ms is None or now_ms < self.expires_ms

    def view(self) -> dict[str, Any]:
        """As every call about it answers it."""
        return {
            "referral_code": self.code,
            "app_id": str(self.app_id),
            "metadata": {"bucket": self.bucket, "amount": self.amount},
            "calculation_type": int(self.calculation_type),
            "location": int(self.location),
            "expiration": None if self.expires_ms is None else iso(self.expires_ms),
        }


def read_expiration(fields: Mapping[str, Any]) -> int | None:
    """When a code is to expire, in milliseconds since 1970. Raises InvalidRequest."""
    text = fields.get("expiration")
    if text is None:
        return None
    try:
        return parse_iso(text)
    except (ValueError, OverflowError):
        raise InvalidRequest.of("expiration", f"must be an ISO 8601 date, got {text!r}") from None
