"""Credits: transactions and what they say (contract 8)."""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

from msgspec import Struct

from branch_mock.clock import iso

DEFAULT_BUCKET = "default"
MAX_AMOUNT = 9_007_199_254_740_991
"""The largest amount, 2**53 - 1: whole in every client's language."""

DEFAULT_LENGTH = 100
"""Rows of the history when no `length` is asked for."""

ASCENDING = frozenset({"asc", "1", 1})
"""Values of `direction` that put the oldest first."""


class TransactionType(IntEnum):
    """What caused a transaction."""

    REWARD = 0
    MANUAL = 1
    REDEMPTION = 2
    FRAUD = 3
    RECONCILIATION = 4
    FRAUD_OTHER = 5


class Transaction(Struct, frozen=True, kw_only=True, gc=False):
    """One change of one bucket: the only thing that balances are made of.

    app_id, identity_id, bucket: whose balance it changes. type: what caused it.
    amount: signed; never 0 but for a reconciliation that found nothing to take.
    date_ms: milliseconds since 1970.
    event_name, event_metadata: the event that caused a reward.
    referrer, referree: identities in the developer's system.
    """

    id: int
    app_id: int
    identity_id: int
    bucket: str
    type: TransactionType
    amount: int
    date_ms: int
    event_name: str | None = None
    event_metadata: Mapping[str, Any] | None = None
    referrer: str | None = None
    referree: str | None = None

    def reconciliation_view(self, amount: int | None = None) -> dict[str, Any]:
        """As POST /v1/reconcile answers it; `amount` stands in for what was taken (contract 1)."""
        return {
            "id": str(self.id),
            "app_id": str(self.app_id),
            "identity_id": str(self.identity_id),
            "type": int(self.type),
            "bucket": self.bucket,
            "amount": self.amount if amount is None else amount,
            "date": iso(self.date_ms),
        }

    def history_view(self) -> dict[str, Any]:
        """As a row of the credit history."""
        metadata = None if self.event_metadata is None else dict(self.event_metadata)
        return {
            "transaction": {
                "date": iso(self.date_ms),
                "id": str(self.id),
                "bucket": self.bucket,
                "type": int(self.type),
                "amount": self.amount,
            },
            "event": {"name": self.event_name, "metadata": metadata},
            "referrer": self.referrer,
            "referree": self.referree,
        }
