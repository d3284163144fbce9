"""Credits of an app on an emulator elsewhere (contract 8)."""

from urllib.parse import urlencode

from branch_mock.domain.credits import DEFAULT_BUCKET
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

    def _change(self, operation: str, identity: str, amount: int, bucket: str) -> None:
        body = self._remote.signed(identity=identity, amount=amount, bucket=bucket)
        self._remote.call("POST", f"/v1/{operation}", body)
