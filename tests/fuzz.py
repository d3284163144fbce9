"""Schemathesis against a real server: `python -m tests.fuzz --requests 20000` for a long run.

The document that the server serves is what is tested, narrowed to what exists on that server: its
credentials, and addresses of its links. Every operation has a server of its own.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from branch_mock import BranchMock, FrozenClock
from branch_mock.api.call import Credentials, Endpoint
from branch_mock.control.endpoints import tables
from branch_mock.reference.openapi import document, needed_together
from branch_mock.reference.sent import JSON_TEXT_FORMAT
from branch_mock.reference.tables import parts_of, rows
from branch_mock.validation import load
from tests.client import TIMEOUT

NOW = "2016-01-20T12:00:00Z"
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
LEFT_OUT = (
    *("control.simulate_", "control.events", "control.seed"),
    *("control.state_write", "control.snapshots_delete", "control.snapshots_restore"),
)
"""Simulated devices call endpoints of later generations; live events have no end; whole documents
are refused for what no schema tells; and snapshots must be there before they are named."""

NAMES = [
    endpoint.name
    for _, endpoint in rows(tables())
    if endpoint.generation == "documented" and not endpoint.name.startswith(LEFT_OUT)
]
"""What is fuzzed. Endpoints of later generations answer in more ways (field errors, JSONP, scripts)
than the document tells so far."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
KNOWN: dict[str, list[object]] = {
    "url": ["https://bnc.lt/test-link", "https://bnc.lt/nobody"],
    "link": ["test-link", "l/nobody", "nobody"],
    "identity_id": [49030463360102400, "55705482546906094"],
    "profile": ["documented", "observed,empty_bulk=200"],
    "referred": ["somebody new"],
    "export_date": ["2016-01-20"],
    "file": ["nobody.csv.gz"],
    "freeze": ["2016-02-01T00:00:00Z"],
    "set": ["2016-02-01T00:00:00Z"],
}
"""Values that the default seed knows, where a schema cannot tell them from others."""

CONFIG = {"generation": {"allow-x00": False}}
REFUSED = frozenset({400, 405, 413})
"""What no valid call is answered with, whatever state it finds."""

STATE = "must not take the balance past"
"""The one 400 that is about state."""

FIXED = (
    *("alias", "type", "identity", "identity_id", "app_id", "domain", "state"),
    *("creation_source", "app_short_identifier"),
)
"""What an update may only repeat."""

UNSAID = {
    "links.update": FIXED,
    "control.faults_add": ("body", "id"),  # status even where a form says null; an id of its own
    "control.reset": ("parts",),  # which must have the state where `to` is given
}
"""Fields that go together with others in a way that no schema tells."""

NEEDED = {"control.faults_add": ["status"]}
"""What an operation needs, or something else that does as much."""

CREDENTIALS = ("branch_key", "branch_secret", "app_id")
_SHOWN = 500
Json = dict[str, Any]

schemathesis.openapi.format(
    JSON_TEXT_FORMAT,
    st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=5), max_size=3).map(json.dumps),
)


def served(mock: BranchMock) -> Json:
    """The document that a server serves, about that server: its key, and no other credentials.

    They are sent in every query, where they count before those of a body.
    """
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{mock.url}/_mock/openapi.json", timeout=TIMEOUT)
    found: Json = answer.json()
    for operation in operations_in(found):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "branch_key":
                parameter["schema"] = {"enum": [mock.app.key]}
        for fields in _bodies(operation):
            for name in CREDENTIALS:
                fields.pop(name, None)
    return found


def narrow(operation: Json) -> None:
    """Leave of an operation what the default seed knows."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in KNOWN:
            parameter["schema"] = {"enum": KNOWN[parameter["name"]]}
        elif "contentEncoding" in parameter["schema"]:
            parameter["schema"] = {"enum": ["eyJhIjoxfQ==", "e30"]}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        content["schema"]["required"] = [
            *content["schema"].get("required", ()),
            *NEEDED.get(operation["operationId"], ()),
        ]
    for fields in _bodies(operation):
        for name in UNSAID.get(operation["operationId"], ()):
            fields.pop(name, None)
        fields |= {name: {"enum": KNOWN[name]} for name in fields.keys() & KNOWN.keys()}
        for way in (fields.get("metadata", {}), *fields.get("metadata", {}).get("anyOf", ())):
            if "web_hook_url" in way.get("contentSchema", {}).get("properties", {}):
                way |= {"enum": ['{"amount":"5","web_hook_url":"http://127.0.0.1:9/"}']}


def _bodies(operation: Json) -> Iterator[Json]:
    """The fields of each form of a body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield content["schema"].get("properties", {})


def operations_in(found: Mapping[str, Any]) -> Iterator[Json]:
    """Every operation of a document."""
    for item in found["paths"].values():
        yield from item.values()


def modes_of(name: str) -> tuple[GenerationMode, ...]:
    """Valid calls, and invalid ones where an operation takes anything that could be."""
    (operation,) = (o for o in operations_in(document(tables())) if o["operationId"] == name)
    return MODES if {"parameters", "requestBody"} & operation.keys() else MODES[:1]


def fuzz(name: str, mode: GenerationMode, examples: int) -> int:
    """Send that many generated calls of one operation; how many were sent.

    Raises what Schemathesis found, with the call that shows it.
    """
    with BranchMock(clock=FrozenClock(NOW)) as mock:
        sent = _fuzz(mock, name, mode, examples)
        assert mock.failures == []
    return sent


def _fuzz(mock: BranchMock, name: str, mode: GenerationMode, examples: int) -> int:
    config = SchemathesisConfig.from_dict(CONFIG)
    found = served(mock)
    if mode is GenerationMode.POSITIVE:
        for operation in operations_in(found):
            narrow(operation)
    schema = schemathesis.openapi.from_dict(found, config=config)
    calls = schema.find_operation_by_id(name).as_strategy(generation_mode=mode)
    session = requests.Session()
    session.trust_env = False
    needed, credentials = _needed(name), _credentials(mock, name)
    sent = 0

    @seed(0)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=calls)
    def send(case: schemathesis.Case[Any]) -> None:
        nonlocal sent
        sent += 1
        case.query = {**(case.query or {}), **credentials}
        if mode is GenerationMode.POSITIVE and needed and case.query.keys().isdisjoint(needed):
            case.query[needed[0]] = "somebody"
        response = case.call(
            base_url=mock.url, session=session, timeout=TIMEOUT, allow_redirects=False
        )
        if mode is GenerationMode.POSITIVE and STATE not in response.text:
            assert response.status_code not in REFUSED, f"{case.as_curl_command()}\n{response.text}"
        try:
            case.validate_response(
                response, checks=[*CHECKS, *_checks_of(mode, response.request.body)]
            )
        except BaseExceptionGroup as found:
            asked = response.request
            found.add_note(f"{asked.method} {asked.url} {asked.body!r} {dict(asked.headers)}")
            found.add_note(f"{response.status_code} {response.text[:_SHOWN]}")
            raise

    with session:
        try:
            send()
        except Unsatisfiable:  # there is nothing that would be invalid
            if mode is GenerationMode.POSITIVE:
                raise
    return sent


def _endpoint(name: str) -> Endpoint[Any]:
    (endpoint,) = (endpoint for _, endpoint in rows(tables()) if endpoint.name == name)
    return endpoint


def _needed(name: str) -> list[str]:
    """The query fields of which a call must have one, which OpenAPI cannot say."""
    groups = needed_together(parts_of(load(_endpoint(name).schema), "query"))
    return groups[0] if groups else []


def _credentials(mock: BranchMock, name: str) -> dict[str, str]:
    if _endpoint(name).credentials is Credentials.NONE:
        return {}
    return {"branch_key": mock.app.key, "branch_secret": mock.app.secret}


def _checks_of(mode: GenerationMode, body: str | bytes | None) -> list[Any]:
    """What is to be said of a valid call or an invalid one.

    White space in place of JSON is neither: it has no fields, as an empty body.
    """
    if mode is GenerationMode.POSITIVE:
        return []
    return [] if body is not None and not body.strip() else [negative_data_rejection]


def _told(what: str, found: BaseException) -> str:
    notes = "\n".join(getattr(found, "__notes__", ()))
    inner = getattr(found, "exceptions", (found,))[0]
    return f"{what}: {inner}\n{notes}"


def main() -> None:
    """Fuzz every operation, as many requests altogether as told; exit with 1 if any fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=2000, help="in all  [default: 2000]")
    parser.add_argument("--only", choices=NAMES, action="append", help="an operation")
    given_ = parser.parse_args()
    names = given_.only or NAMES
    examples = max(1, given_.requests // (len(names) * len(MODES)))
    failed, sent = [], 0
    for name in names:
        for mode in modes_of(name):
            try:
                sent += fuzz(name, mode, examples)
            except (AssertionError, BaseExceptionGroup) as found:
                failed.append(_told(f"{name} {mode.value}", found))
            print(f"{name} {mode.value}: {sent} requests so far", flush=True)
    print("\n\n".join(failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
