"""What devices and users do, over HTTP (contract 12)."""

from dataclasses import replace

from branch_mock.api.call import Call, Reply
from branch_mock.api.devices import Visitor
from branch_mock.domain.apps import App
from branch_mock.domain.devices import DESKTOP, DEVICES, IPHONE, Device
from branch_mock.domain.sessions import SessionKind
from branch_mock.emulator import Emulator


def referral(emulator: Emulator, call: Call) -> Reply:
    branch, body = emulator.branch, call.body
    user = branch.identities.introduce(app_of(emulator, call), body["referrer"], body["referred"])
    first = branch.identities.get(user.referrer_id) if user.referrer_id is not None else None
    referrer = None if first is None else first.name
    return Reply.json({"referrer": referrer, "referred": user.name}, note=f"by {referrer}")


def click(emulator: Emulator, call: Call) -> Reply:
    made, reply = _visitor(emulator, call, DESKTOP).click(call.body["url"])
    view = {
        "click_id": None if made is None else str(made.id),
        "status": reply.status,
        "location": reply.headers.get("Location"),
    }
    return Reply.json(view, note=reply.note)


def install(emulator: Emulator, call: Call) -> Reply:
    return _begin(emulator, call, SessionKind.INSTALL)


def open_(emulator: Emulator, call: Call) -> Reply:
    device = _visitor(emulator, call, IPHONE).device
    return _begin(emulator, call, SessionKind.OPEN if device.runs_apps else SessionKind.WEB)


def _begin(emulator: Emulator, call: Call, kind: SessionKind) -> Reply:
    body = call.body
    return _visitor(emulator, call, IPHONE).begin(
        app_of(emulator, call),
        kind,
        identity=body.get("identity"),
        link_identifier=body.get("click_id"),
        universal_link_url=body.get("url"),
    )


def event(emulator: Emulator, call: Call) -> Reply:
    body, app = call.body, app_of(emulator, call)
    told = {name: body.get(name) for name in ("identity", "metadata") if name in body}
    made = _visitor(emulator, call, IPHONE).act(app, body["event"], **told)
    note = "; ".join([f"event {made.name}", *emulator.branch.rules.told(made)])
    return Reply.json({"event_id": str(made.id), "event": made.name}, note=note)


def _visitor(emulator: Emulator, call: Call, default: Device) -> Visitor:
    """Somebody with the device that the body names, changed as it says."""
    body = call.body
    device = DEVICES[body["device"]] if "device" in body else default
    changes = {name: str(body[name]) for name in _CHANGES if name in body}
    return Visitor(
        branch=emulator.branch, device=replace(device, **changes), origin=call.caller.origin
    )


_CHANGES = ("user_agent", "ip", "os", "os_version", "model", "hardware_id", "app_version")


def app_of(emulator: Emulator, call: Call) -> App:
    """The app whose key the body names, or else the first. Raises InvalidCredentials."""
    key = call.body.get("branch_key")
    return emulator.branch.apps.default if key is None else emulator.branch.apps.find(key)
