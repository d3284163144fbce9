"""What can be done with clicks (contract 6)."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from msgspec.structs import replace

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import CLICK_EVENT, Click
from branch_mock.domain.devices import Traits, recognise
from branch_mock.domain.links import Link
from branch_mock.ids import number_of
from branch_mock.operations.core import Core
from branch_mock.operations.events import Events
from branch_mock.store import State

_LOOKED_AT = 1000


class Clicks:
    """The clicks on links of every app of one emulator."""

    def __init__(self, core: Core, events: Events) -> None:
        self._core = core
        self._events = events

    def all(self, app: App | None = None) -> list[Click]:
        """The clicks on the links of one app, or of all, oldest first."""
        return self._core.listed(lambda state: state.clicks, app)

    @property
    def latest(self) -> Click | None:
        """The click that was recorded last."""
        return next(reversed(self._core.store.state.clicks.values()), None)

    def find(self, app: App, id_: object) -> Click | None:
        """The click with that id, as a number or text, on a link of that app."""
        click = self._core.store.state.clicks.get(number_of(id_) or 0)
        return click if click is not None and click.app_id == app.id else None

    def browser(self, app_id: int, ip: str, user_agent: str) -> int:
        """The fingerprint of a browser at an address."""
        with self._core.store.transaction() as state:
            return self._browser(state, (app_id, ip, user_agent))

    def _browser(self, state: State, browser: tuple[int, str, str]) -> int:
        id_ = state.browsers.get(browser)
        if id_ is None:
            id_ = self._core.ids.next()
            state.browsers.put(browser, id_)
        return id_

    def known_browser(self, app_id: int, ip: str, user_agent: str) -> int | None:
        """The same, if the browser was ever seen."""
        return self._core.store.state.browsers.get((app_id, ip, user_agent))

    def record(
        self,
        app: App,
        link: Link,
        *,
        user_agent: str,
        ip: str,
        query: Mapping[str, Any],
        redirect_method: str,
    ) -> Click:
        """Note that a device followed a link: an event, and a click that waits for a session.

        Bots are the caller's to leave out.
        """
        with self._core.store.transaction() as state:
            click = Click(
                browser_id=self._browser(state, (app.id, ip, user_agent)),
                id=self._core.ids.next(),
                app_id=app.id,
                link=link,
                device=recognise(user_agent),
                user_agent=user_agent,
                ip=ip,
                redirect_method=redirect_method,
                query=query,
            )
            state.clicks.put(click.id, click)
            traits = click.traits
            if traits is not None:
                state.waiting_before.put(click.id, state.waiting.get(traits))
                state.waiting.put(traits, click.id)
            self._events.record(state, app, CLICK_EVENT, click=click, ip=ip)
            return click

    def awaiting(self, traits: Traits) -> Click | None:
        """The latest click of a device with those traits that waits for a session still.

        Forgets those above it that do not: what a session has taken or was too old stays so.
        """
        with self._core.store.transaction() as state:
            now = self._core.clock.now_ms()
            id_ = state.waiting.get(traits)
            while id_ is not None:
                click = state.clicks[id_]
                if id_ not in state.matched and click.waits_at(now):
                    state.waiting.put(traits, id_)
                    return click
                id_ = state.waiting_before[id_]
            if traits in state.waiting:
                state.waiting.drop(traits)
            return None

    def differing(self, traits: Traits) -> list[str] | None:
        """In what the click that comes nearest differs from a device for which none waits: of the
        latest clicks that wait and have something in common with it. None where none does."""
        found: list[str] | None = None
        with self._core.store.lock:
            state, now = self._core.store.state, self._core.clock.now_ms()
            for other, id_ in islice(reversed(state.waiting.items()), _LOOKED_AT):
                if other.app_id != traits.app_id or id_ in state.matched:
                    continue
                pairs = list(zip(traits._fields, other, traits, strict=True))[1:]
                unlike = [f"{name} {its!r}, not {own!r}" for name, its, own in pairs if its != own]
                near = len(unlike) < (len(pairs) if found is None else len(found))
                if near and state.clicks[id_].waits_at(now):
                    found = unlike
        return found

    def sent(self, id_: str) -> Link | None:
        """The link that was sent to a phone from the click with that id."""
        click = self._core.store.state.clicks.get(number_of(id_) or 0)
        return None if click is None or click.phone_number is None else click.link

    def send(self, click: Click, phone: str) -> Click:
        """Note that the address of a click's link was sent to a phone number."""
        with self._core.store.transaction() as state:
            sent = replace(click, phone_number=phone)
            state.clicks.put(sent.id, sent)
            return sent
