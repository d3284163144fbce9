"""`branch-mock reset`, `seed`, `state` and `snapshots`."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from branch_mock.cli.remote import Server, given, json_file, verb
from branch_mock.errors import SettingsError
from branch_mock.private_files import write_private


@click.command()
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(["state", "journal", "faults", "webhooks", "clock"]),
    help="Only this; may be given several times.",
)
@click.option("--to", type=click.Choice(["seed", "empty"]), help="[default: seed]")
@click.option("--key", metavar="KEY", help="Only what is the app's with this Branch key.")
@verb
def reset(server: Server, parts: tuple[str, ...], to: str | None, key: str | None) -> None:
    """Go back to the seed."""
    told = server.call("POST", "/_mock/reset", given(parts=parts, to=to, branch_key=key))
    server.say(_there_is(told), told)


@click.command()
@click.argument("file", type=json_file, metavar="FILE")
@click.option("--keep", is_flag=True, help="Make it what reset goes back to.")
@verb
def seed(server: Server, file: object, *, keep: bool) -> None:
    """Load seed data from FILE, - being the standard input."""
    told = server.call("POST", "/_mock/seed", file, query={"keep": "true"} if keep else {})
    server.say(_there_is(told), told)


def _there_is(told: dict[str, int]) -> str:
    return f"{told['apps']} apps, {told['links']} links"


@click.command()
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
@click.option(
    "--in",
    "in_",
    type=json_file,
    metavar="FILE",
    help="Put a file's state in, in place of what is.",
)
@verb
def state(server: Server, out: Path | None, in_: object) -> None:
    """Print the whole state as one JSON document, or put one in."""
    if in_ is not None:
        told = server.call("PUT", "/_mock/state", in_)
        server.say(_there_is(told), told)
        return
    document = server.call("GET", "/_mock/state")
    if out is None:
        json.dump(document, sys.stdout, ensure_ascii=False, indent=2)
        click.echo()
        return
    try:
        write_private(out, json.dumps(document, ensure_ascii=False))
    except OSError as error:
        raise SettingsError(f"out: {out}: {error.strerror}") from None
    server.say(f"state written to {out}", {"out": str(out)})


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
    server.say(f"snapshot {view['name']}: {_there_is(view)}", view)
