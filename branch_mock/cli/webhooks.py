"""`branch-mock webhooks`."""

import json
from typing import Any

import click

from branch_mock.cli.remote import Server, json_text, verb

_COLUMNS = ("id", "state", "event", "url", "attempts", "status", "error")


@click.group()
def webhooks() -> None:
    """The delivery log."""


@webhooks.command("list")
@verb
def list_(server: Server) -> None:
    """Show every webhook, oldest first."""
    server.show(server.call("GET", "/_mock/webhooks"), _COLUMNS, _row)


def _row(view: dict[str, Any]) -> dict[str, Any]:
    """What a table shows of a delivery."""
    attempts = view["attempts"]
    last = attempts[-1] if attempts else {"status": None, "error": None}
    shown = {"event": view["body"]["event"], "status": last["status"], "error": last["error"]}
    return {**view, **shown, "attempts": len(attempts)}


@webhooks.command("redeliver")
@click.argument("id_", metavar="ID", type=int)
@verb
def redeliver(server: Server, id_: int) -> None:
    """Send a webhook again."""
    view = server.call("POST", f"/_mock/webhooks/{id_}/redeliver")
    server.say(f"webhook {view['id']} {view['state']}", view)


@webhooks.command("inbox")
@click.argument("name")
@verb
def inbox(server: Server, name: str) -> None:
    """Show what was sent to the mailbox /_mock/inbox/NAME, oldest first."""
    views = server.call("GET", f"/_mock/inbox/{name}")
    server.show(views, ("date", "user_agent", "body"), _message)


def _message(view: dict[str, Any]) -> dict[str, Any]:
    """What a table shows of a message."""
    return {**view, "body": json.dumps(view["body"], ensure_ascii=False)}


@webhooks.command("empty-inbox")
@click.argument("name")
@verb
def empty_inbox(server: Server, name: str) -> None:
    """Empty the mailbox /_mock/inbox/NAME."""
    told = server.call("DELETE", f"/_mock/inbox/{name}")
    server.say(f"{told['removed']} removed", told)


@webhooks.command("collect")
@click.argument("name")
@click.argument("body", type=json_text, metavar="JSON")
@verb
def collect(server: Server, name: str, body: object) -> None:
    """Put a message into the mailbox /_mock/inbox/NAME by hand."""
    told = server.call("POST", f"/_mock/inbox/{name}", body)
    server.say(f"collected in {name}", told)
