"""JSON as it may arrive from anybody: read strictly, refused with a reason (contract 3)."""

import json
import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from msgspec import MsgspecError
from msgspec.json import Decoder

from branch_mock.compact_json import encode
from branch_mock.errors import InvalidBody

MAX_DEPTH = 64
"""Levels of arrays and objects."""


def _refuse_constant(text: str) -> float:
    raise InvalidBody(f"Invalid JSON: {text} is not a JSON number")


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise InvalidBody(f"Invalid JSON: the number {text[:40]} is too large")
    return value


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode
_decode_fast = Decoder().decode
"""Takes nothing that the other refuses, but does not say why."""


def read_json(text: str, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text. Raises InvalidBody saying what is wrong with it.

    Refused besides bad syntax: NaN and Infinity, numbers that no float or int can hold, nesting
    past `max_depth` levels, lone surrogates and NUL characters.
    """
    try:
        value = _decode_fast(text)
    except (MsgspecError, ValueError, RecursionError):
        value = _decode_or_refuse(text, max_depth)
    if _may_be_deep(text, max_depth) and depth(value) > max_depth:
        raise InvalidBody(f"Invalid JSON: nested deeper than {max_depth} levels")
    if "\\" in text and _SUSPECT.search(text):
        _check_characters(value)
    return value


_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""What a NUL or half of a surrogate pair is written as; so are whole pairs."""

_LONG = 4096
"""Characters from which on there are mostly more brackets than levels, so that counting them tells
nothing."""


def _may_be_deep(text: str, max_depth: int) -> bool:
    return len(text) > _LONG or text.count("[") + text.count("{") > max_depth


def _decode_or_refuse(text: str, max_depth: int) -> Any:
    try:
        return _decode(text)
    except InvalidBody:
        raise
    except RecursionError:
        raise InvalidBody(f"Invalid JSON: nested deeper than {max_depth} levels") from None
    except json.JSONDecodeError as error:
        where = f"is no JSON from line {error.lineno} column {error.colno} on"
        raise InvalidBody("Invalid JSON", where) from None
    except ValueError:  # an int of more digits than Python converts
        raise InvalidBody("Invalid JSON: a number has too many digits") from None


def _check_characters(value: object) -> None:
    try:
        written = encode(value)
    except UnicodeEncodeError:
        raise InvalidBody("Invalid JSON: a lone surrogate is no character") from None
    if b"\\u0000" in written.replace(b"\\\\", b""):
        raise InvalidBody("Invalid JSON: NUL characters are not allowed")


def json_of(value: object) -> bytes:
    """A Python value, with mappings and sequences of any kind in it, as the JSON that would be
    sent, which `read_json` may refuse still. Raises InvalidBody."""
    try:
        return _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBody(f"Invalid JSON: {error}") from None


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_plain).encode


def depth(value: object) -> int:
    """How many levels of arrays and objects a value that was read has."""
    levels = 0
    level: list[Any] = [value] if type(value) in _CONTAINERS else []
    while level:
        levels += 1
        inner = [item.values() if type(item) is dict else item for item in level]
        level = [child for items in inner for child in items if type(child) in _CONTAINERS]
    return levels


_CONTAINERS = frozenset({dict, list})
