"""What can be done with credits: a ledger whose balances are sums (contract 8)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.domain.apps import App
from branch_mock.domain.credits import (
    DEFAULT_BUCKET,
    DEFAULT_LENGTH,
    MAX_AMOUNT,
    Transaction,
    TransactionType,
)
from branch_mock.domain.identities import Identity, Who
from branch_mock.errors import InvalidRequest, NotEnoughCredits
from branch_mock.indexes import index_transaction
from branch_mock.operations.core import Core
from branch_mock.operations.identities import Identities


class Credits:
    """The credits of every user of every app of one emulator."""

    def __init__(self, core: Core, identities: Identities) -> None:
        self._core = core
        self._identities = identities

    def balances(self, app: App, identity: Who) -> dict[str, int]:
        """What an identity has, bucket by bucket; `{}` for one that was never seen."""
        with self._core.store.lock:
            state = self._core.store.state
            user = self._identities.find(app, identity)
            if user is None:
                return {}
            return {
                bucket: state.balances[user.id, bucket] for bucket in state.buckets.get(user.id, ())
            }

    def add(
        self, app: App, identity: Who, amount: int, bucket: str = DEFAULT_BUCKET
    ) -> Transaction:
        """Award credits by hand: a transaction of type 1.

        Raises InvalidRequest when the balance would pass 2**53 - 1.
        """
        with self._core.store.transaction():
            user = self._identities.ensure(app, identity)
            return self.record(user, TransactionType.MANUAL, amount, bucket)

    def redeem(
        self, app: App, identity: Who, amount: int, bucket: str = DEFAULT_BUCKET
    ) -> Transaction:
        """Take credits, all or nothing: a transaction of type 2 and negative amount.

        Raises NotEnoughCredits; then nothing has changed.
        """
        with self._core.store.transaction() as state:
            user = self._identities.find(app, identity)
            if user is None or state.balances.get((user.id, bucket), 0) < amount:
                raise NotEnoughCredits
            return self.record(user, TransactionType.REDEMPTION, -amount, bucket)

    def reconcile(
        self, app: App, identity: Who, amount: int, bucket: str = DEFAULT_BUCKET
    ) -> Transaction:
        """Take back credits, at most down to zero: a transaction of type 4.

        Its amount is what was really taken, whatever the profile answers.
        """
        with self._core.store.transaction() as state:
            user = self._identities.ensure(app, identity)
            taken = min(amount, state.balances.get((user.id, bucket), 0))
            return self.record(user, TransactionType.RECONCILIATION, -taken, bucket)

    def record(
        self,
        user: Identity,
        type_: TransactionType,
        amount: int,
        bucket: str,
        *,
        id_: int | None = None,
        date_ms: int | None = None,
        event_name: str | None = None,
        event_metadata: Mapping[str, Any] | None = None,
        referrer: str | None = None,
        referree: str | None = None,
    ) -> Transaction:
        """Write one transaction and move the balance with it.

        Raises NotEnoughCredits for a balance below zero, InvalidRequest for one above 2**53 - 1
        and for an `id_` that does not come after those of the user's earlier transactions.
        """
        with self._core.store.transaction() as state:
            if id_ is not None:
                self._check_id(user, id_)
            balance = state.balances.get((user.id, bucket), 0) + amount
            if balance < 0:
                raise NotEnoughCredits
            if balance > MAX_AMOUNT:
                raise InvalidRequest.of(
                    "amount", f"must not take the balance past {MAX_AMOUNT}, got {amount}"
                )
            transaction = Transaction(
                id=id_ or self._core.ids.next(after=self._newest_id(user)),
                app_id=user.app_id,
                identity_id=user.id,
                bucket=bucket,
                type=type_,
                amount=amount,
                date_ms=self._core.clock.now_ms() if date_ms is None else date_ms,
                event_name=event_name,
                event_metadata=event_metadata,
                referrer=referrer,
                referree=referree,
            )
            state.transactions.put(transaction.id, transaction)
            index_transaction(state, transaction)
            return transaction

    def _check_id(self, user: Identity, id_: int) -> None:
        if id_ in self._core.store.state.transactions or id_ <= self._newest_id(user):
            raise InvalidRequest.of("id", f"must be new and above those of earlier rows, got {id_}")

    def _newest_id(self, user: Identity) -> int:
        """Histories are searched by id, so ids must grow along them, whatever the clock does."""
        history, key = self._core.store.state.history, (user.id, None)
        length = history.length(key)
        return history.at(key, length - 1) if length else 0

    def history(
        self,
        app: App,
        identity: Who,
        *,
        bucket: str | None = None,
        begin_after_id: int | None = None,
        length: int = DEFAULT_LENGTH,
        ascending: bool = False,
    ) -> list[Transaction]:
        """A page of an identity's transactions, newest first unless `ascending`.

        `begin_after_id` is exclusive and need not be one of them: ids are ordered by time. The
        cost of a page does not grow with the history.
        """
        with self._core.store.lock:
            state = self._core.store.state
            user = self._identities.find(app, identity)
            if user is None:
                return []
            key = (user.id, bucket)
            end = state.history.length(key)
            if ascending:
                start = (
                    0 if begin_after_id is None else self._position(key, begin_after_id, after=1)
                )
                positions = range(start, min(start + length, end))
            else:
                start = end if begin_after_id is None else self._position(key, begin_after_id)
                positions = range(start - 1, max(start - 1 - length, -1), -1)
            return [state.transactions[state.history.at(key, at)] for at in positions]

    def _position(self, key: tuple[int, str | None], id_: int, *, after: int = 0) -> int:
        """Where a transaction stands, or `after` it; where it would stand if it is none of them."""
        state = self._core.store.state
        own = state.transactions.get(id_)
        if own is not None and own.identity_id == key[0]:
            position = state.positions.get((id_, key[1]))
            if position is not None:
                return position + after
        low, high = 0, state.history.length(key)
        while low < high:
            middle = (low + high) // 2
            if state.history.at(key, middle) < id_ + after:
                low = middle + 1
            else:
                high = middle
        return low
