"""Credits of an app on an emulator elsewhere (contract 8)."""

from typing import Any
from urllib.parse import urlencode

from branch_mock.domain.credits import DEFAULT_BUCKET, DEFAULT_LENGTH
from branch_mock.remote.transport import Remote


class Credits:
    """Credits of the app's users, named by the identity in the developer's own system."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def get(self, identity: str) -> dict[str, int]:
        """Credits by bucket; `{}` for a user that was never seen."""
        query = urlencode({"branch_key": self._remote.app.key, "identity": identity})
        return dict(self._remote.call("GET", f"/v1/credits?{query}"))

    def add(self, identity: str, amount: int, bucket: str = DEFAULT_BUCKET) -> None:
        """Award credits. Raises InvalidRequest."""
        self._change("credits", identity, amount, bucket)

    def redeem(self, identity: str, amount: int, bucket: str = DEFAULT_BUCKET) -> None:
        """Take credits, all or nothing. Raises InvalidRequest and NotEnoughCredits."""
        self._change("redeem", identity, amount, bucket)

    def reconcile(self, identity: str, amount: int, bucket: str = DEFAULT_BUCKET) -> None:
        """Take credits back, down to zero at most. Raises InvalidRequest."""
        self._change("reconcile", identity, amount, bucket)

    def history(
        self,
        identity: str,
        *,
        bucket: str | None = None,
        begin_after_id: str | None = None,
        length: int = DEFAULT_LENGTH,
        direction: str = "desc",
    ) -> list[dict[str, Any]]:
        """A page of a user's transactions, as GET /v1/credithistory answers it.

        Raises InvalidRequest.
        """
        page = {"bucket": bucket, "begin_after_id": begin_after_id, "length": length}
        asked = {"identity": identity, "direction": direction, **page}
        given = {name: value for name, value in asked.items() if value is not None}
        query = urlencode({"branch_key": self._remote.app.key, **given})
        return list(self._remote.call("GET", f"/v1/credithistory?{query}"))

    def _change(self, operation: str, identity: str, amount: int, bucket: str) -> None:
        body = self._remote.signed(identity=identity, amount=amount, bucket=bucket)
        self._remote.call("POST", f"/v1/{operation}", body)
