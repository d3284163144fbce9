"""What can be done with events (contract 9)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.events import Event, check_numbers
from branch_mock.domain.identities import Identity, Who
from branch_mock.domain.sessions import Session
from branch_mock.errors import InvalidRequest
from branch_mock.operations.core import Core
from branch_mock.operations.identities import Identities
from branch_mock.operations.rules import Rules
from branch_mock.store import State


class Events:
    """The events of every app of one emulator."""

    def __init__(self, core: Core, identities: Identities, rules: Rules) -> None:
        self._core = core
        self._identities = identities
        self._rules = rules

    def all(self, app: App | None = None) -> list[Event]:
        """The events of one app, or of all, oldest first."""
        return self._core.listed(lambda state: state.events, app)

    @property
    def latest(self) -> Event:
        """The event that was recorded last. Raises StopIteration when there is none."""
        return next(reversed(self._core.store.state.events.values()))

    def create(
        self,
        app: App,
        name: str,
        *,
        identity: Who | None = None,
        session_id: int | None = None,
        metadata: Mapping[str, Any] | None = None,
        ip: str | None = None,
    ) -> Event:
        """Note what a server or SDK reports through POST /v1/event.

        A session that is not this user's is passed over. Raises InvalidRequest for an identity
        given by an id that is no user of the app, and for a number of more than 255 digits.
        """
        check_numbers(metadata or {})
        with self._core.store.transaction() as state:
            user = None if identity is None else self._identities.ensure(app, identity)
            session = state.sessions.get(session_id) if session_id else None
            if session is not None and (user is None or session.identity_id != user.id):
                session = None
            return self.record(
                state, app, name, identity=user, session=session, metadata=metadata, ip=ip
            )

    def record(
        self,
        state: State,
        app: App,
        name: str,
        *,
        identity: Identity | None = None,
        session: Session | None = None,
        click: Click | None = None,
        metadata: Mapping[str, Any] | None = None,
        ip: str | None = None,
    ) -> Event:
        """Note that something happened, and let the app's rules act on it (contract 9), in a
        transaction that gives its `state`."""
        event = Event(
            id=self._core.ids.next(),
            app_id=app.id,
            name=name,
            identity_id=None if identity is None else identity.id,
            session=session,
            click=click,
            ip=ip,
            metadata=metadata or {},
        )
        state.events.put(event.id, event)
        if self._rules.listen(event):
            self._rules.apply(event)
        return event

    def add(self, event: Event) -> None:
        """Take in an event that no rule acts on. Raises InvalidRequest if its id is taken."""
        with self._core.store.transaction() as state:
            if event.id in state.events:
                raise InvalidRequest.of("id", f"is another event's: {event.id}")
            state.events.put(event.id, event)
