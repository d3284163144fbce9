"""`branch-mock reset`, `seed` and `state`."""

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
    server.say(there_is(told), told)


@click.command()
@click.argument("file", type=json_file, metavar="FILE")
@click.option("--keep", is_flag=True, help="Make it what reset goes back to.")
@verb
def seed(server: Server, file: object, *, keep: bool) -> None:
    """Load seed data from FILE, - being the standard input."""
    told = server.call("POST", "/_mock/seed", file, query={"keep": "true"} if keep else {})
    server.say(there_is(told), told)


def there_is(told: dict[str, Any]) -> str:
    """How much there is then."""
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
        server.say(there_is(told), told)
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
