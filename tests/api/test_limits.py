"""Every limit that `fixtures/parity.json` writes down, tried at it and past it (contract 3)."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.reference import parity
from tests.calls import changed
from tests.client import Client
from tests.state import unchanged

LIMITED = [
    pytest.param(row["endpoint"], row["field"], row["limit"], id=row["id"])
    for row in parity.written()
    if "field" in row and row.get("limit", {}).keys() - {"required"}
]
REQUIRED = [
    pytest.param(row["endpoint"], row["field"], id=row["id"])
    for row in parity.written()
    if row.get("limit", {}).get("required") and not row["field"].startswith("path.")
]
STATE = ("is no user of this app", "must not take the balance past")
"""What a field of the right form may be refused with."""


def taken(reply: requests.Response) -> bool:
    """Whether a call was refused for nothing that its fields say."""
    return reply.status_code in {200, 307, 402, 404} or any(said in reply.text for said in STATE)


def characters(name: str) -> str:
    """Of one, two and four bytes, where they fit: lengths are counted in characters."""
    return "x" if name in {"alias", "url"} else "x\u00e9\U0001f600"


def at(name: str, limit: dict[str, Any]) -> Iterator[object]:
    """Values that a limit just lets pass."""
    if "maxLength" in limit:
        yield from (character * limit["maxLength"] for character in characters(name))
    yield from (limit[end] for end in ("minimum", "maximum") if end in limit)
    yield from limit.get("enum", ())


def past(name: str, limit: dict[str, Any]) -> Iterator[tuple[object, str]]:
    """Values that it does not, and what is said of them."""
    if "maxLength" in limit:
        longest = limit["maxLength"]
        told = f"must be at most {longest} characters, got "
        yield from ((character * (longest + 1), told) for character in characters(name))
    if "minimum" in limit:
        below = limit["minimum"] - 1
        told = f"must be at least {limit['minimum']}, got " if below >= 0 else "must be "
        yield below, told  # a sign makes a text no number
    if "maximum" in limit:
        yield limit["maximum"] + 1, f"must be at most {limit['maximum']}, got "
    if "enum" in limit:
        told = f"must be one of {', '.join(dict.fromkeys(map(str, limit['enum'])))}, got "
        kind = type(limit["enum"][0])
        others = (kind(other) for other in (2, 3, 5, 10))
        yield from ((other, told) for other in others if other not in limit["enum"])


@pytest.mark.parametrize(("endpoint", "field", "limit"), LIMITED)
def test_what_a_limit_allows_is_taken_and_what_is_past_it_refused(
    client: Client, mock: BranchMock, endpoint: str, field: str, limit: dict[str, Any]
) -> None:
    name = field.partition(".")[2]
    for value in at(name, limit):
        reply = changed(client, endpoint, field, value)
        assert taken(reply), f"{value!r}: {reply.text}"
    with unchanged(mock.branch):
        for value, told in past(name, limit):
            reply = changed(client, endpoint, field, value)
            assert reply.status_code == 400, f"{value!r}: {reply.text}"
            assert f"{name} {told}" in reply.text


@pytest.mark.parametrize(("endpoint", "field"), REQUIRED)
def test_what_is_required_is_missed(
    client: Client, mock: BranchMock, endpoint: str, field: str
) -> None:
    with unchanged(mock.branch):
        reply = changed(client, endpoint, field, None)
    assert reply.status_code == 400, reply.text
    assert f"{field.partition('.')[2]} is required" in reply.text
