"""What a valid call says that nobody heeds (contract 3)."""

import json
from typing import Any

import pytest

from branch_mock import BranchMock
from branch_mock.misspelt import _nearest
from tests.client import Client

HINT = "X-Branch-Mock-Hint"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ({"chanel": "a"}, "chanel means nothing here, did you mean channel?"),
        (
            {"campain": "a", "aliass": "b"},
            """campain means nothing here, did you mean campaign? \
aliass means nothing here, did you mean alias?""",
        ),
        (
            {"data": {"$dekstop_url": "https://example.com"}},
            "data.$dekstop_url means nothing here, did you mean data.$desktop_url?",
        ),
        (
            {"data": json.dumps({"~chanel": "a", "chanel": "a"})},
            "data.~chanel means nothing here, did you mean data.~channel?",
        ),
    ],
)
def test_a_name_that_is_much_like_a_field_is_told(
    mock: BranchMock, client: Client, body: dict[str, Any], hint: str
) -> None:
    answer = client.post("/v1/url", body)
    assert answer.status_code == 200
    assert answer.headers[HINT] == hint
    (entry,) = mock.requests.all()
    assert (entry.status, entry.hint) == (200, hint)
    (line,) = mock.timeline()
    assert line.endswith(f"[hint: {hint}]")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"sdk": "web2.59.0", "hardware_id": "x", "colour": "red"},
        {"channel": "a", "chanel": "b"},  # both, so it is no slip
        {"data": {"chanel": "my own", "$my_own": 1, "channel": "x"}},
        {"x" * 100: 1, "": 2, "é" * 7: 3},
    ],
)
def test_all_else_is_ones_own(client: Client, body: dict[str, Any]) -> None:
    answer = client.post("/v1/url", body)
    assert answer.status_code == 200
    assert HINT not in answer.headers


def test_a_query_is_looked_at_too(client: Client) -> None:
    client.post("/v1/credits", {"identity": "zoe", "amount": 1})
    path = f"/v1/credits?branch_key={client.key}&identity=zoe&identiti_id=1"
    answer = client.get(path)
    assert answer.json() == {"default": 1}
    assert answer.headers[HINT] == "identiti_id means nothing here, did you mean identity_id?"


def test_a_refusal_says_first_what_is_refused(client: Client) -> None:
    answer = client.post("/v1/url", {"chanel": "a", "type": 9})
    assert answer.status_code == 400
    assert answer.headers[HINT].startswith("type ")
    assert answer.headers[HINT].endswith(" chanel means nothing here, did you mean channel?")
    answer = client.call("POST", "/v1/url", json={"branch_kye": client.key})
    assert answer.status_code == 400
    assert answer.headers[HINT].endswith("did you mean branch_key?")


def test_what_goes_on_after_a_known_name_is_no_slip(client: Client) -> None:
    own = {"data": {"$ios_url_us": "x", "~campaign_id": "1"}}
    assert HINT not in client.post("/v1/url", own).headers


def test_python_is_told_in_the_timeline(mock: BranchMock) -> None:
    mock.links.create(chanel="a")  # type: ignore[call-arg]
    made, hint = mock.timeline()
    assert hint.endswith("links.create: chanel means nothing here, did you mean channel?")
    assert "mock.links.create(chanel='a') -> " in made


def test_long_names_are_not_kept(client: Client) -> None:
    before = _nearest.cache_info().currsize
    client.post("/v1/url", {"channe" + "l" * 50_000: 1})
    assert _nearest.cache_info().currsize == before


def test_thousands_of_names_are_not_all_looked_at(client: Client) -> None:
    body = {f"campaig{n}": 1 for n in range(2000)}
    answer = client.post("/v1/url", body)
    assert answer.status_code == 200
    assert answer.headers[HINT].count("did you mean") <= 8
