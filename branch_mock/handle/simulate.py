"""What devices and users do, for Python code that runs the server (contract 12)."""

from collections.abc import Mapping
from json import loads
from typing import Any

from branch_mock.api.devices import Visitor
from branch_mock.clock import moment
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.devices import DESKTOP, IPHONE, Device
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.sessions import Session, SessionKind
from branch_mock.errors import InvalidRequest
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import note_rules, noted
from branch_mock.validation import schema_of


class Simulate:
    """Does to the running server what devices and users would do.

    `app` is the server's first app unless another is given.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    @noted("simulate.click")
    def click(self, url: str, device: Device = DESKTOP) -> Click | None:
        """Follow a link, at any form of its address; None for a bot, which makes no click.

        Raises LinkNotFound, and InvalidRequest for parameters that a dynamic link cannot have.
        """
        return self._visitor(device).click(url)[0]

    @noted("simulate.install")
    def install(
        self,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        click: Click | None = None,
        url: str | None = None,
        app: App | None = None,
    ) -> Session:
        """Install the app on a device and open it for the first time.

        The click that led there is found by the device's traits, unless `click` says which it was,
        or `url` the address that the app was opened with. `identity` names the user.
        `data` of the session is what the app is told. Raises InvalidRequest.
        """
        told = _told(identity, click, url)
        return self._begin(app or self._host.app, SessionKind.INSTALL, device, told)

    @noted("simulate.open")
    def open(
        self,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        click: Click | None = None,
        url: str | None = None,
        app: App | None = None,
    ) -> Session:
        """Open the app on a device; or, where the device runs no apps, a page with the web SDK.

        The rest is as for `install`. Raises InvalidRequest.
        """
        kind = SessionKind.OPEN if device.runs_apps else SessionKind.WEB
        return self._begin(app or self._host.app, kind, device, _told(identity, click, url))

    def _begin(
        self, app: App, kind: SessionKind, device: Device, told: Mapping[str, Any]
    ) -> Session:
        reply = self._visitor(device).begin(app, kind, **told)
        session = self._host.branch.sessions.find(app, int(loads(reply.body)["session_id"]))
        assert session is not None, "the reply names the session that was begun"
        if session.click is None and kind.in_app:
            self._deeds.note(reply.note)  # which says why
        return session

    @noted("simulate.event")
    def event(
        self,
        event: str,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        app: App | None = None,
    ) -> Event:
        """Do something in the app: an event of the session that runs on the device, by its user.

        `identity` is needed where no session runs. Raises InvalidRequest.
        """
        began, named = moment(), {} if identity is None else {"identity": identity}
        sent = {**as_sent({"metadata": metadata or {}}), **named}
        made = self._visitor(device).act(app or self._host.app, event, **sent)
        note_rules(self._host, made, began)
        return made

    @noted("simulate.referral")
    def referral(self, referrer: str, referred: str, *, app: App | None = None) -> Identity:
        """One user refers another; both are made known. The first referrer of a user stays.

        Returns the referred user. Raises InvalidRequest, also for one who refers themselves.
        """
        sent = as_sent({"referrer": referrer, "referred": referred})
        given = schema_of("control/simulate_referral.json").check_body(sent)
        branch, app = self._host.branch, app or self._host.app
        return branch.identities.introduce(app, given["referrer"], given["referred"])

    def _visitor(self, device: Device) -> Visitor:
        if not isinstance(device, Device):
            raise InvalidRequest.of("device", f"must be a Device, such as IPHONE, got {device!r}")
        return Visitor(branch=self._host.branch, device=device, origin=self._host.origin)


def _told(identity: str | None, click: Click | None, url: str | None) -> dict[str, Any]:
    named = None if click is None else str(click.id)
    return {"identity": identity, "link_identifier": named, "universal_link_url": url}
