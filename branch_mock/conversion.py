"""Entities to plain JSON values and back, by the type hints of their fields.

Reading is strict: a number is no text and a text no number, unknown fields are refused.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from enum import IntEnum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints

from branch_mock import profiles
from branch_mock.clock import FIRST_DATE_MS, LAST_DATE_MS
from branch_mock.errors import SettingsError
from branch_mock.ids import MAX_ID, number_of

if TYPE_CHECKING:
    from cattrs import Converter


def kinds_of(key_type: Any) -> tuple[Any, ...]:
    """The types of the parts of a table's key."""
    if hasattr(key_type, "_fields"):
        return tuple(get_type_hints(key_type).values())
    return get_args(key_type) if get_origin(key_type) is tuple else (key_type,)


def write_value(value: Any, kind: Any) -> Any:
    """One value of a table as JSON; a bare number is an id."""
    if _is_number(kind):
        return write_id(value)
    return converter().unstructure(value, unstructure_as=kind)


def read_value(value: Any, kind: Any) -> Any:
    """What `write_value` wrote. Raises what `problems_of` explains."""
    if _is_number(kind):
        return read_id(value, kind)
    return converter().structure(value, kind)


def read_row(row: Any, kinds: Sequence[Any]) -> list[Any]:
    """A list of values of those types. Raises likewise."""
    if type(row) is not list or len(row) != len(kinds):
        raise _Refused(f"must be a list of {len(kinds)}")
    return [read_value(part, kind) for part, kind in zip(row, kinds, strict=True)]


def write_id(value: int | None) -> str | None:
    """An id as a text of digits."""
    return None if value is None else str(value)


def read_id(value: Any, kind: Any = int) -> int | None:
    """Such a text; None where the kind allows it. Raises what `problems_of` explains."""
    if value is None and _is_optional(kind):
        return None
    id_ = number_of(value) if type(value) is str else None
    if id_ is not None and id_ <= MAX_ID:
        return id_
    raise _Refused("must be a text of 1 to 19 digits")


def problems_of(error: Exception) -> list[tuple[str, str]]:
    """Where below a value, and why, it could not be read."""
    from cattrs import transform_error  # noqa: PLC0415 - costs a tenth of a second

    lines = transform_error(error, "", format_exception=_explain)
    found = (line.rpartition(" @ ") for line in lines)
    return [(place.replace("['", ".").replace("']", ""), text) for text, _, place in found]


def _explain(error: BaseException, kind: type | None) -> str:
    from cattrs import ForbiddenExtraKeysError  # noqa: PLC0415

    if isinstance(error, KeyError):
        return f"has no {error.args[0]}"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"has unknown fields: {', '.join(sorted(error.extra_fields))}"
    if isinstance(error, _Refused | SettingsError):
        return str(error)
    return f"cannot be read as {getattr(kind, '__name__', kind)}"


class _Refused(ValueError):
    """A value that cannot be read; the text says what it must be."""


def _kind(*types: type) -> Callable[[Any, Any], Any]:
    """Reads values that are of one of these types already."""

    def read(value: Any, _: Any) -> Any:
        if type(value) not in types:
            raise _Refused(f"must be {_WORDS[types[-1]]}")
        return value

    return read


_WORDS: dict[type, str] = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    float: "a number",
    dict: "an object",
    list: "a list",
}


@cache
def converter() -> "Converter":
    """Made on first use: the library costs a tenth of a second to import."""
    from cattrs import Converter  # noqa: PLC0415

    made = Converter(forbid_extra_keys=True)
    for kind, accepted in ((int, (int,)), (str, (str,)), (bool, (bool,)), (float, (int, float))):
        made.register_structure_hook(kind, _kind(*accepted))
    for enumeration, plain in ((IntEnum, int), (StrEnum, str)):
        made.register_structure_hook(enumeration, _member(plain))
    made.register_unstructure_hook(int, int)  # which may be an IntEnum
    made.register_unstructure_hook(bool, bool)  # which is an int
    made.register_structure_hook(bytes, lambda text, _: _bytes(text))
    made.register_unstructure_hook(bytes, bytes.hex)
    made.register_structure_hook(profiles.Profile, lambda text, _: profiles.parse(_text(text)))
    made.register_unstructure_hook(profiles.Profile, profiles.Profile.as_text)
    made.register_structure_hook_func(_is_mapping, _kind(dict))
    made.register_unstructure_hook_func(_is_mapping, dict)
    made.register_structure_hook_factory(_is_sequence, lambda kind: _sequence(made, kind))
    made.register_structure_hook_factory(_is_entity, lambda kind: _entity_reader(made, kind))
    made.register_unstructure_hook_factory(_is_entity, lambda kind: _entity_writer(made, kind))
    return made


def _member(plain: type) -> Callable[[Any, Any], Any]:
    """Reads members of enumerations, by their values."""

    def read(value: Any, kind: Any) -> Any:
        try:
            return kind(_kind(plain)(value, plain))
        except ValueError:
            raise _Refused(
                f"must be one of {', '.join(str(item.value) for item in kind)}"
            ) from None

    return read


def _bytes(value: Any) -> bytes:
    try:
        return bytes.fromhex(_text(value))
    except ValueError:
        raise _Refused("must be hexadecimal") from None


def _text(value: Any) -> str:
    text: str = _kind(str)(value, str)
    return text


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) is tuple and get_args(kind)[-1] is Ellipsis


def _is_entity(kind: Any) -> bool:
    return isinstance(kind, type) and is_dataclass(kind) and kind is not profiles.Profile


def _sequence(made: "Converter", kind: Any) -> Callable[[Any, Any], Any]:
    item = get_args(kind)[0]

    def read(value: Any, _: Any) -> Any:
        return tuple(made.structure(part, item) for part in _kind(list)(value, list))

    return read


def _entity_writer(made: "Converter", kind: Any) -> Callable[[Any], Any]:
    from cattrs.gen import make_dict_unstructure_fn, override  # noqa: PLC0415

    ids: dict[str, Any] = {name: override(unstruct_hook=write_id) for name, _ in _id_fields(kind)}
    return make_dict_unstructure_fn(kind, made, _cattrs_omit_if_default=True, **ids)


def _entity_reader(made: "Converter", kind: Any) -> Callable[[Any, Any], Any]:
    from cattrs.gen import make_dict_structure_fn, override  # noqa: PLC0415

    own: dict[str, Any] = {name: override(struct_hook=read_id) for name, _ in _id_fields(kind)}
    own |= {name: override(struct_hook=_moment) for name in _moments(kind)}
    read = make_dict_structure_fn(kind, made, _cattrs_forbid_extra_keys=True, **own)

    def checked(value: Any, hint: Any) -> Any:
        return read(_kind(dict)(value, dict), hint)

    return checked


def _moment(value: Any, _: Any) -> int:
    ms: int = _kind(int)(value, int)
    if not FIRST_DATE_MS <= ms <= LAST_DATE_MS:
        raise _Refused("must be a time in milliseconds since 1970")
    return ms


def _id_fields(kind: Any) -> Iterator[tuple[str, Any]]:
    for name, hint in get_type_hints(kind).items():
        if (name == "id" or name.endswith("_id")) and _is_number(hint):
            yield name, hint


def _moments(kind: Any) -> Iterator[str]:
    return (name for name, hint in get_type_hints(kind).items() if name.endswith("_ms"))


def _is_number(hint: Any) -> bool:
    return hint is int or (_is_optional(hint) and set(get_args(hint)) == {int, NoneType})


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint)
