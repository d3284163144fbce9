"""Clicks over HTTP, as the web SDK handles them (contract 11)."""

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.errors import LinkNotFound


def send(branch: Branch, call: Call) -> Reply:
    """Note where a click's link was to be sent; nothing leaves the emulator."""
    click = branch.clicks.find(call.app, call.path["click_id"])
    if click is None:
        raise LinkNotFound
    branch.clicks.send(click, call.body["phone"])
    return Reply.json({}, note=f"click {click.id} sent to a phone")
