"""Links over HTTP (contract 5 and 6)."""

from typing import Any

from branch_mock.api import pages
from branch_mock.api.bodies import read_base64_json
from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain.clicks import destination, with_match_id
from branch_mock.domain.devices import recognise
from branch_mock.domain.links import Link, dynamic_fields, link_fields
from branch_mock.errors import ApiError, InvalidCredentials, LinkNotFound
from branch_mock.validation import schema_of


def create(branch: Branch, call: Call) -> Reply:
    link = branch.links.create(call.app, **link_fields(call.body))
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.json({"url": url}, note=f"link {url}")


def bulk(branch: Branch, call: Call) -> Reply:
    results = [_bulk_item(branch, call, item) for item in call.body]
    status = 200 if results else call.app.profile.empty_bulk
    made = sum("url" in result for result in results)
    return Reply.json(results, status=status, note=f"{made} links, {len(results) - made} errors")


def _bulk_item(branch: Branch, call: Call, item: Any) -> dict[str, str]:
    try:
        fields = schema_of("links/create.json").check_body(item)
        link = branch.links.create(call.app, **link_fields(fields))
    except ApiError as error:
        return {"error": error.message}
    return {"url": call.caller.origin.link(link.domain, link.path)}


def get(branch: Branch, call: Call) -> Reply:
    link = branch.links.get(call.app, call.query["url"])
    return Reply.json(link.view(call.caller.origin.link(link.domain, link.path)))


def update(branch: Branch, call: Call) -> Reply:
    link = branch.links.update(call.app, call.query["url"], call.body)
    url = call.caller.origin.link(link.domain, link.path)
    return Reply.json(link.view(url), note=f"link {url} updated")


def follow(branch: Branch, call: Call) -> Reply:
    link = branch.links.at(call.path["domain"], call.path["link"])
    if link is None:
        raise LinkNotFound
    return _lead(branch, call, link)


def dynamic(branch: Branch, call: Call) -> Reply:
    try:
        app = branch.apps.find(call.path["branch_key"])
    except InvalidCredentials:
        raise LinkNotFound from None
    data = read_base64_json(call.query.pop("data", None))
    fields = schema_of("links/create.json").check_body(dynamic_fields(call.query, data))
    link = branch.links.dynamic(app, call.path["domain"], **link_fields(fields))
    return _lead(branch, call, link)


def _lead(branch: Branch, call: Call, link: Link) -> Reply:
    """Send a device where the link leads it; bots read about the link instead."""
    app = branch.apps.get(link.app_id)
    url = call.caller.origin.link(link.domain, link.path)
    device = recognise(call.caller.user_agent)
    if device.bot:
        return Reply.html(pages.open_graph(app, link, url), note="bot")
    target = destination(app, link, call.query, device.platform)
    click = branch.clicks.record(
        app,
        link,
        user_agent=call.caller.user_agent,
        ip=call.caller.ip,
        query=call.query,
        redirect_method="landing_page" if target is None else "redirect",
    )
    if target is None:
        return Reply.html(pages.landing(app, link, url), note=f"click {click.id}")
    return Reply.redirect(with_match_id(target, str(click.id)), note=f"click {click.id}")
