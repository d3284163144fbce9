"""`branch-mock requests`."""

from collections.abc import Mapping
from typing import Any

import click

from branch_mock.cli.remote import Server, given, json_text, verb

_COLUMNS = ("id", "date", "method", "path", "status", "ms", "note", "fault")


@click.command()
@click.option("--method", help="Only requests with this method.")
@click.option("--path", help="Only requests to this path; * stands for anything.")
@click.option("--key", "branch_key", help="Only requests with this Branch key.")
@click.option(
    "--body",
    "json",
    type=json_text,
    metavar="JSON",
    help="Only requests with these fields in their body.",
)
@click.option("--query", type=json_text, metavar="JSON", help="Only with these parameters.")
@click.option("--headers", type=json_text, metavar="JSON", help="Only with these headers.")
@click.option(
    "--after", type=click.IntRange(0), default=0, metavar="ID", help="Only with a higher id."
)
@click.option("--direct", is_flag=True, help="Those too that are a test's own set-up.")
@click.option("--follow", is_flag=True, help="Go on with each request that comes, until Ctrl-C.")
@click.option("--count", is_flag=True, help="Tell how many there are instead.")
@click.option("--clear", is_flag=True, help="Empty the journal instead.")
@verb
def requests(
    server: Server,
    after: int,
    *,
    direct: bool,
    follow: bool,
    count: bool,
    clear: bool,
    **pattern: object,
) -> None:
    """Show the requests that were answered, oldest first."""
    if follow + count + clear + (after > 0) > 1:
        raise click.UsageError("--after, --follow, --count and --clear do not go together")
    wanted = given(**pattern)
    if clear and wanted:
        raise click.UsageError("--clear empties the whole journal")
    if clear:
        told = server.call("DELETE", "/_mock/requests")
        server.say(f"{told['removed']} removed", told)
    elif count:
        told = server.call("POST", "/_mock/requests/count", {**wanted, "direct": direct})
        server.say(str(told["count"]), told)
    elif follow:
        _follow(server, wanted, direct=direct)
    else:
        found = server.call("POST", "/_mock/requests/find", {**wanted, "direct": direct})
        server.show([view for view in found if view["id"] > after], _COLUMNS, _row)


def _row(view: Mapping[str, Any]) -> dict[str, Any]:
    """A request with all that is to be said of it among what was done."""
    said = [view["note"], "[direct]" if view["direct"] else ""]
    if view["hint"] is not None:
        said.append(f"[hint: {view['hint']}]")
    return {**view, "note": " ".join(filter(None, said))}


def _follow(server: Server, wanted: Mapping[str, Any], *, direct: bool) -> None:
    from multidict import CIMultiDict  # noqa: PLC0415 - nothing else here needs these

    from branch_mock.matching import Pattern, Sent  # noqa: PLC0415

    pattern = Pattern(**wanted)
    for event in server.events(kinds="request"):
        view = event.data
        said = {name: view[name] for name in Sent._fields}
        sent = Sent(**{**said, "headers": CIMultiDict(view["headers"])})
        if (direct or not view["direct"]) and pattern.matches(sent):
            row = _row(view)
            line = (row["date"], row["method"], row["path"], str(row["status"]), row["note"])
            server.tell(" ".join(line).rstrip(), view)
