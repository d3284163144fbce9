"""JSON as it may arrive from anybody: read strictly, refused with a reason (contract 3)."""

import json
from collections.abc import Iterable
from math import isfinite
from typing import Any

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


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def read_json(text: str, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON text. Raises InvalidBody saying what is wrong with it.

    Refused besides bad syntax: NaN and Infinity, numbers that no float or int can hold, nesting
    past `max_depth` levels, lone surrogates and NUL characters.
    """
    try:
        value = _decode(text)
    except InvalidBody:
        raise
    except RecursionError:
        raise InvalidBody(f"Invalid JSON: nested deeper than {max_depth} levels") from None
    except json.JSONDecodeError:
        raise InvalidBody("Invalid JSON") from None
    except ValueError:  # an int of more digits than Python converts
        raise InvalidBody("Invalid JSON: a number has too many digits") from None
    if text.count("[") + text.count("{") > max_depth and depth(value) > max_depth:
        raise InvalidBody(f"Invalid JSON: nested deeper than {max_depth} levels")
    if "\\u" in text:
        _check_text(json.dumps(value, ensure_ascii=False))
    return value


def _decode(text: str) -> Any:
    try:
        value, end = _decoder.raw_decode(text)
    except json.JSONDecodeError:
        end = -1
    return value if end == len(text) else _decoder.decode(text)  # which allows space around it


def _check_text(text: str) -> None:
    """`text` is JSON made by us, so a NUL in it is written as an escape."""
    if "\\u0000" in text.replace("\\\\", ""):
        raise InvalidBody("Invalid JSON: NUL characters are not allowed")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidBody("Invalid JSON: a lone surrogate is no character") from None


def depth(value: object) -> int:
    """How many levels of arrays and objects a value that was read has."""
    levels, level = 0, [value] if type(value) in _CONTAINERS else []
    while level:
        levels += 1
        level = [child for item in level for child in _children(item) if type(child) in _CONTAINERS]
    return levels


def _children(container: Any) -> Iterable[object]:
    found: Iterable[object] = container.values() if type(container) is dict else container
    return found


_CONTAINERS = frozenset({dict, list})
