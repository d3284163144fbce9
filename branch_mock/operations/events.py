"""What can be done with events (contract 9)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.domain.apps import App
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.sessions import Session
from branch_mock.operations.core import Core


class Events:
    """The events of every app of one emulator."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def all(self, app: App | None = None) -> list[Event]:
        """The events of one app, or of all, oldest first."""
        with self._core.store.lock:
            events = list(self._core.store.state.events.values())
        return [event for event in events if app is None or event.app_id == app.id]

    def record(
        self,
        app: App,
        name: str,
        *,
        identity: Identity | None = None,
        session: Session | None = None,
        metadata: Mapping[str, Any] | None = None,
        ip: str | None = None,
    ) -> Event:
        """Note that something happened."""
        with self._core.store.transaction() as state:
            event = Event(
                id=self._core.ids.next(),
                app_id=app.id,
                name=name,
                identity_id=None if identity is None else identity.id,
                session=session,
                ip=ip,
                metadata=metadata or {},
            )
            state.events.put(event.id, event)
            return event
