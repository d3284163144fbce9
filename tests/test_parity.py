"""fixtures/parity.json is whole and true: endpoints, fields, limits, statuses, tests (contract 12).

A row of an endpoint that no table has yet is pending: its tests and fields are looked at from the
day on which a table has it.
"""

import ast
import dataclasses
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import requests

from branch_mock import BranchMock
from branch_mock.api.call import Credentials, Endpoint
from branch_mock.control.endpoints import tables
from branch_mock.profiles import Profile
from branch_mock.reference import openapi, parity, parity_page
from branch_mock.reference.limits import limits_of
from branch_mock.reference.tables import CONTROL_GROUP, parts_of
from branch_mock.reference.tables import rows as endpoints_of
from branch_mock.validation import Json, load
from tests.client import TIMEOUT, Client
from tests.process import run

ROOT = Path(__file__).parent.parent
ROWS = parity.written()
GROUPS: dict[str, str] = {endpoint.name: group for group, endpoint in endpoints_of(tables())}
ENDPOINTS: dict[str, Endpoint[Any]] = {e.name: e for _, e in endpoints_of(tables())}
LIMIT_TEST = "test_what_a_limit_allows_is_taken_and_what_is_past_it_refused"
REQUIRED_TEST = "test_what_is_required_is_missed"
"""They try what the rows of this very file say."""

FUTURE = {"exports.request", "exports.get", "exports.get_v1", "exports.download"}
"""What rows may be about before a table has it."""


def problems(rows: list[Json]) -> list[str]:
    """What is wrong with the rows of the file."""
    ids = [row["id"] for row in rows]
    found = [f"{id_}: a second row" for id_ in sorted({i for i in ids if ids.count(i) > 1})]
    known = {row["endpoint"] for row in rows if row["kind"] == "endpoint"}
    found += (f"{name}: no row of kind endpoint" for name in sorted(documented() - known))
    for row in rows:
        found += (f"{row['id']}: {problem}" for problem in _problems_of(row))
    for name in sorted(known & ENDPOINTS.keys()):
        told = {row.get("field") for row in rows if row["endpoint"] == name}
        found += (f"{name}: no row for {field}" for field in sorted(fields_of(name) - told))
    return found


def documented() -> set[str]:
    """The endpoints that must have rows: all but the control plane and later generations."""
    return {
        name
        for name, endpoint in ENDPOINTS.items()
        if GROUPS[name] != CONTROL_GROUP and getattr(endpoint, "generation", "") != "later"
    }


def fields_of(name: str) -> set[str]:
    return set(parity.fields_of(load(ENDPOINTS[name].schema)))


def _problems_of(row: Json) -> Iterator[str]:
    name = row["endpoint"]
    if name in FUTURE - ENDPOINTS.keys():
        return
    if name != parity.SEVERAL and name not in ENDPOINTS:
        yield f"no table has {name}"
        return
    if not row["tests"]:
        yield "names no test"
    yield from (f"there is no {test}" for test in row["tests"] if not is_test(test))
    if "field" in row:
        yield from _problems_of_field(row)
    elif "limit" in row:
        yield "has a limit but no field"
    if "status" in row and name != parity.SEVERAL:
        told = openapi.document(tables())["paths"][openapi.path_of(ENDPOINTS[name])]
        replies = told[ENDPOINTS[name].method.lower()]["responses"]
        if str(row["status"]) not in replies:
            yield f"{name} does not answer {row['status']}"


def _problems_of_field(row: Json) -> Iterator[str]:
    schema = load(ENDPOINTS[row["endpoint"]].schema)
    field = parity.fields_of(schema).get(row["field"])
    if field is None:
        yield f"the schema has no {row['field']}"
        return
    place, _, name = row["field"].partition(".")
    limits = limits_of(field)
    if name in parts_of(schema, place).get("required", ()):
        limits["required"] = True
    if row.get("limit", {}) != limits:
        yield f"says {row.get('limit', {})}, the schema {limits}"
    if place != "path":
        limits.pop("required", None)
        proofs = {test.partition("::")[2] for test in row["tests"]}
        if limits and LIMIT_TEST not in proofs:
            yield f"has limits, but {LIMIT_TEST} is not among its tests"
        if row.get("limit", {}).get("required") and REQUIRED_TEST not in proofs:
            yield f"is required, but {REQUIRED_TEST} is not among its tests"


@cache
def names_in(file: str) -> frozenset[str]:
    """The names of the test functions in a file; none where there is no such file."""
    place = ROOT / file
    if not place.is_file():
        return frozenset()
    tree = ast.parse(place.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    names = (node.name for node in tree.body if isinstance(node, kinds))
    return frozenset(name for name in names if name.startswith("test"))


def is_test(node_id: str) -> bool:
    file, _, name = node_id.partition("::")
    return name in names_in(file)


def test_the_table_is_whole_and_true() -> None:
    found = problems(ROWS)
    assert not found, "mend fixtures/parity.json:\n" + "\n".join(found)


def test_the_file_is_valid() -> None:
    content = json.loads((ROOT / "fixtures" / parity.FILE).read_text("utf-8"))
    jsonschema.Draft202012Validator(load("parity.json")).validate(content)


def _changed(id_: str, **changes: Any) -> list[Json]:
    (row,) = (row for row in ROWS if row["id"] == id_)
    return [{**row, **changes} if other is row else other for other in ROWS]


def test_every_flag_of_the_profiles_has_a_row() -> None:
    told = {row["id"] for row in ROWS if row["tests"]}
    assert {f"profile.{item.name}" for item in dataclasses.fields(Profile)} <= told


def test_every_documented_endpoint_says_what_credentials_it_takes() -> None:
    told = {row["id"] for row in ROWS if row["tests"]}
    told |= {
        f"{row['endpoint']}.{row['field'].partition('.')[2]}" for row in ROWS if "field" in row
    }
    documented = {row["endpoint"] for row in ROWS if row["kind"] == "endpoint" and row["document"]}
    for endpoint in (ENDPOINTS[name] for name in documented & ENDPOINTS.keys()):
        if endpoint.credentials is not Credentials.NONE:
            assert f"{endpoint.name}.branch_key" in told
        if endpoint.credentials in {Credentials.SECRET, Credentials.EVENT}:
            assert f"{endpoint.name}.branch_secret" in told


PROOF = ["tests/test_parity.py::test_the_file_is_valid"]


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([*ROWS, ROWS[0]], "a second row"),
        ([r for r in ROWS if r["id"] != "links.bulk"], "links.bulk: no row of kind endpoint"),
        ([r for r in ROWS if r.get("field") != "body.stage"], "no row for body.stage"),
        (_changed("links.create", endpoint="links.destroy"), "no table has links.destroy"),
        (_changed("links.create", tests=[]), "names no test"),
        (_changed("links.create", tests=["tests/test_parity.py::test_none"]), "there is no tests/"),
        (_changed("links.create", tests=["tests/none.py::test_none"]), "there is no tests/none.py"),
        (_changed("links.create.body.alias", field="body.nickname"), "schema has no body.nickname"),
        (_changed("links.create.body.alias", limit={"maxLength": 127}), "says {'maxLength': 127}"),
        (_changed("links.get.query.url", limit={}), "'required': True"),
        (_changed("links.create", limit={"maximum": 1}), "a limit but no field"),
        (_changed("apps.update.body.og_title", tests=PROOF), f"but {LIMIT_TEST} is not"),
        (_changed("rules.create.body.metadata", tests=PROOF), f"but {REQUIRED_TEST} is not"),
        (_changed("credits.redeem.refused", status=418), "does not answer 418"),
    ],
)
def test_what_is_wrong_is_found(rows: list[Json], problem: str) -> None:
    assert any(problem in found for found in problems(rows))


def test_rows_of_exports_wait_for_their_endpoints() -> None:
    names = {row["endpoint"] for row in ROWS}
    assert names >= FUTURE
    assert names - ENDPOINTS.keys() - FUTURE == {parity.SEVERAL}


def test_rows_of_endpoints_come_from_the_tables() -> None:
    shown = parity.rows(tables())
    assert {row.endpoint for row in shown if row.kind == "endpoint"} >= set(ENDPOINTS)
    by_id = {row.id: row for row in shown}
    assert len(by_id) == len(shown)
    assert (by_id["links.bulk"].method, by_id["links.bulk"].path) == (
        "POST",
        "/v1/url/bulk/{branch_key}",
    )
    delay = by_id["control.clock_change.body.advance"]
    assert (delay.document, delay.section, delay.tests) == (None, "12", ())


def test_it_is_json_for_programs_and_a_page_for_browsers(client: Client, mock: BranchMock) -> None:
    shown = client.get("/_mock/parity").json()
    assert [row["id"] for row in shown] == [row.id for row in parity.rows(tables())]
    page = requests.get(
        f"{mock.url}/_mock/parity", headers={"Accept": "text/html"}, timeout=TIMEOUT
    )
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.text.count("<tr>") == len(shown) + page.text.count("<table>")
    assert "tests/api/test_links.py::test_an_alias_has_128_characters" in page.text


def test_the_command_tells_it_without_a_server() -> None:
    shown = parity.rows(tables())
    done = run("parity")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == parity_page.text(shown)
    assert done.stdout.splitlines()[-1] == parity_page.summary(shown)
    done = run("parity", "--json")
    assert json.loads(done.stdout) == [row.view() for row in shown]
    jsonschema.Draft202012Validator(load("control/parity.reply.json")).validate(
        json.loads(done.stdout)
    )
