"""The tables that are described: all endpoints, grouped by the part of the emulator they are on."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from branch_mock.api.call import Endpoint

CONTROL_GROUP = "control"
LINKS_GROUP = "links"
EXPORTS_GROUP = "exports"


class Table(NamedTuple):
    """One table: `api`, `links`, `control` or what else there is.

    prefix: where its paths are on every host, for a table that has a host to itself.
    """

    group: str
    endpoints: Sequence[Endpoint[Any]]
    prefix: str = ""


Tables = Sequence[Table]


def rows(tables: Tables) -> Iterator[tuple[str, Endpoint[Any]]]:
    """Every endpoint with the group of its table, in the order of the tables."""
    for table in tables:
        for endpoint in table.endpoints:
            yield table.group, replace(endpoint, path=table.prefix + endpoint.path)


def tag_of(group: str, endpoint: Endpoint[Any]) -> str:
    """What an endpoint is listed under: its noun, and `control` for the whole control plane."""
    return CONTROL_GROUP if group == CONTROL_GROUP else endpoint.name.partition(".")[0]


def parts_of(schema: dict[str, Any], part: str) -> dict[str, Any]:
    """The schema of a call's `path`, `query` or `body`; empty where it says nothing of it."""
    found: dict[str, Any] = schema.get("properties", {}).get(part, {})
    return found
