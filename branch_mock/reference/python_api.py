"""The public Python API as data, read off the code when it is asked for (contract 12).

What is public: `branch_mock.__all__`, what its classes have without an underscore, and the types
that those take and give. The pytest plugin is read as text, since a server has no pytest.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any, NamedTuple, get_args, get_type_hints, is_typeddict

from msgspec import Struct

import branch_mock
from branch_mock.reference.limits import told
from branch_mock.reference.plugin_api import plugin_entries
from branch_mock.reference.python_entries import Entry, Field
from branch_mock.reference.tables import parts_of
from branch_mock.validation import load

PACKAGE = branch_mock.__name__
SERVERS, PYTEST, VALUES = "Servers", "pytest", "Values"
CONSTANTS, ERRORS, FURTHER = "Constants", "Errors", "Further types"
_SERVERS = ("BranchMock", "RemoteMock", "create_app", "Branch", "Settings")
_SCHEMAS = {
    "LinkFields": "links/create.json",
    "AppFields": "apps/create.json",
    "RuleFields": "rules/create.json",
    "FaultFields": "control/faults_add.json",
    "PatternFields": "control/requests_find.json",
    "Link": "links/create.json",
    "Rule": "rules/create.json",
}
"""The schema of a body that has the fields of a type, with their meaning and limits."""

_MODULES = re.compile(r"\b(?:branch_mock|collections|typing|datetime)(?:\.\w+)*\.(?=[A-Za-z_])")
_UNPACKED = re.compile(r"(\*\*\w+: )\*<class '([\w.]+)'>")
_QUOTED = re.compile(r"-> '(\w+)'")


class Kinds(NamedTuple):
    """Whatever is public, parted by how it is shown."""

    groups: Mapping[str, list[Entry]]

    def every(self) -> Iterator[Entry]:
        """All entries, members after what they are of."""
        for entries in self.groups.values():
            for entry in entries:
                yield from entry.every()


@cache
def public() -> Kinds:
    """All that is public. Loads every public name."""
    groups: dict[str, list[Entry]] = {SERVERS: [_entry(name) for name in _SERVERS]}
    groups[PYTEST] = list(plugin_entries())
    for group in (VALUES, CONSTANTS, ERRORS):
        groups[group] = []
    for name in branch_mock.__all__:
        if name not in _SERVERS:
            groups[_group(_public(name))].append(_entry(name))
    groups[FURTHER] = [_class(kind.__name__, kind) for kind in _further()]
    return Kinds(groups)


def _public(name: str) -> Any:
    return getattr(branch_mock, name)


def _group(value: object) -> str:
    if not inspect.isclass(value):
        return CONSTANTS
    return ERRORS if issubclass(value, branch_mock.BranchMockError) else VALUES


def _entry(name: str) -> Entry:
    value = _public(name)
    if inspect.isclass(value):
        return _class(name, value)
    if inspect.isfunction(value):
        return Entry(name, "function", f"{name}{signature(value)}", _doc(value))
    if isinstance(value, str):
        return Entry(name, "constant", f"{name}: str", "The version of branch_mock.")
    kind = type(value)
    fields = tuple(
        Field(field.name, _spelled(field.annotation), f"{getattr(value, field.name)!r}")
        for field in _parameters(kind)
    )
    doc = _doc_of_constant(name, kind.__module__)
    return Entry(name, "constant", f"{name}: {kind.__name__}", doc, fields)


def _class(name: str, kind: type) -> Entry:
    bases = [base.__name__ for base in kind.__bases__]
    if issubclass(kind, Exception):
        return Entry(
            name,
            "error",
            f"{name}({', '.join(bases)})",
            _doc(kind),
            fields=_status(kind),
            members=tuple(_members(name, kind)),
        )
    shown = name if _is_made_of_fields(kind) else f"{name}{signature(kind)}"
    return Entry(
        name, "class", shown, _doc(kind), tuple(_fields(kind)), tuple(_all_members(name, kind))
    )


def _all_members(name: str, kind: type) -> Iterator[Entry]:
    """Methods, and the handles of a server, each with methods of its own."""
    yield from _members(name, kind)
    if not _is_made_of_fields(kind):
        for attribute, hint in _hints(kind).items():
            if inspect.isclass(hint) and _is_ours(hint):
                own, members = f"{name}.{attribute}", tuple(_members(f"{name}.{attribute}", hint))
                yield Entry(own, "handle", f"mock.{attribute}", _doc(hint), members=members)


def _members(name: str, kind: type) -> Iterator[Entry]:
    """Methods and properties, in the order in which they are written."""
    for attribute, value in _vars(kind).items():
        own = f"{name}.{attribute}"
        if isinstance(value, property):
            getter = value.fget
            given = inspect.signature(getter).return_annotation if getter else None
            yield Entry(own, "property", f"{attribute}: {_spelled(given)}", _doc(value))
        elif isinstance(value, classmethod | staticmethod):
            called = getattr(kind, attribute)
            yield Entry(own, "method", f"{attribute}{signature(called)}", _doc_of(called))
        elif inspect.isfunction(value):
            prefix = "async " if inspect.iscoroutinefunction(value) else ""
            yield Entry(own, "method", f"{prefix}{attribute}{signature(value)}", _doc_of(value))


def _vars(kind: type) -> dict[str, object]:
    """What a class has of its own and of bases that are not public, without an underscore."""
    found: dict[str, object] = {}
    for base in reversed(kind.__mro__):
        shown = base is kind or (_is_ours(base) and base.__name__ not in branch_mock.__all__)
        if shown and _is_ours(base):
            found.update((n, v) for n, v in vars(base).items() if not n.startswith("_"))
    return found


def _fields(kind: type) -> Iterator[Field]:
    """The fields of a value, with their limits where a schema checks them."""
    if is_typeddict(kind):
        said = _said(kind.__name__)
        for name, hint in _hints(kind).items():
            yield Field(name, _spelled(hint), said.get(name, ""))
    elif _is_record(kind):
        said = _said(kind.__name__)
        for field in _parameters(kind):
            about = said.get(field.name) or _default(field)
            yield Field(field.name, _spelled(field.annotation), about)
    elif hasattr(kind, "_fields"):
        for field in _parameters(kind):
            yield Field(field.name, _spelled(field.annotation), _default(field))


def _said(name: str) -> dict[str, str]:
    """What a schema says of a type's fields: their meaning, then their limits."""
    body = parts_of(load(_SCHEMAS[name]), "body") if name in _SCHEMAS else {}
    return {
        field: " ".join(filter(None, (schema.get("description", ""), _in_brackets(told(schema)))))
        for field, schema in body.get("properties", {}).items()
    }


def _in_brackets(limits: str) -> str:
    return f"({limits})" if limits else ""


def _parameters(kind: type) -> Iterator[inspect.Parameter]:
    """What a record is made of."""
    found = inspect.signature(kind).parameters.values()
    return (parameter for parameter in found if not parameter.name.startswith("_"))


def _default(field: inspect.Parameter) -> str:
    made_anew = repr(field.default) == "<factory>"
    return "" if field.default is field.empty or made_anew else f"default {field.default!r}"


def _status(kind: type) -> tuple[Field, ...]:
    status = getattr(kind, "status", None)
    return () if status is None else (Field("status", "int", str(status)),)


def _is_made_of_fields(kind: type) -> bool:
    return _is_record(kind) or is_typeddict(kind) or hasattr(kind, "_fields")


def _is_record(kind: type) -> bool:
    return is_dataclass(kind) or issubclass(kind, Struct)


def _is_ours(kind: type) -> bool:
    return getattr(kind, "__module__", "").partition(".")[0] == PACKAGE


def _hints(kind: type) -> dict[str, Any]:
    return {n: h for n, h in get_type_hints(kind).items() if not n.startswith("_")}


def _further() -> list[type]:
    """The types of ours that public operations take and give and that have no public name."""
    known = {value for value in map(_public, branch_mock.__all__) if inspect.isclass(value)}
    found: dict[type, None] = {}
    for name in ("BranchMock", "RemoteMock"):
        handles = [hint for hint in _hints(_public(name)).values() if inspect.isclass(hint)]
        for kind in (_public(name), *filter(_is_ours, handles)):
            for operation in filter(inspect.isfunction, _vars(kind).values()):
                for hint in get_type_hints(operation).values():
                    found.update(dict.fromkeys(_classes(hint)))
        known.update(handles)
    return [kind for kind in found if kind not in known]


def _classes(hint: Any) -> Iterator[type]:
    if inspect.isclass(hint) and _is_ours(hint):
        yield hint
    for part in get_args(hint):
        yield from _classes(part)


def signature(called: Callable[..., Any]) -> str:
    """Parameters, types and what comes back, as one would write them; without `self`."""
    found = inspect.signature(called)
    own = [p for p in found.parameters.values() if p.name != "self"]
    if inspect.isclass(called):
        found = found.replace(return_annotation=inspect.Signature.empty)
    return _short(str(found.replace(parameters=own)))


def _spelled(annotation: object) -> str:
    return _short(inspect.formatannotation(annotation))


def _short(text: str) -> str:
    for shown, name in _devices().items():
        text = text.replace(shown, name)
    text = _MODULES.sub("", _UNPACKED.sub(r"\1\2", text))
    return _QUOTED.sub(r"-> \1", text)


@cache
def _devices() -> dict[str, str]:
    """The names of those that are defaults, by how they would be shown."""
    every = {name: _public(name) for name in branch_mock.__all__}
    return {repr(v): name for name, v in every.items() if type(v) is branch_mock.Device}


def _doc(value: object) -> str:
    """What is written of it there; inherited words do not count."""
    return inspect.cleandoc(getattr(value, "__doc__", None) or "")


def _doc_of(called: Callable[..., Any]) -> str:
    """What is written of a method, there or where it is overridden from."""
    return inspect.getdoc(called) or ""


def _doc_of_constant(name: str, module: str) -> str:
    """The text under the assignment of a constant."""
    body = ast.parse(inspect.getsource(import_module(module))).body
    for node, below in pairwise(body):
        match node, below:
            case (
                ast.Assign(targets=[ast.Name(id=found)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ) if found == name:
                return text
    return ""
