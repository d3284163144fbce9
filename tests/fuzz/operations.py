"""Schemathesis against a real server: every operation, valid calls and invalid ones.

The document that the server serves is what is tested, narrowed to what exists on that server: its
credentials, and addresses of its links. Every operation has a server of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
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
from branch_mock.reference.tables import parts_of, rows
from branch_mock.validation import load
from tests.client import TIMEOUT
from tests.fuzz.known import Json, Known, bodies, operations_in

NOW = "2016-01-20T12:00:00Z"
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
NAMES = [endpoint.name for _, endpoint in rows(tables())]
"""What is fuzzed: every endpoint."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CONFIG = {"generation": {"allow-x00": False}}
REFUSED = frozenset({400, 405, 413})
"""What no valid call is answered with, whatever state it finds."""

STATE = "must not take the balance past"
"""The one 400 of Branch's own endpoints that is about state."""

ABOUT_STATE = {"control.seed": "apps[", "control.snapshots_save": "name would be"}
"""Operations whose valid calls may be refused for the state they find; and how that begins."""

ENDLESS = frozenset({"control.events"})
"""Answers that come to an end only with the server, or with its live events."""

AT_DOMAINS = frozenset({"links.dynamic_at_root"})
"""Operations of link domains alone: elsewhere their path is something else's."""

CREDENTIALS = ("branch_key", "branch_secret", "app_id")
_FIRST_ERROR = 400
_SHOWN = 500
_MOMENT_SECONDS = 0.01


def served(mock: BranchMock) -> Json:
    """The document that a server serves, about that server: its key, and no other credentials.

    They are sent in every query, where they count before those of a body; where none are needed, an
    empty key counts as none.
    """
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{mock.url}/_mock/openapi.json", timeout=TIMEOUT)
    found: Json = answer.json()
    for operation in operations_in(found):
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == "branch_key":
                parameter["schema"] = {"enum": [mock.app.key, ""]}
        for fields in bodies(operation):
            for name in CREDENTIALS:
                fields.pop(name, None)
    return found


def modes_of(name: str) -> tuple[GenerationMode, ...]:
    """Valid calls, and invalid ones where an operation takes anything that could be."""
    (operation,) = (o for o in operations_in(document(tables())) if o["operationId"] == name)
    return MODES if {"parameters", "requestBody"} & operation.keys() else MODES[:1]


def fuzz(name: str, mode: GenerationMode, examples: int) -> int:
    """Send that many generated calls of one operation; how many were sent.

    Raises what Schemathesis found, with the call that shows it.
    """
    with BranchMock(clock=FrozenClock(NOW)) as mock, _ended(mock, name):
        sent = _fuzz(mock, name, mode, examples)
        assert mock.failures == []
    return sent


@contextmanager
def _ended(mock: BranchMock, name: str) -> Iterator[None]:
    """Ends live events again and again, so that who listens to them comes to an end."""
    over = Event()

    def end() -> None:
        while not over.wait(_MOMENT_SECONDS):
            mock.emulator.live.end()

    ender = Thread(target=end, name="ends live events")
    if name in ENDLESS:
        ender.start()
    try:
        yield
    finally:
        over.set()
        if name in ENDLESS:
            ender.join(TIMEOUT)


def _fuzz(mock: BranchMock, name: str, mode: GenerationMode, examples: int) -> int:
    config = SchemathesisConfig.from_dict(CONFIG)
    found, known = served(mock), Known(mock)
    if mode is GenerationMode.POSITIVE:
        for operation in operations_in(found):
            known.narrow(operation)
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
        if name in AT_DOMAINS:
            case.headers["Host"] = mock.app.default_short_url_domain
        before = mock.branch.save()
        response = case.call(
            base_url=mock.url, session=session, timeout=TIMEOUT, allow_redirects=False
        )
        if response.status_code >= _FIRST_ERROR:
            assert mock.branch.save() == before, f"{case.as_curl_command()} changed something"
        if mode is GenerationMode.POSITIVE and not _is_about_state(name, response):
            said = f"{case.as_curl_command()}\n{response.content[:_SHOWN]!r}"
            assert response.status_code not in REFUSED, said
        _validate(case, response, mode)

    with session:
        try:
            send()
        except Unsatisfiable:  # there is nothing that would be invalid
            if mode is GenerationMode.POSITIVE:
                raise
    return sent


def _validate(case: schemathesis.Case[Any], response: Any, mode: GenerationMode) -> None:
    """Raises where an answer is not what the document says, with the call that shows it."""
    asked = response.request
    try:
        case.validate_response(response, checks=[*CHECKS, *_checks_of(mode, asked.body)])
    except BaseExceptionGroup as found:
        found.add_note(f"{asked.method} {asked.url} {asked.body!r} {dict(asked.headers)}")
        found.add_note(f"{response.status_code} {response.content[:_SHOWN]!r}")
        raise


def _is_about_state(name: str, response: Any) -> bool:
    """Whether a refusal is one that a valid call may meet."""
    if response.status_code != _FIRST_ERROR:
        return False
    return STATE in response.text or f'"{ABOUT_STATE.get(name, STATE)}' in response.text


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
