"""What a device does, done without a network: the calls that its browser and SDK would make."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from branch_mock.api.bodies import read_pairs
from branch_mock.api.call import Call, Endpoint, Reply
from branch_mock.api.endpoints import API, LINKS
from branch_mock.api.incoming import Caller
from branch_mock.api.perform import perform
from branch_mock.api.router import Router
from branch_mock.branch import Branch
from branch_mock.domain.addresses import Origin, locate
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.devices import Device
from branch_mock.domain.events import Event
from branch_mock.domain.sessions import Session, SessionKind
from branch_mock.errors import LinkNotFound

_ENDPOINTS = {endpoint.name: endpoint for endpoint in API}
_LINKS = Router(LINKS)


class Visitor(Struct, frozen=True, kw_only=True):
    """Somebody with a device. `origin` is where answers to it say that things are.

    What its methods raise is what an answer would say.
    """

    branch: Branch
    device: Device
    origin: Origin

    def click(self, url: str) -> tuple[Click | None, Reply]:
        """Follow a link: the click, None for a bot, and the answer that the browser gets.

        Raises LinkNotFound and InvalidRequest.
        """
        branch = self.branch
        domain, path = locate(url, branch.apps.is_link_domain, branch.settings.public_url)
        found = _LINKS.find(path)
        endpoint: Endpoint[Branch] | None = None if found is None else found[0].get("GET")
        if found is None or endpoint is None:
            raise LinkNotFound
        call = Call(
            path={**found[1], "domain": domain},
            query=read_pairs(url.partition("#")[0].partition("?")[2]),
            caller=self._caller(),
        )
        with branch.store.lock:
            before = branch.clicks.latest
            reply = perform(branch, branch.apps, endpoint, call)
            after = branch.clicks.latest
        return (None if after is before else after), reply

    def begin(self, app: App, kind: SessionKind, **told: Any) -> Reply:
        """Open the app, or a page, as its SDK does. `told` is None for what the SDK leaves out.

        Raises InvalidRequest.
        """
        name = "sessions.install" if kind is SessionKind.INSTALL else "sessions.open"
        device = self.device.app_fields() if kind.in_app else {"sdk": "web"}
        return self._call(app, name, {**device, **told})

    def act(self, app: App, event: str, **told: Any) -> Event:
        """Report an event of the session that runs on the device, if one does.

        Raises InvalidRequest.
        """
        with self.branch.store.lock:
            session = self.session(app)
            if session is not None:
                own = {"session_id": session.id, "identity_id": session.identity_id}
                told = {**own, **told}
            self._call(app, "events.create", {**told, "event": event})
            return self.branch.events.latest

    def session(self, app: App) -> Session | None:
        """The session that runs on the device."""
        sessions, device = self.branch.sessions, self.device
        browser = self.branch.clicks.known_browser(app.id, device.ip, device.user_agent)
        return sessions.running(app, sessions.device(app, device.hardware_id), browser)

    def _call(self, app: App, name: str, fields: Mapping[str, Any]) -> Reply:
        body = {"branch_key": app.key, "branch_secret": app.secret, **fields}
        call = Call(
            body={key: value for key, value in body.items() if value is not None},
            caller=self._caller(),
        )
        return perform(self.branch, self.branch.apps, _ENDPOINTS[name], call)

    def _caller(self) -> Caller:
        headers = {"User-Agent": self.device.user_agent}
        return Caller(origin=self.origin, headers=headers, remote=lambda: self.device.ip)
