"""Events of an app on an emulator elsewhere (contract 9)."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from branch_mock.domain.events import Event
from branch_mock.domain.rules import Outcome
from branch_mock.handle.listening import Listens
from branch_mock.handle.server_sent import ServerSentEvent
from branch_mock.remote.entities import entities, related
from branch_mock.remote.transport import Remote


class Events(Listens):
    """Events of the app; and live events: those that are about it, and those that tell of no app,
    such as moves of the clock. What is done directly is no request."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def create(
        self, event: str, identity: str | None = None, metadata: Mapping[str, Any] | None = None
    ) -> None:
        """Report an event; the app's rules act on it. Raises InvalidRequest."""
        body = self._remote.signed(event=event, identity=identity, metadata=metadata)
        self._remote.call("POST", "/v1/event", body)

    def all(self) -> list[Event]:
        """Every event of the app, oldest first."""
        return entities(self._remote, "events", Event)

    def outcomes(self, event: Event) -> tuple[Outcome, ...]:
        """What the app's rules did on an event, in the order in which they acted."""
        return related(self._remote, "outcomes", event.id, tuple[Outcome, ...]) or ()

    def _chunks(self, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        return self._remote.chunks("/_mock/events", query)

    def _seen(self, event: ServerSentEvent) -> ServerSentEvent | None:
        """Ids of faults are told without their prefix, as everywhere."""
        app, data = self._remote.app, event.data
        if not isinstance(data, dict) or "app_id" not in data:
            return event
        if data["app_id"] != str(app.id) and data.get("branch_key") != app.key:
            return None
        if data.get("direct"):
            return None
        if data.get("fault") is not None:
            data = {**data, "fault": data["fault"].removeprefix(f"{app.id}.")}
        return event._replace(data=data)
