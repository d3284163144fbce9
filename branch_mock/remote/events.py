"""Events of an app on an emulator elsewhere (contract 9)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.remote.transport import Remote


class Events:
    """Events of the app."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def create(
        self, event: str, identity: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Report an event; the app's rules act on it. Raises InvalidRequest."""
        body = self._remote.signed(event=event, identity=identity, metadata=metadata)
        self._remote.call("POST", "/v1/event", body)
