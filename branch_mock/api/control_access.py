"""Who may use the control plane: everybody, who has its token, or nobody (contract 12)."""

from branch_mock.api.incoming import Caller
from branch_mock.errors import ControlOff, OtherSite, TokenNeeded
from branch_mock.settings import Settings
from branch_mock.tokens import carries, is_password

_ALWAYS = frozenset({"_mock/health", "_mock/ready"})
"""What tells nothing but that the server is there, for health checks."""

_INBOXES = "_mock/inbox/"


class ControlAccess:
    """The rule of one emulator. on: whether there is a control plane at all."""

    def __init__(self, settings: Settings) -> None:
        self.on = settings.control == "on"
        self._token = settings.token()

    def check(self, method: str, path: str, caller: Caller) -> None:
        """Raises ControlOff, TokenNeeded and OtherSite where a call may not be made.

        Health checks always may. Where a token is asked for, asking which methods there are may
        too, and so may webhooks, which carry none, be put into an inbox. A password that a browser
        adds for a page of another site is good for reading only, which that page sees nothing of.
        """
        if path in _ALWAYS:
            return
        if not self.on:
            raise ControlOff(method, path)
        if self._token is None or method == "OPTIONS":
            return
        if method == "POST" and path.startswith(_INBOXES):
            return
        sent = caller.headers.get("Authorization", "")
        if method != "GET" and is_password(sent) and _is_of_another_site(caller):
            raise OtherSite
        if not carries(self._token, sent):
            raise TokenNeeded


def _is_of_another_site(caller: Caller) -> bool:
    """Whether a browser says that it asks for a page of another origin: of that alone pages have no
    say. Older browsers, and all on plain http beyond loopback, tell the page's origin only."""
    site, origin = caller.headers.get("Sec-Fetch-Site"), caller.headers.get("Origin")
    if site is not None:
        return site in {"cross-site", "same-site"}
    return origin is not None and origin.partition("://")[2].lower() != caller.host.lower()
