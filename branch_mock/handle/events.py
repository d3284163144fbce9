"""Direct operations on events, for Python code that runs the server (contract 9)."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any, cast

from branch_mock.api.perform import event_schema
from branch_mock.clock import moment
from branch_mock.domain.apps import App
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Who, anyone, named
from branch_mock.domain.rules import Outcome
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.listening import Listens
from branch_mock.handle.noted import note_rules, noted
from branch_mock.live import KINDS
from branch_mock.validation import schema_of


class Events(Listens):
    """Events of the running server, checked as the HTTP API checks them; and live events, which are
    told while things happen.

    `app` is the server's first app unless another is given.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    @noted("events.create")
    def create(
        self,
        event: str,
        identity: Who | None = None,
        metadata: Mapping[str, Any] | None = None,
        *,
        app: App | None = None,
    ) -> Event:
        """Report an event, as POST /v1/event does; the app's rules act on it.

        Who did it may be left out where the app's profile allows. Raises InvalidRequest.
        """
        began, app = moment(), app or self._host.app
        sent = as_sent({**named(identity), "event": event, "metadata": metadata})
        given = schema_of(event_schema(app)).check_body(sent)
        made = self._host.branch.events.create(
            app, given["event"], identity=anyone(given), metadata=given.get("metadata")
        )
        note_rules(self._host, made, began)
        return made

    def all(self, *, app: App | None = None) -> list[Event]:
        """Every event of the app, oldest first."""
        return self._host.branch.events.all(app or self._host.app)

    def outcomes(self, event: Event) -> tuple[Outcome, ...]:
        """What the app's rules did on an event, in the order in which they acted."""
        return self._host.branch.rules.outcomes(event)

    def _chunks(self, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        told = self._host.emulator.live.listen(query.get("after"), query.get("kinds") or KINDS)
        return cast(AsyncGenerator[bytes, None], told)
