"""`branch-mock requests`."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from branch_mock.cli.remote import Server, given, json_text, verb
from branch_mock.matching import Pattern, Sent

_COLUMNS = ("id", "date", "method", "path", "status", "ms", "note", "fault")
_EVENTS = "/_mock/events"


@click.command()
@click.option("--follow", is_flag=True, help="Go on with each request that comes, until Ctrl-C.")
@click.option("--method", help="Only requests with this method.")
@click.option("--path", help="Only requests to this path; * stands for anything.")
@click.option("--key", help="Only requests with this Branch key.")
@click.option(
    "--body", type=json_text, metavar="JSON", help="Only requests with these fields in their body."
)
@click.option("--clear", is_flag=True, help="Empty the journal instead.")
@verb
def requests(
    server: Server,
    *,
    follow: bool,
    clear: bool,
    method: str | None,
    path: str | None,
    key: str | None,
    body: object,
) -> None:
    """Show the requests that were answered, oldest first."""
    if clear:
        told = server.call("DELETE", "/_mock/requests")
        server.say(f"{told['removed']} removed", told)
        return
    wanted = given(method=method, path=path, branch_key=key, json=body)
    if not follow:
        server.show(server.call("POST", "/_mock/requests/find", wanted), _COLUMNS)
        return
    pattern = Pattern(**wanted)
    for view in _coming(server):
        if pattern.matches(_sent(view)):
            line = (view["date"], view["method"], view["path"], str(view["status"]), view["note"])
            server.say(" ".join(line).rstrip(), view)


def _coming(server: Server) -> Iterator[dict[str, Any]]:
    for line in server.lines(_EVENTS, {"kinds": "request"}):
        if line.startswith("data:"):
            yield json.loads(line.removeprefix("data:"))


def _sent(view: Mapping[str, Any]) -> Sent:
    names = ("method", "path", "query", "headers", "body", "branch_key")
    return Sent(*(view[name] for name in names))
