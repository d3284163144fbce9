"""What devices and users do to an app on an emulator elsewhere (contract 12)."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from msgspec import Struct

from branch_mock.domain.devices import DESKTOP, DEVICES, IPHONE, Device
from branch_mock.errors import InvalidRequest
from branch_mock.remote.transport import Remote


class RemoteClick(Struct, frozen=True, kw_only=True):
    """A click, as far as the server tells of it. id: a snowflake. location: where it led, None for
    a page."""

    id: int
    location: str | None


class RemoteSession(Struct, frozen=True, kw_only=True):
    """A session, as far as the server tells of it. identity_id: its user. data: what the app is
    told. click_id: the click that led there, None where none did."""

    id: int
    identity_id: int
    data: Mapping[str, Any]
    click_id: int | None


class Simulate:
    """Does what devices and users would do, to this app.

    A device is one of those that the package names, or such a one with other traits:
    `dataclasses.replace(IPHONE, ip="192.0.2.77", hardware_id="another-iphone")`.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def click(self, url: str, device: Device = DESKTOP) -> RemoteClick | None:
        """Follow a link; None for a bot, which makes no click. Raises LinkNotFound."""
        made = self._call("click", device, url=url)
        if made["click_id"] is None:
            return None
        return RemoteClick(id=int(made["click_id"]), location=made["location"])

    def install(
        self,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        click: RemoteClick | None = None,
        url: str | None = None,
    ) -> RemoteSession:
        """Install the app and open it, as `BranchMock.simulate.install`. Raises InvalidRequest."""
        return self._begin("install", device, identity, click, url)

    def open(
        self,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        click: RemoteClick | None = None,
        url: str | None = None,
    ) -> RemoteSession:
        """Open the app, or a page where the device runs no apps. Raises InvalidRequest."""
        return self._begin("open", device, identity, click, url)

    def event(
        self,
        event: str,
        device: Device = IPHONE,
        *,
        identity: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> int:
        """Do something in the app; the id of the event. Raises InvalidRequest."""
        own = {"branch_key": self._remote.app.key, "event": event}
        told = self._call("event", device, **own, identity=identity, metadata=metadata)
        return int(told["event_id"])

    def referral(self, referrer: str, referred: str) -> None:
        """One user refers another; both are made known. Raises InvalidRequest."""
        body = {"branch_key": self._remote.app.key, "referrer": referrer, "referred": referred}
        self._remote.call("POST", "/_mock/simulate/referral", body)

    def _begin(
        self,
        verb: str,
        device: Device,
        identity: str | None,
        click: RemoteClick | None,
        url: str | None,
    ) -> RemoteSession:
        named = None if click is None else str(click.id)
        own = {"branch_key": self._remote.app.key, "identity": identity}
        view = self._call(verb, device, **own, click_id=named, url=url)
        led = view.get("click_id")
        return RemoteSession(
            id=int(view["session_id"]),
            identity_id=int(view["identity_id"]),
            data=json.loads(view["data"]),
            click_id=None if led is None else int(led),
        )

    def _call(self, verb: str, device: Device, **told: object) -> Any:
        body = {**_traits(device), **told}
        given = {name: value for name, value in body.items() if value is not None}
        return self._remote.call("POST", f"/_mock/simulate/{verb}", given)


def _traits(device: Device) -> dict[str, Any]:
    """A device as the control plane takes it: the one it is most like, and how it differs.

    Raises InvalidRequest where no other can be made into it.
    """
    name = min(DEVICES, key=lambda known: len(_differences(DEVICES[known], device)))
    changed = _differences(DEVICES[name], device)
    for field, value in changed.items():
        if value is None or field == "brand":
            raise InvalidRequest.of(field, f"cannot be {value!r} on a server elsewhere")
    return {"device": name, **changed}


def _differences(known: Device, device: Device) -> dict[str, Any]:
    return {name: value for name, value in asdict(device).items() if value != getattr(known, name)}
