"""`branch-mock snapshots`."""

from typing import Any

import click

from branch_mock.cli.remote import Server, verb
from branch_mock.cli.state import there_is


@click.group()
def snapshots() -> None:
    """Named checkpoints of state, ids and clock."""


_COLUMNS = ("name", "date", "apps", "links")


@snapshots.command("save")
@click.argument("name")
@verb
def save(server: Server, name: str) -> None:
    """Take a snapshot."""
    _show(server, server.call("POST", f"/_mock/snapshots/{name}"))


@snapshots.command("restore")
@click.argument("name")
@verb
def restore(server: Server, name: str) -> None:
    """Go back to a snapshot."""
    _show(server, server.call("POST", f"/_mock/snapshots/{name}/restore"))


@snapshots.command("list")
@verb
def list_(server: Server) -> None:
    """Show the snapshots that are kept."""
    server.show(server.call("GET", "/_mock/snapshots"), _COLUMNS)


@snapshots.command("delete")
@click.argument("name")
@verb
def delete(server: Server, name: str) -> None:
    """Forget a snapshot."""
    told = server.call("DELETE", f"/_mock/snapshots/{name}")
    server.say(f"{told['removed']} removed", told)


def _show(server: Server, view: dict[str, Any]) -> None:
    server.say(f"snapshot {view['name']}: {there_is(view)}", view)
