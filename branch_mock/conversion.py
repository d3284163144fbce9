"""Entities to plain JSON values and back, by the type hints of their fields.

Ids are texts of digits, bytes are hexadecimal, fields with their default are left out. Reading is
strict: a number is no text and a text no number, unknown fields are refused, and every place that
cannot be read is told at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from branch_mock import profiles
from branch_mock.clock import FIRST_DATE_MS, LAST_DATE_MS
from branch_mock.errors import SettingsError
from branch_mock.ids import MAX_ID, number_of

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]


class Unreadable(ValueError):
    """A value that cannot be read. problems: where below it, such as `.tags[0]`, and why."""

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = list(problems)
        super().__init__("; ".join(f"{place} {text}".strip() for place, text in self.problems))

    @classmethod
    def of(cls, text: str) -> "Unreadable":
        """The value as a whole is what is wrong."""
        return cls([("", text)])

    def below(self, step: str) -> Iterator[tuple[str, str]]:
        """The problems as seen from where `step` leads to the value."""
        return ((step + place, text) for place, text in self.problems)


def kinds_of(key_type: Any) -> tuple[Any, ...]:
    """The types of the parts of a table's key."""
    if hasattr(key_type, "_fields"):
        return tuple(get_type_hints(key_type).values())
    return get_args(key_type) if get_origin(key_type) is tuple else (key_type,)


def write_value(value: Any, kind: Any) -> Any:
    """One value of a table as JSON; a bare number is an id."""
    return _write_id(value) if _is_number(kind) else _writer(kind)(value)


def read_value(value: Any, kind: Any) -> Any:
    """What `write_value` wrote. Raises Unreadable."""
    return _value_reader(kind)(value)


def read_row(row: Any, kinds: Sequence[Any]) -> list[Any]:
    """A list of values of those types. Raises Unreadable."""
    if type(row) is not list or len(row) != len(kinds):
        raise Unreadable.of(f"must be a list of {len(kinds)}")
    reads = map(_value_reader, kinds)
    parts = enumerate(zip(row, reads, strict=True))
    return _read_all((f"[{n}]", part, read) for n, (part, read) in parts)


def _value_reader(kind: Any) -> Read:
    return _id_reader(kind) if _is_number(kind) else _reader(kind)


def _read_all(parts: Iterable[tuple[str, Any, Read]]) -> list[Any]:
    """Parts of a value, each with the step that leads to it and what reads it."""
    found: list[Any] = []
    problems: list[tuple[str, str]] = []
    for step, part, read in parts:
        try:
            found.append(read(part))
        except Unreadable as error:
            problems += error.below(step)
    if problems:
        raise Unreadable(problems)
    return found


# writing


def _write_id(value: int | None) -> str | None:
    return None if value is None else str(value)


@cache
def _writer(kind: Any) -> Write:
    kind, optional = _parted(kind)
    write = _writer_of(kind)
    return (lambda value: None if value is None else write(value)) if optional else write


def _writer_of(kind: Any) -> Write:
    if get_origin(kind) is tuple:
        write = _writer(get_args(kind)[0])
        return lambda items: [write(item) for item in items]
    if isinstance(kind, type):
        if issubclass(kind, Struct):
            return lambda entity: _write_entity(entity, _fields_of(kind))
        if issubclass(kind, Enum):
            return lambda member: member.value
    return _WRITERS.get(get_origin(kind) or kind, _as_it_is)


def _write_entity(entity: Struct, parts: "Sequence[_Field]") -> dict[str, Any]:
    values = ((part, getattr(entity, part.name)) for part in parts)
    return {part.name: part.write(value) for part, value in values if value != part.default}


def _as_it_is(value: Any) -> Any:
    return value


_WRITERS: dict[Any, Write] = {
    bytes: bytes.hex,
    Mapping: dict,
    profiles.Profile: profiles.Profile.as_text,
    int: int,  # which may be a member of an enumeration
}


# reading


@cache
def _reader(kind: Any) -> Read:
    kind, optional = _parted(kind)
    read = _reader_of(kind)
    return (lambda value: None if value is None else read(value)) if optional else read


def _reader_of(kind: Any) -> Read:
    if get_origin(kind) is tuple:
        read = _reader(get_args(kind)[0])
        return lambda items: tuple(_read_items(_of_type(list)(items), read))
    if isinstance(kind, type):
        if issubclass(kind, Struct):
            return lambda value: _read_entity(_of_type(dict)(value), kind, _fields_of(kind))
        if issubclass(kind, Enum):
            return lambda value: _read_member(value, kind)
    return _READERS[get_origin(kind) or kind]


def _read_items(items: list[Any], read: Read) -> list[Any]:
    return _read_all((f"[{n}]", item, read) for n, item in enumerate(items))


def _read_entity(given: dict[str, Any], kind: Any, parts: "Sequence[_Field]") -> Any:
    missing = [part.name for part in parts if part.default is NODEFAULT and part.name not in given]
    unknown = sorted(given.keys() - {part.name for part in parts})
    problems = [(f".{name}", f"has no {name}") for name in missing]
    if unknown:
        problems.append(("", f"has unknown fields: {', '.join(unknown)}"))
    sent = [part for part in parts if part.name in given]
    try:
        values = _read_all((f".{part.name}", given[part.name], part.read) for part in sent)
    except Unreadable as error:
        raise Unreadable([*problems, *error.problems]) from None
    if problems:
        raise Unreadable(problems)
    return kind(**dict(zip((part.name for part in sent), values, strict=True)))


def _read_member(value: Any, kind: type[Enum]) -> Enum:
    for member in kind:
        if type(value) is type(member.value) and value == member.value:
            return member
    raise Unreadable.of(f"must be one of {', '.join(str(member.value) for member in kind)}")


def _of_type(kind: type) -> Read:
    """Reads values that are of that type already."""

    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise Unreadable.of(f"must be {_WORDS[kind]}")
        return value

    return read


_WORDS: dict[type, str] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    dict: "an object",
    list: "a list",
}
_text = _of_type(str)


def _read_bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value))
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable.of("must be hexadecimal") from None


def _read_profile(value: Any) -> profiles.Profile:
    try:
        return profiles.parse(_text(value))
    except SettingsError as error:
        raise Unreadable.of(str(error)) from None


_READERS: dict[Any, Read] = {
    **{kind: _of_type(kind) for kind in (int, str, bool)},
    bytes: _read_bytes,
    Mapping: _of_type(dict),
    profiles.Profile: _read_profile,
}


def _id_reader(kind: Any) -> Read:
    _, optional = _parted(kind)

    def read(value: Any) -> int | None:
        id_ = number_of(value) if type(value) is str else None
        if (id_ is None and not (value is None and optional)) or (id_ or 0) > MAX_ID:
            raise Unreadable.of("must be a text of 1 to 19 digits")
        return id_

    return read


def _read_moment(value: Any) -> int:
    ms: int = _READERS[int](value)
    if not FIRST_DATE_MS <= ms <= LAST_DATE_MS:
        raise Unreadable.of("must be a time in milliseconds since 1970")
    return ms


# what entities are made of


class _Field(NamedTuple):
    """One field of an entity. default: NODEFAULT where it must be given."""

    name: str
    default: Any
    read: Read
    write: Write


@cache
def _fields_of(kind: type[Struct]) -> tuple[_Field, ...]:
    return tuple(map(_field, fields(kind)))


def _field(item: Any) -> _Field:
    name, made = item.name, item.default_factory
    default = item.default if made is NODEFAULT else made()
    if (name == "id" or name.endswith("_id")) and _is_number(item.type):
        return _Field(name, default, _id_reader(item.type), _write_id)
    read = _read_moment if name.endswith("_ms") else _reader(item.type)
    return _Field(name, default, read, _writer(item.type))


def _is_number(kind: Any) -> bool:
    return _parted(kind)[0] is int


def _parted(kind: Any) -> tuple[Any, bool]:
    """A type without its None, and whether it had one."""
    if get_origin(kind) not in {Union, UnionType}:
        return kind, False
    (rest,) = (part for part in get_args(kind) if part is not NoneType)
    return rest, True
