"""The schema files themselves: valid, titled, used, and understood by both validators."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import pytest

import branch_mock
from branch_mock.api.call import Endpoint
from branch_mock.api.endpoints import API, EXPORTS, LINKS
from branch_mock.control.endpoints import CONTROL
from branch_mock.data import folder
from branch_mock.validation import load

ROOT = folder("schemas")
NAMES = sorted(file.relative_to(ROOT).as_posix() for file in ROOT.rglob("*.json"))
ENDPOINTS: tuple[Endpoint[Any], ...] = (*API, *LINKS, *EXPORTS, *CONTROL)
ANSWERS_PAGES = {
    *(
        "control.ca",
        "control.docs",
        "control.docs_python",
        "control.events",
        "exports.download",
        "links.deepview",
        "links.qr_code",
    ),
}
"""Pages, files, scripts, images and streams: no reply that a schema could describe."""

PARTS = {"path", "query", "body"}
DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFINITION = "common.json#/$defs/"
INSTANCES: tuple[object, ...] = ({}, [], "", 0, None, {"body": 1, "query": []}, {"error": {}})
every_schema = pytest.mark.parametrize("name", NAMES)
every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)


def raw(name: str) -> Any:
    return json.loads((ROOT / name).read_text("utf-8"))


def reply_schema(endpoint: Endpoint[Any]) -> str:
    return endpoint.schema.replace(".json", ".reply.json")


def objects_in(node: object) -> Iterator[dict[str, Any]]:
    """Every JSON object in a schema, itself first."""
    if isinstance(node, dict):
        yield node
        for item in node.values():
            yield from objects_in(item)
    elif isinstance(node, list):
        for item in node:
            yield from objects_in(item)


def python_sources(place: Path) -> str:
    """The text of the Python files below a folder, this one left out."""
    files = (file for file in sorted(place.rglob("*.py")) if file != Path(__file__))
    return "\n".join(file.read_text("utf-8") for file in files)


@every_schema
def test_a_schema_file_is_valid_and_titled(name: str) -> None:
    schema = raw(name)
    assert schema["$schema"] == DIALECT
    assert schema["title"].strip()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema_rs.meta.validate(schema)


@every_schema
def test_a_schema_compiles_in_both_validators(name: str) -> None:
    schema = load(name)
    assert not any("$ref" in node for node in objects_in(schema))
    slow = jsonschema.Draft202012Validator(schema)
    fast = jsonschema_rs.Draft202012Validator(schema)
    for instance in INSTANCES:
        assert slow.is_valid(instance) == fast.is_valid(instance), instance


@every_schema
def test_patterns_of_a_schema_compile(name: str) -> None:
    for node in objects_in(raw(name)):
        pattern = node.get("pattern")
        if isinstance(pattern, str):
            re.compile(pattern)


@every_schema
def test_references_lead_to_shared_definitions(name: str) -> None:
    definitions = raw("common.json")["$defs"]
    for node in objects_in(raw(name)):
        if isinstance(node.get("$ref"), str):
            assert node["$ref"].startswith(DEFINITION)
            assert node["$ref"].removeprefix(DEFINITION) in definitions


@every_schema
def test_annotations_are_those_that_validation_knows(name: str) -> None:
    source = (Path(branch_mock.__file__).parent / "validation.py").read_text("utf-8")
    known = set(re.findall(r"""["'](x-[a-z-]+)["']""", source))
    assert {"x-json-text", "x-blank", "x-bare", "x-rule"} <= known
    used = {key for node in objects_in(raw(name)) for key in node if key.startswith("x-")}
    assert used <= known
    for annotation in used:
        assert annotation in raw("common.json")["description"]


@every_schema
def test_a_rule_in_words_stands_beside_its_pattern(name: str) -> None:
    """Errors tell callers the rule in place of the pattern."""
    for node in objects_in(raw(name)):
        if "x-rule" in node:
            assert isinstance(node["pattern"], str)


@every_endpoint
def test_an_endpoint_has_a_call_schema(endpoint: Endpoint[Any]) -> None:
    schema = raw(endpoint.schema)
    assert schema["type"] == "object"
    assert schema["properties"].keys() <= PARTS
    parameters = {name.rstrip("*") for name in re.findall(r"{([^}]+)}", endpoint.path)}
    described = schema["properties"].get("path", {}).get("properties", {})
    assert described.keys() == parameters


@every_endpoint
def test_an_endpoint_has_a_reply_schema_unless_it_answers_pages(endpoint: Endpoint[Any]) -> None:
    assert (reply_schema(endpoint) in NAMES) == (endpoint.name not in ANSWERS_PAGES)


def test_endpoints_that_answer_pages_exist() -> None:
    assert {endpoint.name for endpoint in ENDPOINTS} >= ANSWERS_PAGES


def test_names_of_endpoints_are_theirs_alone() -> None:
    names = [endpoint.name for endpoint in ENDPOINTS]
    assert len(set(names)) == len(names)


def test_no_schema_file_is_unused() -> None:
    """A file is an endpoint's, or named by the code that checks with it."""
    of_endpoints = {endpoint.schema for endpoint in ENDPOINTS} | set(map(reply_schema, ENDPOINTS))
    package = python_sources(Path(branch_mock.__file__).parent)
    sources = package + python_sources(Path(__file__).parent)
    others = {name for name in NAMES if name not in of_endpoints}
    assert {name for name in others if f'"{name}' not in sources} == set()
