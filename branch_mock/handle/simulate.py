"""What devices and users do, for Python code that runs the server (contract 12)."""

from branch_mock.domain.apps import App
from branch_mock.domain.identities import Identity
from branch_mock.handle.body import as_sent
from branch_mock.handle.links import Host
from branch_mock.validation import schema_of


class Simulate:
    """Does to the running server what devices and users would do.

    `app` is the server's first app unless another is given.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def referral(self, referrer: str, referred: str, *, app: App | None = None) -> Identity:
        """One user refers another; both are made known. The first referrer of a user stays.

        Returns the referred user. Raises InvalidRequest, also for one who refers themselves.
        """
        sent = as_sent({"referrer": referrer, "referred": referred})
        given = schema_of("control/simulate_referral.json").check_body(sent)
        branch, app = self._host.branch, app or self._host.app
        return branch.identities.introduce(app, given["referrer"], given["referred"])
