"""What the documents say, where the contract settles it, and which test proves it (contract 12).

The rows are those of `fixtures/parity.json`. Endpoints that it does not know are of no document:
theirs, and their fields', are made from the tables and name no test.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from branch_mock.api.call import Endpoint
from branch_mock.data import folder
from branch_mock.reference import openapi
from branch_mock.reference.limits import limits_of, told
from branch_mock.reference.tables import Tables, parts_of
from branch_mock.reference.tables import rows as endpoints_of
from branch_mock.validation import Json, load

FILE = "parity.json"
SEVERAL = "*"
"""The endpoint of a row that is about more than one."""

PLACES = ("path", "query", "body")


class Row(Struct, frozen=True, kw_only=True):
    """One documented thing.

    id: its own among all rows. endpoint: a name in the tables, or `*`. kind: endpoint, parameter,
    limit, default, code or rule. document: the one that says so; None for what only the contract
    does. field: `body.alias`. limit: keywords of that field's schema, and `required`. status: what
    a row of kind code is about. tests: `FILE::FUNCTION`. differs: from the document.
    """

    id: str
    endpoint: str
    kind: str
    document: str | None
    section: str
    what: str
    tests: Sequence[str] = ()
    differs: str | None = None
    limit: Json = {}
    field: str | None = None
    status: int | None = None
    method: str | None = None
    path: str | None = None

    @property
    def pending(self) -> bool:
        """Whether no table has its endpoint yet."""
        return self.endpoint != SEVERAL and self.method is None

    def view(self) -> Json:
        """The row as JSON; of what it does not have, field, limit and status are left out."""
        found = {**asdict(self), "tests": list(self.tests)}
        optional = ("field", "limit", "status")
        return {name: value for name, value in found.items() if value or name not in optional}


def written() -> list[Json]:
    """The rows of the file, as they are there."""
    text = (folder("fixtures") / FILE).read_text("utf-8")
    found: list[Json] = json.loads(text)["rows"]
    return found


def rows(tables: Tables) -> list[Row]:
    """Every row, those of one endpoint together, in the order of the tables; last what is not in
    them."""
    known = written()
    by_endpoint: dict[str, list[Json]] = {}
    for row in known:
        by_endpoint.setdefault(row["endpoint"], []).append(row)
    found: list[Row] = []
    for _, endpoint in endpoints_of(tables):
        place = {"method": endpoint.method, "path": openapi.path_of(endpoint)}
        mine = by_endpoint.pop(endpoint.name, None)
        found += (Row(**{**row, **place}) for row in mine or generated(endpoint))
    found += (Row(**row) for rest in by_endpoint.values() for row in rest)
    return found


def generated(endpoint: Endpoint[Any]) -> Iterator[Json]:
    """Rows for an endpoint of no document: itself and its fields."""
    of_it = {"endpoint": endpoint.name, "document": None, "section": endpoint.section}
    yield {"id": endpoint.name, "kind": "endpoint", "what": endpoint.summary, **of_it}
    schema = load(endpoint.schema)
    for name, described in fields_of(schema).items():
        what = described.get("description") or told(described) or name.partition(".")[2]
        row = {"id": f"{endpoint.name}.{name}", "kind": "parameter", "field": name, "what": what}
        yield {**row, "limit": limits_of(described), **of_it}


def fields_of(schema: Json) -> dict[str, Json]:
    """The schemas of a call's fields, by `place.name`."""
    return {
        f"{place}.{name}": described
        for place in PLACES
        for name, described in parts_of(schema, place).get("properties", {}).items()
    }
