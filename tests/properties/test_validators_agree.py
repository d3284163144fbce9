"""The fast validator says what jsonschema, the authority, says, for every schema."""

from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from branch_mock.data import folder
from branch_mock.errors import InvalidBody, InvalidRequest
from branch_mock.strict_json import read_json
from branch_mock.validation import Json, is_valid, load, schema_of, violations

ROOT = folder("schemas")
NAMES = sorted(
    path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.json") if path.name != "common.json"
)
CALLS = [
    name for name in NAMES if "/" in name and not name.endswith(".reply.json")
]  # calls: {path, query, body}
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
EDGES = st.sampled_from([0, 1, -1, 2, 3, 0.5, 1.0, -0.0, 1e300, 2**53, 2**63, 2**64, 10**40])
SCALARS = st.none() | st.booleans() | EDGES | st.integers() | TEXTS
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
LIKELY = st.sampled_from(
    ["", "a", "a/b", "l/x", "_mock", "a b", "a\n", "1", "..", "a/../b", "c/125AdD-F", "go.x.test",
     "x" * 64, "x" * 65, "é" * 127, "x" * 128, "x" * 129, "x" * 255, "x" * 256, "\U0001f600" * 64,
     "key_live_" + "a" * 32, "secret_test_" + "b" * 32, "bnc0", "9" * 19, "9" * 20,
     "2014-10-14", "2014-10-14T01:54:40.425Z", "\u0661\u0662\u0663\u0664-01-01"]
)  # fmt: skip


def near(schema: Any) -> st.SearchStrategy[Any]:
    """Values that the schema is about: valid ones, and those that miss it by little."""
    if isinstance(schema, bool):
        return ANYTHING
    values = [st.just(value) for value in schema.get("enum", ())]
    values += [_KINDS[kind](schema) for kind in _kinds(schema)]
    values += [near(part) for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
    return st.one_of(*values, ANYTHING) if values else ANYTHING


def _kinds(schema: Json) -> list[str]:
    kinds = schema.get("type", "object" if "properties" in schema else [])
    return [kinds] if isinstance(kinds, str) else kinds


def _object(schema: Json) -> st.SearchStrategy[Any]:
    known = {name: near(field) for name, field in schema.get("properties", {}).items()}
    required = {name: known.get(name, ANYTHING) for name in schema.get("required", ())}
    optional = {name: field for name, field in known.items() if name not in required}
    some = st.fixed_dictionaries(required, optional=optional)
    fewer = st.fixed_dictionaries({}, optional=known)
    more = st.tuples(some, st.dictionaries(TEXTS, ANYTHING, max_size=1))
    return some | fewer | more.map(lambda both: {**both[1], **both[0]})


def _integer(schema: Json) -> st.SearchStrategy[Any]:
    low, high = schema.get("minimum", -5), schema.get("maximum", 5)
    return st.integers(low, high) | st.sampled_from([low - 1, low, high, high + 1, float(low)])


def _array(schema: Json) -> st.SearchStrategy[Any]:
    return st.lists(near(schema.get("items", {})), max_size=3)


_KINDS: dict[str, Any] = {
    "object": _object,
    "array": _array,
    "integer": _integer,
    "string": lambda _: LIKELY | TEXTS,
    "number": lambda _: EDGES,
    "boolean": lambda _: st.booleans(),
    "null": lambda _: st.none(),
}
MANY = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_schema_is_one() -> None:
    assert len(NAMES) >= 15
    for name in NAMES:
        jsonschema.Draft202012Validator.check_schema(load(name))
        jsonschema_rs.Draft202012Validator(load(name))
    assert Path(ROOT / "common.json").is_file()


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_both_validators_agree(name: str, data: st.DataObject) -> None:
    schema = load(name)
    instance = data.draw(near(schema))
    expected = jsonschema.Draft202012Validator(schema).is_valid(instance)
    assert is_valid(name, instance) is expected
    assert bool(violations(schema, instance)) is not expected


@pytest.mark.parametrize("name", CALLS)
@MANY
@given(data=st.data())
def test_every_call_is_taken_or_refused_with_a_reason(name: str, data: st.DataObject) -> None:
    parts = load(name)["properties"]
    query = data.draw(near({"type": "object", **parts.get("query", {})}))
    body = data.draw(near(parts.get("body", {"type": "object"})))
    schema = schema_of(name)
    try:
        schema.check_kind(body)
        read = schema.check({}, query if isinstance(query, dict) else {}, body)
    except InvalidBody as error:
        assert error.message.startswith("The body must be a JSON ")  # noqa: PT017 - one of three
    except InvalidRequest as error:
        assert error.violations  # noqa: PT017
        assert len({v.field for v in error.violations}) == len(error.violations)  # noqa: PT017
    else:
        call = {"path": {}, "query": read[0], "body": read[1]}
        assert jsonschema.Draft202012Validator(load(name)).is_valid(call)
        assert schema.check({}, *read) == read


@MANY
@given(near(load("links/create.json")["properties"]["body"]))
def test_numbers_and_texts_survive_the_reading(body: Any) -> None:
    schema = schema_of("links/create.json")
    if not isinstance(body, dict):
        return
    try:
        read = schema.check_body(dict(body))
    except InvalidRequest:
        return
    for name, value in read.items():
        if name in {"type", "duration"}:
            assert value == int(body[name])
        elif name == "data" and isinstance(body[name], str):
            assert value == read_json(body[name])
        elif name == "tags" and isinstance(body[name], str):
            assert value == [body[name]]
