"""What can be done with sessions: how a click becomes a user of the app (contract 6 and 11)."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click, followed_address
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.sessions import Arrival, Session, SessionKind
from branch_mock.operations.clicks import Clicks
from branch_mock.operations.core import Core
from branch_mock.operations.events import Events
from branch_mock.operations.identities import Identities
from branch_mock.operations.links import Links
from branch_mock.store import State

REFERRED = "referred session"
"""The event that a session counts as besides its own, when a link led to it."""

OPENED_BY_ADDRESS = "universal_link"
"""The redirect method of a click that went straight into the app."""


class Sessions:
    """The sessions of every app of one emulator."""

    def __init__(
        self, core: Core, identities: Identities, links: Links, clicks: Clicks, events: Events
    ) -> None:
        self._core = core
        self._identities = identities
        self._links = links
        self._clicks = clicks
        self._events = events

    def all(self, app: App | None = None) -> list[Session]:
        """The sessions of one app, or of all, oldest first."""
        return self._core.listed(lambda state: state.sessions, app)

    def find(self, app: App, id_: int | None) -> Session | None:
        """The app's session with that id."""
        session = self._core.store.state.sessions.get(id_ or 0)
        return session if session is not None and session.app_id == app.id else None

    def running(self, app: App, *fingerprints: int | None) -> Session | None:
        """The session that runs on the first of those devices and browsers that has one."""
        state = self._core.store.state
        for fingerprint in fingerprints:
            session = self.find(app, state.running.get(fingerprint or 0))
            if session is not None:
                return session
        return None

    def device(self, app: App, *hardware_ids: str | None) -> int | None:
        """The fingerprint of the device with one of those hardware ids."""
        devices = self._core.store.state.devices
        found = (devices.get((app.id, id_)) for id_ in hardware_ids if id_)
        return next((id_ for id_ in found if id_ is not None), None)

    def has_app(self, app: App, browser_id: int) -> bool:
        """Whether the user of a browser is known to have the app."""
        state = self._core.store.state
        device = state.owners.get(browser_id)
        if device is None:
            device = state.owners.get(state.users.get(browser_id, 0))
        return device is not None and self.knows(app, device)

    def knows(self, app: App, fingerprint: int | None) -> bool:
        """Whether the app has had a session on that device or browser."""
        state = self._core.store.state
        user = state.users.get(fingerprint or 0)
        return user is not None and state.identities[user].app_id == app.id

    def open(self, app: App, kind: SessionKind, arrival: Arrival) -> Session:
        """Begin a session, led by a click if there is one (contract 6).

        The click is the one that the device names; or that of the link it was opened with, which
        counts as a click now; or, for an app that names none, the latest one that the same device
        made and that waits still. An app's session takes the click, a web page's leaves it waiting.

        Counts as the event of its kind, and as a `referred session` when a click led to it.
        """
        with self._core.store.transaction() as state:
            click, guaranteed = self._click(app, kind, arrival)
            device_id = self._device(app, arrival) if kind.in_app else None
            browser_id = self._browser(app, kind, arrival, click)
            fingerprint = device_id or browser_id or 0
            known = fingerprint in state.users
            user = self._user(app, arrival, fingerprint)
            if click is not None and arrival.referrable:
                user = self._identities.led_by(user, click)
            session = Session(
                id=self._core.ids.next(),
                app_id=app.id,
                identity_id=user.id,
                kind=kind,
                device_id=device_id,
                browser_id=browser_id,
                click=click,
                referring_link=None if click is None else followed_address(arrival.origin, click),
                guaranteed=guaranteed,
                deep_linked=click is not None and self._links.use(click.link),
                first=kind is SessionKind.INSTALL or not known,
                app_version=arrival.app_version,
                ip=arrival.ip,
                os=arrival.os,
                os_version=arrival.os_version,
                user_agent=arrival.user_agent,
                hardware_id=arrival.hardware_id,
                google_advertising_id=arrival.google_advertising_id,
                device_metadata=arrival.device_metadata,
            )
            self._add(session)
            self._own(session)
            self._report(state, app, session, user, known=known)
            return session

    def _click(self, app: App, kind: SessionKind, arrival: Arrival) -> tuple[Click | None, bool]:
        """The click that led to a session, and whether that is certain."""
        named = self._clicks.find(app, arrival.click)
        if named is not None:
            return named, True
        if arrival.link is not None:
            click = self._clicks.record(
                app,
                arrival.link,
                user_agent=arrival.user_agent or "",
                ip=arrival.ip,
                query=arrival.link_query,
                redirect_method=OPENED_BY_ADDRESS,
            )
            return click, True
        traits = arrival.traits(app.id) if kind.in_app and arrival.referrable else None
        return (None if traits is None else self._clicks.awaiting(traits)), False

    def _device(self, app: App, arrival: Arrival) -> int:
        """The fingerprint of an app's device: told, known by its hardware, or new."""
        with self._core.store.transaction() as state:
            id_ = self.device(app, arrival.hardware_id)
            if id_ is None and self.knows(app, arrival.device_id):
                id_ = arrival.device_id
            if id_ is None:
                id_ = self._core.ids.next()
            if arrival.hardware_id:
                state.devices.put((app.id, arrival.hardware_id), id_)
            return id_

    def _browser(
        self, app: App, kind: SessionKind, arrival: Arrival, click: Click | None
    ) -> int | None:
        """The fingerprint of the browser that a page is in, or where an app's click was made."""
        if click is not None and click.redirect_method != OPENED_BY_ADDRESS:
            return click.browser_id
        if kind.in_app:
            return None
        if self.knows(app, arrival.browser_id):
            return arrival.browser_id
        return self._clicks.browser(app.id, arrival.ip, arrival.user_agent or "")

    def _user(self, app: App, arrival: Arrival, fingerprint: int) -> Identity:
        """Whose session it is: whom the device tells, or its last user, or someone new."""
        state = self._core.store.state
        user = self._first_known(app, arrival.identity_id, state.users.get(fingerprint))
        if not arrival.identity:
            return user or self._identities.anonymous(app)
        if user is None:
            return self._identities.ensure(app, arrival.identity)
        return self._identities.rename(app, user, arrival.identity)

    def _first_known(self, app: App, *ids: int | None) -> Identity | None:
        found = (self._identities.find(app, id_) for id_ in ids if id_)
        return next((user for user in found if user is not None), None)

    def _add(self, session: Session) -> None:
        with self._core.store.transaction() as state:
            state.sessions.put(session.id, session)
            if session.fingerprint is not None:
                state.users.put(session.fingerprint, session.identity_id)
                state.running.put(session.fingerprint, session.id)

    def _own(self, session: Session) -> None:
        """An app's session takes its click; user and browser are known to have the app."""
        if session.device_id is None:
            return
        with self._core.store.transaction() as state:
            if session.click is not None:
                state.matched.put(session.click.id, session.id)
            for owner in (session.identity_id, session.browser_id):
                if owner is not None:
                    state.owners.put(owner, session.device_id)

    def _report(
        self, state: State, app: App, session: Session, user: Identity, *, known: bool
    ) -> None:
        install = session.kind is SessionKind.INSTALL
        self._events.record(
            state,
            app,
            session.kind.value,
            identity=user,
            session=session,
            metadata={"reinstall": known} if install else None,
            ip=session.ip,
        )
        if session.click is not None:
            self._events.record(state, app, REFERRED, identity=user, session=session, ip=session.ip)

    def close(self, app: App, session: Session | None) -> None:
        """End a session, if it runs still."""
        if session is None or session.app_id != app.id or session.fingerprint is None:
            return
        with self._core.store.transaction() as state:
            if state.running.get(session.fingerprint) == session.id:
                state.running.drop(session.fingerprint)

    def identify(
        self, app: App, name: str, identity_id: int | None, session: Session | None
    ) -> Identity:
        """Say who the user of a device is, as POST /v1/profile does; see `Identities.rename`.

        identity_id, session: the user whom the device was told, and its session.
        """
        with self._core.store.transaction():
            running = None if session is None else session.identity_id
            user = self._first_known(app, identity_id, running)
            if user is None:
                return self._identities.ensure(app, name)
            named = self._identities.rename(app, user, name)
            if session is not None and session.identity_id != named.id:
                session = replace(session, identity_id=named.id)
                self._add(session)
                self._own(session)
            return named

    def logout(self, app: App, session: Session | None) -> Session:
        """Leave a device to a new anonymous user, in a new session of its own (contract 11)."""
        with self._core.store.transaction():
            user = self._identities.anonymous(app)
            before = session or Session(id=0, app_id=app.id, identity_id=user.id)
            fresh = replace(
                before,
                id=self._core.ids.next(),
                identity_id=user.id,
                click=None,
                referring_link=None,
                guaranteed=False,
                deep_linked=False,
                first=False,
            )
            self._add(fresh)
            return fresh

    def report(
        self,
        app: App,
        name: str,
        *,
        session: Session | None,
        identity: str | None,
        metadata: Mapping[str, Any],
        ip: str,
    ) -> Event:
        """Note what an SDK reports of a session; it may say who its user is while it is at it."""
        with self._core.store.transaction() as state:
            user = None if session is None else self._identities.get(session.identity_id)
            if identity is not None:
                user = self.identify(app, identity, None, session)
            if session is not None:
                session = self.find(app, session.id)
            return self._events.record(
                state, app, name, identity=user, session=session, metadata=metadata, ip=ip
            )
