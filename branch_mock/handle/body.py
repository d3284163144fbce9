"""What direct operations are given, read as the body of a request is (contract 3)."""

from collections.abc import Mapping, Sequence
from json import JSONEncoder
from typing import Any

from branch_mock.api.bodies import read_body
from branch_mock.api.call import JSON_TYPE, MAX_BODY
from branch_mock.errors import BodyTooLarge, InvalidBody
from branch_mock.strict_json import MAX_DEPTH


def as_sent(value: object, limit: int = MAX_BODY, max_depth: int = MAX_DEPTH) -> Any:
    """`value` as it would arrive over HTTP: a copy, of JSON values only.

    `limit` is in bytes of compact JSON. Raises BodyTooLarge and InvalidBody, as a request would be
    answered.
    """
    try:
        raw = _encode(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidBody(f"Invalid JSON: {error}") from None
    if len(raw) > limit:
        raise BodyTooLarge(limit)
    return read_body(raw, JSON_TYPE, max_depth)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


_encode = JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_plain).encode
