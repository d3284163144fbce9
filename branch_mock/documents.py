"""State documents: everything an emulator remembers, as one JSON value (contract 12).

A document holds entities and what is said of them, no indexes: these are made anew from it, so
that nothing in it can contradict them. Its form follows from the type hints of the entities: a
field or table that is added there is in the document too. Ids are texts of digits, as everywhere
in the API, and fields with their default are left out. `Profile` is a text.
"""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_type_hints

from msgspec import Struct
from msgspec.structs import asdict

from branch_mock.branch import Saved
from branch_mock.clock import ClockState, iso, parse_iso
from branch_mock.conversion import Unreadable, kinds_of, read_row, read_value, write_value
from branch_mock.domain.addresses import NO_LINK_DOMAIN, may_serve_links
from branch_mock.domain.apps import App
from branch_mock.domain.credits import MAX_AMOUNT
from branch_mock.domain.links import LABELS
from branch_mock.domain.rules import RULE_FIELDS
from branch_mock.errors import InvalidRequest, Violation
from branch_mock.ids import IdsState
from branch_mock.indexes import ENTITIES, REFERENCES, RELATIONS, indexed, parts
from branch_mock.store import Snapshot, State
from branch_mock.validation import is_valid, load, schema_of, violations

FORMAT = "branch_mock state"
VERSION = 1
MAX_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 128
"""Levels of arrays and objects: 64 of what a caller sent, and those around it."""

MAX_PROBLEMS = 20
_GENERATOR = struct.Struct("<625I")
_GENERATOR_VERSION = 3
_MAX_INDEX = 624
Document = dict[str, Any]


def write(saved: Saved) -> Document:
    """The document of what `Branch.save` gave. Secrets of apps are in it."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "clock": {
            "frozen": None if saved.clock.frozen_ms is None else iso(saved.clock.frozen_ms),
            "offset_ms": saved.clock.offset_ms,
        },
        "ids": {
            "last": str(saved.ids.last),
            "worker": saved.ids.worker,
            "generator": _generator_text(saved.ids.generator),
            "delivery": saved.delivery,
        },
        "state": {name: list(_rows(name, saved.state[name])) for name in (*ENTITIES, *RELATIONS)},
    }


def _rows(name: str, table: Mapping[Any, Any]) -> Iterator[Any]:
    keys, value = _TYPES[name]
    if name in ENTITIES:
        for entity in table.values():
            yield write_value(entity, value)
        return
    for key, content in table.items():
        written = zip((key,) if len(keys) == 1 else key, keys, strict=True)
        yield [*(write_value(part, kind) for part, kind in written), write_value(content, value)]


_TYPES = {
    name: (kinds_of(get_args(hint)[0]), get_args(hint)[1])
    for name, hint in get_type_hints(State).items()
}
"""The types of the parts of a table's keys, and of its values."""


_KEYS = {
    name: getattr(get_args(hint)[0], "_make", tuple) for name, hint in get_type_hints(State).items()
}
"""What makes a key of its parts: a tuple, or a named one."""


def read(document: object) -> Saved:
    """What a document says, for `Branch.load`.

    Raises InvalidRequest naming the places, at most 20, that are malformed, contradict each other
    or name what is not there. Values that may be secrets are not repeated.
    """
    given = schema_of("control/state_write.json").check_body(document)
    problems = _Problems()
    clock = _clock(given["clock"], problems)
    ids = _ids(given["ids"], problems)
    tables = _tables(given["state"], problems)
    problems.raise_any()
    state = indexed(tables)
    _check_balances(tables, problems)
    problems.raise_any()
    return Saved(state, ids, clock, given["ids"].get("delivery", 0))


class _Problems:
    """What is wrong, up to a limit."""

    def __init__(self) -> None:
        self._found: list[Violation] = []

    def add(self, place: str, problem: str) -> None:
        self._found.append(Violation(place, problem))

    def raise_any(self) -> None:
        if self._found:
            raise InvalidRequest(self._found[:MAX_PROBLEMS])


def _clock(given: Mapping[str, Any], problems: _Problems) -> ClockState:
    try:
        frozen = given.get("frozen")
        return ClockState(None if frozen is None else parse_iso(frozen), given["offset_ms"])
    except ValueError as error:
        problems.add("clock.frozen", f"is no date: {error}")
        return ClockState(None, 0)


def _ids(given: Mapping[str, Any], problems: _Problems) -> IdsState:
    try:
        generator = _generator_state(given["generator"])
    except (ValueError, struct.error):
        problems.add("ids.generator", "is not what a state document has there")
        generator = None
    return IdsState(int(given["last"]), given["worker"], generator)


def _generator_text(state: Any) -> str:
    """The state of Python's generator: 624 words and an index."""
    return b64encode(_GENERATOR.pack(*state[1])).decode()


def _generator_state(text: str) -> object:
    words = _GENERATOR.unpack(b64decode(text, validate=True))
    if words[-1] > _MAX_INDEX:
        raise ValueError("index")
    return _GENERATOR_VERSION, words, None


def _tables(given: Mapping[str, Any], problems: _Problems) -> Snapshot:
    tables: Snapshot = {}
    for name in given.keys() - {*ENTITIES, *RELATIONS}:
        problems.add(f"state.{name}", f"is unknown; there are {', '.join((*ENTITIES, *RELATIONS))}")
    for name in (*ENTITIES, *RELATIONS):
        tables[name] = {}
        for number, row in enumerate(given.get(name, [])):
            place = f"state.{name}[{number}]"
            try:
                key, value = _entry(name, row)
            except Unreadable as error:
                for where, problem in error.below(place):
                    problems.add(where, problem)
                continue
            if key in tables[name]:
                problems.add(place, "is there twice")
            tables[name][key] = value
    problems.raise_any()
    _check_names(tables, problems)
    _check_references(tables, problems)
    _check_apps(tables, problems)
    _check_fields(tables, "rules", RULE_FIELDS, problems)
    _check_fields(tables, "links", _LINK_FIELDS, problems)
    return tables


def _entry(name: str, row: Any) -> tuple[Any, Any]:
    keys, kind = _TYPES[name]
    if name in ENTITIES:
        entity = read_value(row, kind)
        return entity.id, entity
    *key, value = read_row(row, (*keys, kind))
    return (key[0] if len(keys) == 1 else _KEYS[name](key)), value


def _check_references(tables: Snapshot, problems: _Problems) -> None:
    for place, target, id_ in _named(tables):
        if id_ not in tables[target]:
            problems.add(place, f"is none of {target}: {id_}")


def _named(tables: Snapshot) -> Iterator[tuple[str, str, Any]]:
    """Where in a document something is named: place, table and id."""
    for name in (*ENTITIES, *RELATIONS):
        for number, (key, value) in enumerate(tables[name].items()):
            place = f"state.{name}[{number}]"
            for field, target, id_ in _references(value):
                yield place + field, target, id_
            if name in RELATIONS:
                for position, (table, part) in enumerate(parts(name, key, value)):
                    if table is not None and part:  # None and 0 are nobody's
                        yield f"{place}[{position}]", table, part


def _references(value: Any) -> Iterator[tuple[str, str, int]]:
    """Where an entity, with those inside it, names another: field, table and id."""
    if isinstance(value, tuple):
        for item in value:
            yield from _references(item)
    elif isinstance(value, Struct):
        for field, content in asdict(value).items():
            target = REFERENCES.get(field)
            if target is not None and content is not None:
                yield f".{field}", target, content
            for inner, table, id_ in _references(content):
                yield f".{field}{inner}", table, id_


def _check_names(tables: Snapshot, problems: _Problems) -> None:
    if not tables["apps"]:
        problems.add("state.apps", "must have an app: a server always has one")
    names: tuple[tuple[str, str, Iterable[Any]], ...] = (
        ("apps", "branch_key", (app.branch_key for app in tables["apps"].values())),
        ("links", "address", (link.address for link in tables["links"].values())),
        ("identities", "name", ((u.app_id, u.name) for u in tables["identities"].values())),
    )
    for table, what, values in names:
        seen: set[Any] = set()
        for number, value in enumerate(values):
            if value in seen and not (isinstance(value, tuple) and value[-1] is None):
                problems.add(f"state.{table}[{number}]", f"has the {what} of another: {value}")
            seen.add(value)


_SEED = "seed.json"


def _check_apps(tables: Snapshot, problems: _Problems) -> None:
    """Apps are such as a seed may have."""
    apps = tables["apps"].values()
    sent = {"apps": [_as_seed(app) for app in apps]}
    if not is_valid(_SEED, sent):
        for violation in violations(load(_SEED), sent):
            problems.add(f"state.{violation.field}", violation.problem)
    for number, app in enumerate(apps):
        domain = app.short_url_domain
        if not may_serve_links(domain):
            place = f"state.apps[{number}].short_url_domain"
            problems.add(place, f"{NO_LINK_DOMAIN}, got {domain!r}")


def _as_seed(app: App) -> dict[str, Any]:
    own = {"short_url_domain": app.short_url_domain} if app.short_url_domain else {}
    named = {"branch_key": app.branch_key, "branch_secret": app.branch_secret, "label": app.label}
    return {**named, **own, "config": dict(app.config)}


_LINK_FIELDS = (*LABELS, "data", "type", "duration")


def _check_fields(tables: Snapshot, name: str, names: Sequence[str], problems: _Problems) -> None:
    """Links and rules are such as the API would have made."""
    schema = schema_of(f"{name}/create.json")
    for number, entity in enumerate(tables[name].values()):
        sent = {field: getattr(entity, field) for field in names}
        if sent.get("tags") is not None:
            sent["tags"] = list(sent["tags"])
        try:
            schema.check_body(sent)
        except InvalidRequest as error:
            for violation in error.violations:
                problems.add(f"state.{name}[{number}].{violation.field}", violation.problem)


def _check_balances(tables: Snapshot, problems: _Problems) -> None:
    """No balance was ever negative or past the limit, and ids grow along every history."""
    balances: dict[tuple[int, str], int] = {}
    newest: dict[int, int] = {}
    for number, row in enumerate(tables["transactions"].values()):
        place, key = f"state.transactions[{number}]", (row.identity_id, row.bucket)
        balances[key] = balances.get(key, 0) + row.amount
        if not 0 <= balances[key] <= MAX_AMOUNT:
            problems.add(f"{place}.amount", f"makes the balance {balances[key]}")
        if row.id <= newest.get(row.identity_id, 0):
            problems.add(f"{place}.id", "must be above those of the user's earlier rows")
        newest[row.identity_id] = row.id
