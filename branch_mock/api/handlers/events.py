"""Events over HTTP (contract 9)."""

from branch_mock.api.call import Call, Reply
from branch_mock.api.handlers.sessions import session_of
from branch_mock.api.journeys import journey
from branch_mock.branch import Branch
from branch_mock.domain.events import MOBILE_SYSTEMS, NO_IDENTITY, Event, v2_metadata
from branch_mock.domain.identities import anyone
from branch_mock.errors import InvalidRequest
from branch_mock.ids import number_of


def create(branch: Branch, call: Call) -> Reply:
    body = call.body
    event = branch.events.create(
        call.app,
        body["event"],
        identity=anyone(body),
        session_id=body.get("session_id"),
        metadata=body.get("metadata"),
        ip=call.caller.ip,
    )
    return Reply.json({}, note=_note(branch, event))


def v2(branch: Branch, call: Call) -> Reply:
    """An event of the second generation, standard or custom (contract 11)."""
    body, about = call.body, call.body["user_data"]
    name = about.get("developer_identity")
    browser = number_of(about.get("browser_fingerprint_id"))
    if about.get("os") not in MOBILE_SYSTEMS and name is None and browser is None:
        raise InvalidRequest([NO_IDENTITY])
    hardware = [about.get(field) for field in _HARDWARE_IDS]
    device = branch.sessions.device(call.app, *hardware)
    told = number_of(about.get("device_fingerprint_id"))
    session = branch.sessions.running(call.app, device, told, browser)
    event = branch.sessions.report(
        call.app,
        body["name"],
        session=session,
        identity=name,
        metadata=v2_metadata(body),
        ip=call.caller.ip,
    )
    return Reply.json({"branch_view_enabled": False}, note=_note(branch, event))


def _note(branch: Branch, event: Event) -> str:
    return "; ".join([f"event {event.name} {event.id}", *branch.rules.told(event)])


_HARDWARE_IDS = ("hardware_id", "android_id", "idfa", "idfv", "aaid")


def pageview(branch: Branch, call: Call) -> Reply:
    _report_page(branch, call, "pageview")
    view_id = call.body.get("branch_view_id")
    return Reply.json({} if view_id is None else journey(str(view_id)))


def dismiss(branch: Branch, call: Call) -> Reply:
    _report_page(branch, call, "dismiss")
    return Reply.json({})


def _report_page(branch: Branch, call: Call, name: str) -> None:
    metadata = call.body.get("metadata", {}).items()
    branch.sessions.report(
        call.app,
        name,
        session=session_of(branch, call),
        identity=call.body.get("identity"),
        metadata={key: value for key, value in metadata if not isinstance(value, dict | list)},
        ip=call.caller.ip,
    )
