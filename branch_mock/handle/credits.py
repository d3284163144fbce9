"""Direct operations on credits, for Python code that runs the server (contract 8)."""

from branch_mock.domain.apps import App
from branch_mock.domain.credits import ASCENDING, DEFAULT_BUCKET, DEFAULT_LENGTH, Transaction
from branch_mock.domain.identities import Who, named, who
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.validation import schema_of


class Credits:
    """Credits of the running server's users, checked as the HTTP API checks them.

    A user is named by the identity in the developer's own system, or by the id in Branch, an int.
    `app` is the server's first app unless another is given. Amounts are whole numbers from 1 to
    2**53 - 1. Safe to use from several threads.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    def get(self, identity: Who, *, app: App | None = None) -> dict[str, int]:
        """Credits by bucket; `{}` for a user that was never seen. Raises InvalidRequest for a name
        that no user can have."""
        query, _ = schema_of("credits/get.json").check({}, as_sent(named(identity)), {})
        return self._host.branch.credits.balances(app or self._host.app, who(query))

    @noted("credits.add")
    def add(
        self,
        identity: Who,
        amount: int,
        bucket: str = DEFAULT_BUCKET,
        *,
        app: App | None = None,
    ) -> Transaction:
        """Award credits. Raises InvalidRequest, also for a balance that would pass 2**53 - 1."""
        change = _change("add", identity, amount, bucket)
        return self._host.branch.credits.add(app or self._host.app, *change)

    @noted("credits.redeem")
    def redeem(
        self,
        identity: Who,
        amount: int,
        bucket: str = DEFAULT_BUCKET,
        *,
        app: App | None = None,
    ) -> Transaction:
        """Take credits, all or nothing. Raises InvalidRequest and NotEnoughCredits."""
        change = _change("redeem", identity, amount, bucket)
        return self._host.branch.credits.redeem(app or self._host.app, *change)

    @noted("credits.reconcile")
    def reconcile(
        self,
        identity: Who,
        amount: int,
        bucket: str = DEFAULT_BUCKET,
        *,
        app: App | None = None,
    ) -> Transaction:
        """Take credits back, down to zero at most. Raises InvalidRequest.

        The transaction says what was taken, whatever the profile answers over HTTP.
        """
        change = _change("reconcile", identity, amount, bucket)
        return self._host.branch.credits.reconcile(app or self._host.app, *change)

    def history(
        self,
        identity: Who,
        *,
        bucket: str | None = None,
        begin_after_id: int | None = None,
        length: int = DEFAULT_LENGTH,
        direction: str = "desc",
        app: App | None = None,
    ) -> list[Transaction]:
        """A page of a user's transactions, newest first unless `direction` is `asc`.

        Raises InvalidRequest.
        """
        page = {
            "bucket": bucket,
            "begin_after_id": begin_after_id,
            "length": length,
            "direction": direction,
        }
        sent = as_sent({**named(identity), **page})
        given, _ = schema_of("credits/history.json").check({}, sent, {})
        return self._host.branch.credits.history(
            app or self._host.app,
            who(given),
            bucket=given.get("bucket"),
            begin_after_id=given.get("begin_after_id"),
            length=given["length"],
            ascending=given["direction"] in ASCENDING,
        )


def _change(operation: str, identity: Who, amount: int, bucket: str) -> tuple[Who, int, str]:
    sent = as_sent({**named(identity), "amount": amount, "bucket": bucket})
    given = schema_of(f"credits/{operation}.json").check_body(sent)
    return who(given), given["amount"], given.get("bucket", DEFAULT_BUCKET)
