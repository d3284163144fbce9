"""What direct operations are given, read as the body of a request is (contract 3)."""

from typing import Any

from branch_mock.api.bodies import read_body
from branch_mock.api.call import JSON_TYPE, MAX_BODY
from branch_mock.errors import BodyTooLarge
from branch_mock.strict_json import MAX_DEPTH, json_of


def as_sent(value: object, limit: int = MAX_BODY, max_depth: int = MAX_DEPTH) -> Any:
    """`value` as it would arrive over HTTP: a copy, of JSON values only.

    `limit` is in bytes of compact JSON. Raises BodyTooLarge and InvalidBody, as a request would be
    answered.
    """
    raw = json_of(value)
    if len(raw) > limit:
        raise BodyTooLarge(limit)
    return read_body(raw, JSON_TYPE, max_depth)
