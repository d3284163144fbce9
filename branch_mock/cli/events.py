"""`branch-mock events`."""

from collections.abc import Mapping
from typing import Any

import click

from branch_mock.cli import tables
from branch_mock.cli.remote import Server, verb
from branch_mock.live import KINDS

_SHOWN: Mapping[str, tuple[str, ...]] = {
    "request": ("date", "method", "path", "status", "note"),
    "webhook": ("id", "state", "url"),
    "click": ("date", "path", "user_agent"),
    "reward": ("identity_id", "transaction"),
    "reset": ("parts",),
    "state": ("verb",),
    "clock": ("verb", "now"),
}
"""What a line tells of an event of each kind."""


@click.command()
@click.option(
    "--kinds",
    multiple=True,
    type=click.Choice(KINDS),
    help="Only events of this kind; may be given several times.",
)
@click.option(
    "--after", type=click.IntRange(0), metavar="ID", help="First what came after that event."
)
@verb
def events(server: Server, kinds: tuple[str, ...], after: int | None) -> None:
    """Tell what happens, a line each with its id and kind, until Ctrl-C or the server's end."""
    for event in server.events(kinds=kinds, after=after):
        id_ = "-" if event.id is None else event.id
        server.tell(f"{id_} {event.kind} {_said(event.kind, event.data)}", event._asdict())


def _said(kind: str, data: Any) -> str:
    if kind not in _SHOWN:  # how many were missed
        return str(data)
    return " ".join(tables.text(data[name]) for name in _SHOWN[kind])
