"""Sessions over HTTP, as the SDKs begin and end them (contract 11)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from branch_mock.api.bodies import read_pairs
from branch_mock.api.call import Call, Reply
from branch_mock.api.handlers.links import identity_url, link_at
from branch_mock.branch import Branch
from branch_mock.compact_json import encode_text
from branch_mock.domain.apps import App
from branch_mock.domain.devices import recognise
from branch_mock.domain.links import Link
from branch_mock.domain.openings import UNCLICKED
from branch_mock.domain.sessions import CLICK_PARAMETERS, Arrival, Session, SessionKind
from branch_mock.errors import InvalidBody
from branch_mock.ids import number_of


def install(branch: Branch, call: Call) -> Reply:
    return _open(branch, call, SessionKind.INSTALL)


def open_(branch: Branch, call: Call) -> Reply:
    web = call.body.get("sdk", "").startswith("web") or "browser_fingerprint_id" in call.body
    return _open(branch, call, SessionKind.WEB if web else SessionKind.OPEN)


def _open(branch: Branch, call: Call, kind: SessionKind) -> Reply:
    arrival = _arrival(branch, call, kind)
    session = branch.sessions.open(call.app, kind, arrival)
    note = f"session {session.id}{_led(branch, session, arrival)}"
    return Reply.json(_view(branch, call, session), note=note)


def _led(branch: Branch, session: Session, arrival: Arrival) -> str:
    """What led to a session of an app; where nothing did, what came nearest."""
    if session.click is not None:
        return f" by click {session.click.id}"
    if arrival.click:
        return f", organic: there is no click {arrival.click[:_SHOWN]!r}"
    traits = arrival.traits(session.app_id) if session.kind.in_app and arrival.referrable else None
    if traits is None:
        return ""
    near = branch.clicks.differing(traits)
    if not near:
        return ", organic: no click of such a device waits"
    return f", organic: the nearest click has {'; '.join(near)}"


_SHOWN = 40


def close(branch: Branch, call: Call) -> Reply:
    branch.sessions.close(call.app, session_of(branch, call))
    return Reply.json({})


def logout(branch: Branch, call: Call) -> Reply:
    session = branch.sessions.logout(call.app, session_of(branch, call))
    view = {
        "session_id": str(session.id),
        "identity_id": str(session.identity_id),
        "link": identity_url(call, call.app, session.identity_id),
    }
    return Reply.json(view, note=f"session {session.id}")


def has_app(branch: Branch, call: Call) -> Reply:
    browser = number_of(call.query["browser_fingerprint_id"])
    return Reply.json(browser is not None and branch.sessions.has_app(call.app, browser))


def browser(branch: Branch, call: Call) -> Reply:
    """The fingerprint of the calling browser; one for all apps where the SDK names none."""
    key = call.query.get("branch_key")
    app_id = branch.apps.find(key).id if key else 0
    return Reply.json(str(branch.clicks.browser(app_id, call.caller.ip, call.caller.user_agent)))


def session_of(branch: Branch, call: Call) -> Session | None:
    """The session that a call is about: the one it names, or the one that runs on its device."""
    body = call.body
    named = branch.sessions.find(call.app, number_of(body.get("session_id")))
    return named or branch.sessions.running(call.app, *_fingerprints(body))


_FINGERPRINTS = (
    "device_fingerprint_id",
    "browser_fingerprint_id",
    "alternative_browser_fingerprint_id",
)


def _fingerprints(body: Mapping[str, Any]) -> list[int | None]:
    return [number_of(body.get(name)) for name in _FINGERPRINTS]


def _arrival(branch: Branch, call: Call, kind: SessionKind) -> Arrival:
    body = call.body
    agent = body.get("user_agent") or call.caller.user_agent
    told = _traits(body, agent, in_app=kind.in_app)
    device_id, browser_id, earlier = _fingerprints(body)
    click, address = _referral(body)
    link, query = _unclicked(branch, call.app, click, address)
    return Arrival(
        ip=call.caller.ip,
        user_agent=agent,
        os=told.get("os"),
        os_version=told.get("os_version"),
        model=told.get("model"),
        app_version=body.get("app_version"),
        hardware_id=body.get("hardware_id"),
        google_advertising_id=body.get("google_advertising_id"),
        device_metadata={name: body[name] for name in _METADATA if name in body},
        device_id=device_id,
        browser_id=browser_id if branch.sessions.knows(call.app, browser_id) else earlier,
        identity_id=body.get("identity_id"),
        identity=body.get("identity"),
        click=click,
        link=link,
        link_query=query,
        origin=call.caller.origin,
        referrable=body.get("is_referrable", 1) not in _NO,
    )


def _unclicked(
    branch: Branch, app: App, click: str | None, address: str | None
) -> tuple[Link | None, dict[str, Any]]:
    """The link that a device opened without a click, by its address or its id; and the parameters
    of the address."""
    if click is not None and click.startswith(UNCLICKED):
        return branch.links.find(app, number_of(click.removeprefix(UNCLICKED))), {}
    return link_at(branch, app, address) if address and not click else (None, {})


_METADATA = ("brand", "model", "screen_width", "screen_height", "sdk", "update")
_NO = (0, "0", False, "false")
_TRAITS = ("os", "os_version", "model")


def _traits(body: Mapping[str, Any], agent: str, *, in_app: bool) -> dict[str, str]:
    """What the device is: as the app says, else as its user agent does; the latter for pages."""
    seen = recognise(agent)
    read = {name: getattr(seen, name) for name in _TRAITS}
    said = {name: str(body[name]) for name in _TRAITS if name in body}
    found = {**read, **said} if in_app else {**said, **_present(read)}
    return _present(found)


def _present(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


_CLICK_FIELDS = ("link_identifier", "link_click_id", "click_id")
_ADDRESS_FIELDS = ("universal_link_url", "android_app_link_url", "external_intent_uri")


def _referral(body: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The click that a device names, itself or in an address; and the address."""
    address = next((body[name] for name in _ADDRESS_FIELDS if name in body), None)
    for name in _CLICK_FIELDS:
        if name in body:
            return str(body[name]), address
    if address is None:
        return None, None
    query = _query(address)
    click = next((query[name] for name in CLICK_PARAMETERS if name in query), None)
    return None if click is None else str(click), address


def _query(address: str) -> dict[str, Any]:
    try:
        return read_pairs(urlsplit(address).query)
    except (ValueError, InvalidBody):  # an address that is none leads nowhere
        return {}


def _view(branch: Branch, call: Call, session: Session) -> dict[str, Any]:
    user = branch.identities.get(session.identity_id)
    click = session.click
    view: dict[str, Any] = {
        "session_id": str(session.id),
        "identity_id": str(user.id),
        "device_fingerprint_id": _text(session.device_id),
        "browser_fingerprint_id": _text(session.browser_id),
        "identity": user.name,
        "link": identity_url(call, call.app, user.id),
        "data": encode_text(session.data),
    }
    if click is not None:
        owner = click.link.identity_id
        view["referring_identity"] = None if owner is None else branch.identities.get(owner).name
        view["link_click_id"] = view["click_id"] = str(click.id)
        view["referring_link"] = session.referring_link
    if session.browser_id is not None and not session.kind.in_app:
        view["has_app"] = branch.sessions.has_app(call.app, session.browser_id)
    return {key: value for key, value in view.items() if value is not None or key in _NULLABLE}


_NULLABLE = frozenset({"device_fingerprint_id", "browser_fingerprint_id"})


def _text(id_: int | None) -> str | None:
    return None if id_ is None else str(id_)
