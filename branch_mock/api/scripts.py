"""Calls that script elements make, where a browser allows no other (JSONP, contract 11)."""

import re
from typing import Any

from branch_mock.api.bodies import read_base64_json
from branch_mock.compact_json import encode_text
from branch_mock.errors import InvalidRequest


def read_callback(query: dict[str, Any]) -> str | None:
    """Take the name of a script's function out of a query. Raises InvalidRequest for anything
    that is more than a name, lest a reply says what its caller made up."""
    callback = query.pop("callback", None)
    if callback is not None and not (
        isinstance(callback, str)
        and len(callback) <= MAX_FUNCTION
        and re.fullmatch(FUNCTION, callback)
    ):
        raise InvalidRequest.of("callback", "must be the name of a function")
    return callback


FUNCTION = r"[A-Za-z_$][A-Za-z0-9_$]*(\.[A-Za-z_$][A-Za-z0-9_$]*)*"
"""What names of functions are like, parts of objects too."""

MAX_FUNCTION = 128
SCRIPT_BODIES = frozenset({"data", "post_data"})
"""Query parameters that carry the body of a call made by a script element, as base64 of JSON."""


def script_body(query: dict[str, Any]) -> dict[str, Any]:
    """Take the body of a script's call out of its query. Raises InvalidRequest."""
    found = [query.pop(name) for name in sorted(SCRIPT_BODIES) if name in query]
    return read_base64_json(found[0])


def script_value(value: object) -> str:
    """`value` as JavaScript, such that no text in it can end the script or begin markup."""
    text = encode_text(value)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
