"""What devices and users do to an app on an emulator elsewhere (contract 12)."""

from branch_mock.remote.transport import Remote


class Simulate:
    """Does what devices and users would do."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def referral(self, referrer: str, referred: str) -> None:
        """One user refers another; both are made known. Raises InvalidRequest."""
        body = {"branch_key": self._remote.app.key, "referrer": referrer, "referred": referred}
        self._remote.call("POST", "/_mock/simulate/referral", body)
