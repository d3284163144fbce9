"""`branch-mock faults`."""

from collections.abc import Mapping
from typing import Any

import click

from branch_mock.cli.remote import Server, given, json_text, verb
from branch_mock.errors import BranchMockError

_COLUMNS = ("id", "match", "status", "delay", "connection", "phase", "when", "hits")


@click.group()
def faults() -> None:
    """What goes wrong on purpose."""


@faults.command("list")
@verb
def list_(server: Server) -> None:
    """Show the faults that are laid."""
    server.show(server.call("GET", "/_mock/faults"), _COLUMNS, _row)


def _row(view: Mapping[str, Any]) -> dict[str, Any]:
    """A fault with what says when it hits in one column."""
    when = [said.format(**view) for name, said in _WHEN.items() if name in view]
    return {**view, "when": ", ".join(when) or None}


_WHEN = {
    "first": "first {first}",
    "nth": "nth {nth}",
    "every": "every {every}",
    "probability": "probability {probability:g}",
    "limit": "limit {limit}",
    "window": "window {window:g} s",
}


@faults.command("add")
@click.option("--id", "id_", help="Its name; one is given otherwise.")
@click.option("--method", help="Only requests with this method.")
@click.option("--path", help="Only requests to this path; * stands for anything.")
@click.option("--key", help="Only requests with this Branch key.")
@click.option(
    "--match",
    type=json_text,
    metavar="JSON",
    help='Only requests like that: {"json": {"channel": "sms"}}, headers, query and the above.',
)
@click.option("--status", type=int, help="Answer this status.")
@click.option("--body", type=json_text, metavar="JSON", help="Answer this JSON.")
@click.option("--headers", type=json_text, metavar="JSON", help="Answer with these headers.")
@click.option(
    "--delay",
    type=json_text,
    metavar="SECONDS|[LEAST,MOST]",
    help="Wait so many seconds first.",
)
@click.option("--retry-after", type=int, help="Send Retry-After, in seconds.")
@click.option(
    "--connection",
    type=click.Choice(["hang", "reset", "empty", "truncated", "garbage"]),
    help="What happens to the connection instead of an answer.",
)
@click.option("--phase", type=click.Choice(["before", "after"]), help="after: the reply is lost.")
@click.option("--first", type=int, help="Only the first so many requests.")
@click.option("--nth", type=int, help="Only that request.")
@click.option(
    "--every", type=int, help="One request in so many: 3 is the third, the sixth and so on."
)
@click.option("--probability", type=float, help="0 to 1.")
@click.option("--limit", type=int, help="Let so many requests through in each window.")
@click.option("--window", type=float, help="Seconds of the emulated clock.")
@verb
def add(
    server: Server,
    *,
    id_: str | None,
    method: str | None,
    path: str | None,
    key: str | None,
    match: object,
    **parts: object,
) -> None:
    """Lay a fault."""
    named = given(method=method, path=path, branch_key=key)
    if match is None or isinstance(match, dict):
        match = {**(match or {}), **named} or None
    laid = server.call("POST", "/_mock/faults", given(id=id_, match=match, **parts))
    server.say(f"{laid['id']} laid", laid)


@faults.command("clear")
@click.argument("id_", metavar="[ID]", required=False)
@verb
def clear(server: Server, id_: str | None) -> None:
    """Take one fault away, or all."""
    told = server.call("DELETE", "/_mock/faults", query={"id": id_})
    if id_ is not None and not told["removed"]:
        raise BranchMockError(f"no fault {id_!r} is laid")
    server.say(f"{told['removed']} removed", told)
