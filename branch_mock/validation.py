"""JSON Schemas, compiled once; their violations become one error that names every field.

The fast validator answers whether a call is valid; only a call that is not pays for `jsonschema`,
which is the authority on what the schemas mean. That both agree is tested.

Four annotations in the schemas say how a field is read before it is checked (contract 3):
`x-json-text`, `x-blank`, `x-bare` and `x-boolean`; integer fields take texts of digits besides.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from jsonschema_rs import Draft202012Validator

from branch_mock.data import folder
from branch_mock.errors import ApiError, InvalidBody, InvalidRequest, Violation
from branch_mock.strict_json import read_json

_MAX_DIGITS = 25
_SHOWN = 40
_MAX_MESSAGE = 200
_BLANK = frozenset({str, list})
_COMMON = "common.json#/$defs/"
Json = dict[str, Any]
_NONE: Json = {}


@cache
def load(name: str) -> Json:
    """One schema, with its references into common.json put in their places."""
    schema: Json = _inline(json.loads((folder("schemas") / name).read_text("utf-8")))
    return schema


@cache
def _definitions() -> Json:
    text = (folder("schemas") / "common.json").read_text("utf-8")
    definitions: Json = json.loads(text)["$defs"]
    return definitions


def _inline(node: Any) -> Any:
    if isinstance(node, list):
        return [_inline(item) for item in node]
    if not isinstance(node, dict):
        return node
    rest = {key: _inline(value) for key, value in node.items() if key != "$ref"}
    if "$ref" not in node:
        return rest
    return {**_inline(_definitions()[node["$ref"].removeprefix(_COMMON)]), **rest}


class Reader:
    """Reads the fields of one object schema: what strings may stand for, and what is absent."""

    __slots__ = ("_may_be_blank", "_names", "_rules")

    def __init__(self, schema: Json) -> None:
        properties: Json = schema.get("properties", {})
        rules = {name: _rule_of(field) for name, field in properties.items()}
        self._rules = {name: rule for name, rule in rules.items() if rule is not None}
        blank = {name for name, field in properties.items() if field.get("x-blank")}
        self._may_be_blank = frozenset(blank)
        self._names = frozenset({*self._rules, *blank})

    def read(self, given: Mapping[str, Any]) -> Json:
        """The fields that count as present, each in the form that the schema is about."""
        rules = self._rules
        fields = {}
        for name, value in given.items():
            if not value and (value is None or self._blank(name, value)):
                continue
            rule = rules.get(name)
            fields[name] = value if rule is None else rule(value)
        return fields

    def _blank(self, name: str, empty: object) -> bool:
        return type(empty) in _BLANK and name in self._may_be_blank

    def read_nested(self, given: object) -> object:
        """The same for an object inside another; fields without a rule keep even their nulls."""
        if type(given) is not dict or self._names.isdisjoint(given):
            return given
        read = self.read(given)
        return {
            name: read.get(name, value)
            for name, value in given.items()
            if name in read or name not in self._names
        }


Rule = Callable[[Any], Any]
"""Makes of a value what its field's schema is about."""


def _rule_of(field: Json) -> Rule | None:
    rules = [rule for applies, rule in _RULES_OF_READING if applies(field)]
    if field.get("properties"):
        rules.append(Reader(field).read_nested)
    if len(rules) <= 1:
        return rules[0] if rules else None

    def all_rules(value: Any) -> Any:
        for rule in rules:
            value = rule(value)
        return value

    return all_rules


def _read_json_text(value: Any) -> Any:
    if type(value) is not str:
        return value
    try:
        read = read_json(value)
    except InvalidBody:
        return value
    return value if read is None else read


def _read_bare(value: Any) -> Any:
    return [value] if type(value) is str else value


def _read_boolean(value: Any) -> Any:
    return int(value) if type(value) is bool else value


def _read_integer(value: Any) -> Any:
    if type(value) is str:
        digits = value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS
        return int(value) if digits else value
    if type(value) is float and value.is_integer():
        return int(value)
    return value


_RULES_OF_READING: tuple[tuple[Callable[[Json], object], Rule], ...] = (
    (lambda field: field.get("x-json-text"), _read_json_text),
    (lambda field: field.get("x-bare"), _read_bare),
    (lambda field: field.get("x-boolean"), _read_boolean),
    (lambda field: field.get("type") == "integer", _read_integer),
)


class CallSchema:
    """The compiled schema of one endpoint's calls."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self._valid = Draft202012Validator(schema).is_valid
        parts: Json = schema.get("properties", {})
        self._query = Reader(parts.get("query", {}))
        body: Json = parts.get("body", {})
        self._body = Reader(body) if body.get("type") == "object" else None
        self.takes_array = body.get("type") == "array"

    def check_kind(self, body: object) -> None:
        """Raises InvalidBody unless the body is of the JSON kind that the endpoint takes."""
        wanted = list if self.takes_array else dict
        if type(body) is not wanted:
            raise InvalidBody(f"The body must be a JSON {_name_of(wanted())}, got {_name_of(body)}")

    def read(self, body: Any) -> Any:
        """A body in the form that the schema is about, unchecked."""
        return body if self._body is None else self._body.read(body)

    def check(self, path: Mapping[str, str], query: Json, body: Any) -> tuple[Json, Any]:
        """Query and body as read. Raises InvalidRequest naming every failing field."""
        query = self._query.read(query) if query else query
        body = self.read(body)
        self._check({"path": path, "query": query, "body": body})
        return query, body

    def check_body(self, body: object) -> Json:
        """A body on its own: one item of a bulk call. Raises as both checks do."""
        self.check_kind(body)
        read: Json = self.read(body)
        self._check({"path": _NONE, "query": _NONE, "body": read})
        return read

    def check_bodies(self, bodies: list[Any]) -> list[Json | ApiError]:
        """Several bodies, each as `check_body` reads it or with what that raises."""
        if all(type(body) is dict for body in bodies):
            read = [self.read(body) for body in bodies]
            if self._all_valid([{"path": _NONE, "query": _NONE, "body": body} for body in read]):
                return read
        return [self._body_or_error(body) for body in bodies]

    def _body_or_error(self, body: object) -> Json | ApiError:
        try:
            return self.check_body(body)
        except ApiError as error:
            return error

    @cached_property
    def _all_valid(self) -> Callable[[list[Json]], bool]:
        return Draft202012Validator({"type": "array", "items": self.schema}).is_valid

    def _check(self, call: Json) -> None:
        if not self._valid(call):
            raise InvalidRequest(violations(self.schema, call, skip=1))


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(load(name))


def is_valid(name: str, instance: object) -> bool:
    """Whether `instance` is valid by that schema file, read as it stands."""
    return _validator(name).is_valid(instance)


@cache
def schema_of(name: str) -> CallSchema:
    """The compiled schema of that file, below the folder of schemas."""
    return CallSchema(load(name))


def violations(schema: Json, instance: object, *, skip: int = 0) -> list[Violation]:
    """One violation for each failing field, in the order of the fields.

    The first `skip` elements of their paths go unnamed.
    """
    from jsonschema import Draft202012Validator as Authority  # noqa: PLC0415 - only bad calls pay

    errors = sorted(Authority(schema).iter_errors(instance), key=lambda e: [str(p) for p in e.path])
    first: dict[str, Violation] = {}
    for error in errors:
        violation = _violation(error, skip)
        first.setdefault(violation.field, violation)
    return list(first.values())


def _violation(error: Any, skip: int) -> Violation:
    path = list(error.absolute_path)[skip:]
    if error.validator == "required":
        missing = next(name for name in error.validator_value if repr(name) in error.message)
        return Violation(_dotted([*path, missing]), "is required", "missing required field")
    if error.validator == "anyOf":  # one of several fields is required
        names = [name for choice in error.validator_value for name in choice["required"]]
        return Violation(_dotted([*path, names[0]]), f"or {' or '.join(names[1:])} is required")
    if error.validator == "additionalProperties":
        unknown = next(name for name in error.instance if name not in error.schema["properties"])
        return Violation(_dotted([*path, unknown]), "is not a known field")
    names = list(error.schema.get("properties", ()))
    if error.validator in _COUNTED and names:
        problem = _COUNTED[error.validator].format(" or ".join(names[1:]), ", ".join(names))
        return Violation(_dotted([*path, names[0]]), problem)
    field = _dotted(path)
    if error.schema.get("x-keys"):
        return Violation(f"{field} keys", f"{_rule(error)}, got {_shown(field, error.instance)}")
    problem = f"{_rule(error)}, got {_shown(field, error.instance)}"
    return Violation(field or "the call", problem, _REASONS.get(error.validator))


_COUNTED = {
    "minProperties": "or {0} is required",
    "maxProperties": "cannot go with others: one of {1} is taken",
}
"""Of objects that take one of several fields."""

_REASONS = {
    "type": "wrong field type",
    "enum": "not a valid option",
    "pattern": "doesn't pass regex",
}


def _dotted(path: Iterable[str | int]) -> str:
    return "".join(_steps(path)).removeprefix(".")


def _steps(path: Iterable[str | int]) -> Iterator[str]:
    for step in path:
        yield f"[{step}]" if isinstance(step, int) else f".{step}"


def _rule(error: Any) -> str:
    limit, schema = error.validator_value, error.schema
    if error.validator == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        text = "must be " + " or ".join(_KINDS[kind] for kind in kinds)
        return text + " or its JSON text" if schema.get("x-json-text") else text
    if error.validator == "enum":
        return "must be one of " + ", ".join(dict.fromkeys(map(str, limit)))
    if error.validator == "pattern":
        return f"must be {schema.get('x-rule', f'of the form {limit}')}"
    if error.validator in _RULES:
        return _RULES[error.validator].format(limit)
    return f"is invalid ({error.message[:_MAX_MESSAGE]})"


_RULES = {
    "maxLength": "must be at most {} characters",
    "minLength": "must not be shorter than {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
}
_KINDS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "object": "an object",
    "array": "a list",
    "boolean": "true or false",
    "null": "null",
}


def _name_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case dict():
            return "object"
        case list():
            return "array"
        case str():
            return "a text"
    return "a number"


def _shown(field: str, value: object) -> str:
    if "secret" in field:
        return "***"
    if isinstance(value, str):
        text = repr(value) if len(value) <= _SHOWN else f"{value[:_SHOWN]!r}…"
        return f"{text} ({len(value)} characters)" if len(value) > _SHOWN else text
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
