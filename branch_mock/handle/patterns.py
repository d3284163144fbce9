"""Which requests a caller means, for faults and the journal (contract 12)."""

import re
from collections.abc import Mapping
from typing import Any, TypedDict

from branch_mock.errors import InvalidRequest
from branch_mock.handle.body import as_sent
from branch_mock.matching import Pattern
from branch_mock.secrets import mask
from branch_mock.validation import schema_of

_ENDPOINT = re.compile(r"([A-Za-z]{1,16})|(?:([A-Za-z]{1,16})\s+)?([/*]\S*)")
_SHOWN = 80


class PatternFields(TypedDict, total=False):
    """What a request must be like, besides its method and path; see `Pattern`."""

    method: str
    path: str
    branch_key: str
    headers: Mapping[str, str]
    query: Mapping[str, Any]
    json: Any


def pattern_of(endpoint: str | None, fields: Mapping[str, Any]) -> Pattern:
    """The pattern of `"POST /v1/url"`, `"POST"` or `"/v1/*"` and further fields.

    Raises InvalidRequest for an endpoint of another form, and as POST /_mock/requests/find does.
    """
    sent = as_sent({**endpoint_parts(endpoint), **fields})
    return Pattern(**schema_of("control/requests_find.json").check_body(sent))


def endpoint_parts(endpoint: str | None) -> dict[str, str]:
    """Method and path of `"POST /v1/url"`, `"POST"` or `"/v1/*"`. Raises InvalidRequest."""
    if endpoint is None:
        return {}
    found = _ENDPOINT.fullmatch(endpoint.strip())
    if found is None:
        rule = "must be a method, a path or both, such as 'POST /v1/url'"
        raise InvalidRequest.of("endpoint", f"{rule}, got {endpoint[:_SHOWN]!r}")
    alone, method, path = found.groups()
    parts = {"method": alone or method, "path": path}
    return {name: value for name, value in parts.items() if value is not None}


def named(endpoint: str | None, pattern: Pattern) -> str:
    """A pattern in the words of its caller, for messages."""
    place = " ".join(filter(None, (pattern.method, pattern.path))) or "any request"
    said = {"branch_key": pattern.branch_key, "headers": pattern.headers, "query": pattern.query}
    said["json"] = pattern.json
    rest = [f"{name}={mask(value)!r}" for name, value in said.items() if value not in (None, {})]
    return f"{endpoint or place} with {', '.join(rest)}" if rest else endpoint or place
