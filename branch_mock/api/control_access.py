"""Who may use the control plane: everybody, who has its token, or nobody (contract 12)."""

from branch_mock.api.incoming import Caller
from branch_mock.errors import ControlOff, TokenNeeded
from branch_mock.settings import Settings
from branch_mock.tokens import carries

_ALWAYS = frozenset({"_mock/health", "_mock/ready"})
"""What tells nothing but that the server is there, for health checks."""

_INBOXES = "_mock/inbox/"


class ControlAccess:
    """The rule of one emulator. on: whether there is a control plane at all."""

    def __init__(self, settings: Settings) -> None:
        self.on = settings.control == "on"
        self._token = settings.token()

    def check(self, method: str, path: str, caller: Caller) -> None:
        """Raises ControlOff and TokenNeeded where a call may not be made.

        Health checks always may. Where a token is asked for, asking which methods there are may
        too, and so may webhooks, which carry none, be put into an inbox.
        """
        if path in _ALWAYS:
            return
        if not self.on:
            raise ControlOff(method, path)
        if self._token is None or method == "OPTIONS":
            return
        if method == "POST" and path.startswith(_INBOXES):
            return
        if not carries(self._token, caller.headers.get("Authorization", "")):
            raise TokenNeeded
