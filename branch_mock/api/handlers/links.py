"""Links over HTTP (contract 5 and 6)."""

from typing import Any
from urllib.parse import urlsplit

from branch_mock.api import deepviews, pages
from branch_mock.api.bodies import read_base64_json, read_pairs
from branch_mock.api.call import MEDIA_PNG, Call, Reply
from branch_mock.api.qr_codes import qr_png
from branch_mock.api.scripts import read_callback
from branch_mock.branch import Branch
from branch_mock.domain.addresses import Origin, locate
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click, destination
from branch_mock.domain.devices import recognise
from branch_mock.domain.links import (
    CreationSource,
    Link,
    dynamic_fields,
    source_of,
)
from branch_mock.domain.openings import app_address, fallback_address, opening, tries_app
from branch_mock.errors import ApiError, InvalidCredentials, LinkNotFound
from branch_mock.ids import code_of
from branch_mock.validation import schema_of


def create(branch: Branch, call: Call) -> Reply:
    link = branch.links.create_from(call.app, call.body, source=source_of(call.body))
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.json({"url": url}, note=f"link {url}")


def bulk(branch: Branch, call: Call) -> Reply:
    checked = schema_of("links/create.json").check_bodies(call.body)
    links = branch.links.create_each(call.app, checked)
    results = [_bulk_result(call.caller.origin, link) for link in links]
    status = 200 if results else call.app.profile.empty_bulk
    made = sum("url" in result for result in results)
    return Reply.json(results, status=status, note=f"links: {made}, errors: {len(results) - made}")


def _bulk_result(origin: Origin, link: Link | ApiError) -> dict[str, str]:
    if isinstance(link, ApiError):
        return {"error": link.message}
    return {"url": origin.link(link.domain, link.path)}


def get(branch: Branch, call: Call) -> Reply:
    link = branch.links.get(call.app, call.query["url"])
    return Reply.json(link.view(call.caller.origin.link(link.domain, link.path)))


def update(branch: Branch, call: Call) -> Reply:
    link = branch.links.update(call.app, call.query["url"], call.body)
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.json(link.view(url), note=f"link {url} updated")


def delete(branch: Branch, call: Call) -> Reply:
    link = branch.links.delete(call.app, call.query["url"])
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.json({"url": url, "deleted": True}, note=f"link {url} deleted")


def qr_code(branch: Branch, call: Call) -> Reply:
    link = branch.links.create_from(call.app, call.body, source=source_of(call.body))
    url = call.caller.origin.link(link.domain, link.path)
    image = qr_png(url, call.body.get("qr_code_settings", {}))
    return Reply(body=image, content_type=MEDIA_PNG, note=f"link {url}")


def deepview(branch: Branch, call: Call) -> Reply:
    """A function for the page to call, which leads into the app by a link; a phone that has the
    app is to open it at once where `open_app` says so."""
    named = call.body.get("link_click_id", "")
    click = branch.clicks.find(call.app, named)
    link = click.link if click is not None and click.link.id else _named(branch, call.app, named)
    if link is None:
        link = branch.links.create_from(call.app, call.body, source=CreationSource.WEB_SDK)
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.script(deepviews.deepview(url, _app_at_once(branch, call, link, click)))


def _app_at_once(branch: Branch, call: Call, link: Link, click: Click | None) -> str | None:
    """The address of the app that a page tries without being asked; None for none."""
    platform = recognise(call.caller.user_agent).platform
    data = {**link.data, **({} if click is None else click.query)}
    if call.body.get("open_app") not in _YES or not tries_app(call.app, data, platform):
        return None
    if click is None:
        click = _record(branch, call, call.app, link, "app")
    if call.body.get("append_deeplink_path") not in _YES:
        data = {name: value for name, value in data.items() if not name.endswith("deeplink_path")}
    return app_address(call.app, click, data, platform)


_YES = (True, 1, "1", "true")


def _named(branch: Branch, app: App, named: str) -> Link | None:
    """The link that led to a page, by the end of its address."""
    for path in (named, f"l/{named}"):
        link, _ = link_at(branch, app, f"https://{app.link_domain}/{path}")
        if link is not None and link.id:
            return link
    return None


def follow(branch: Branch, call: Call) -> Reply:
    return _lead(branch, call, branch.links.at(call.path["domain"], call.path["link"]))


def of_identity(branch: Branch, call: Call) -> Reply:
    domain, code = call.path["domain"], call.path["code"]
    stored = branch.links.at(domain, f"i/{code}")
    return _lead(branch, call, stored or branch.links.of_identity(domain, code))


def sent(branch: Branch, call: Call) -> Reply:
    """The address that a text message to a phone carries: the link of the click it came from."""
    domain, click_id = call.path["domain"], call.path["click_id"]
    stored = branch.links.at(domain, f"c/{click_id}")
    return _lead(branch, call, stored or branch.clicks.sent(click_id))


def dynamic(branch: Branch, call: Call) -> Reply:
    try:
        app = branch.apps.find(call.path["branch_key"])
    except InvalidCredentials:
        raise LinkNotFound from None
    return _lead(branch, call, _dynamic(branch, app, call.path["domain"], call.query))


def dynamic_at_root(branch: Branch, call: Call) -> Reply:
    """`https://XXXX.app.link?…` says by its domain what `/a/KEY` says by the key; without a
    question it is no link."""
    domain = call.path["domain"]
    app = branch.apps.owner(domain)
    if app is None or not call.query:
        raise LinkNotFound
    return _lead(branch, call, _dynamic(branch, app, domain, call.query))


def _dynamic(branch: Branch, app: App, domain: str, query: dict[str, Any]) -> Link:
    data = read_base64_json(query.pop("data", None))
    fields = schema_of("links/create.json").check_body(dynamic_fields(query, data))
    return branch.links.dynamic(app, domain, fields)


def link_at(branch: Branch, app: App, url: str) -> tuple[Link | None, dict[str, Any]]:
    """The app's link at any form of an address, dynamic or not, and the address's parameters.

    For devices that opened an address without asking for it; one that leads nowhere is None.
    """
    domain, path = locate(url, branch.apps.is_link_domain, branch.settings.public_url)
    first, _, rest = path.partition("/")
    try:
        query = read_pairs(urlsplit(url).query)
        if first == "a" and rest in {app.branch_key, str(app.id)}:
            query, _ = schema_of("links/dynamic.json").check({}, query, {})
            return _dynamic(branch, app, domain, query), query
    except (ValueError, ApiError):
        return None, {}
    link = branch.links.at(domain, path)
    if link is None and first == "i":
        link = branch.links.of_identity(domain, rest)
    found = link is not None and link.app_id == app.id and not link.deleted
    return (link, query) if found else (None, {})


def identity_url(call: Call, app: App, identity_id: int) -> str:
    """The address of a user's own link."""
    return call.caller.origin.link(app.link_domain, f"i/{code_of(identity_id)}")


def _lead(branch: Branch, call: Call, link: Link | None) -> Reply:
    """Send a device where the link leads it; bots read about the link instead."""
    if link is None or link.deleted:
        raise LinkNotFound
    app = branch.apps.get(link.app_id)
    device = recognise(call.caller.user_agent)
    if device.bot:
        url = call.caller.origin.link(link.domain, link.path)
        return Reply.html(pages.open_graph(app, link, url), note="bot")
    if call.query.get("click") == "click":
        return _click_only(branch, call, app, link)
    target = destination(app, link, call.query, device.platform)
    if device.mobile and tries_app(app, {**link.data, **call.query}, device.platform):
        return _try_app(branch, call, app, link, target)
    if target is None:
        return _land(branch, call, app, link)
    click = _record(branch, call, app, link, "redirect")
    return Reply.redirect(fallback_address(target, click), note=f"click {click.id}")


def _land(branch: Branch, call: Call, app: App, link: Link) -> Reply:
    """The page for a device that is led nowhere."""
    click = _record(branch, call, app, link, "landing_page")
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.html(pages.landing(app, link, url), note=f"click {click.id}")


def _try_app(branch: Branch, call: Call, app: App, link: Link, target: str | None) -> Reply:
    """The page that tries to open the app on a phone."""
    click = _record(branch, call, app, link, "app")
    data = {**link.data, **call.query}
    way = opening(app, click, data, click.device.platform, target)
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.html(pages.opening(app, link, url, way), note=f"click {click.id}")


def _click_only(branch: Branch, call: Call, app: App, link: Link) -> Reply:
    """A click that leads nowhere: its id, as JSON or as a script (contract 11)."""
    callback = read_callback(call.query)
    del call.query["click"]
    click = _record(branch, call, app, link, "click_id")
    reply = Reply.json({"click_id": str(click.id)}, note=f"click {click.id}")
    return reply if callback is None else reply.called_back(callback)


def _record(branch: Branch, call: Call, app: App, link: Link, method: str) -> Click:
    return branch.clicks.record(
        app,
        link,
        user_agent=call.caller.user_agent,
        ip=call.caller.ip,
        query=call.query,
        redirect_method=method,
    )
