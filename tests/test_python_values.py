"""What Python code gives, of whatever kind, is plain JSON from then on (contract 3)."""

import math
from collections import UserDict
from dataclasses import replace
from typing import Any

import pytest

from branch_mock import DESKTOP, BranchMock, SeedError

CREDENTIALS = {"branch_key": "key_live_" + "a" * 32, "branch_secret": "secret_live_" + "b" * 32}


class Text(str):
    """A text of a library's own kind."""

    __slots__ = ()


def seed(data: Any) -> dict[str, Any]:
    return {"apps": [{**CREDENTIALS, "links": [{"alias": "one", "data": data}]}]}


def test_a_text_of_a_kind_of_its_own_goes_out_as_any_other(mock: BranchMock) -> None:
    mock.rules.create(
        event="click",
        type="web_hook",
        calculation_type=0,
        location=0,
        metadata={"web_hook_url": mock.webhooks.inbox_url("hooks")},
    )
    odd = replace(DESKTOP, user_agent=Text(DESKTOP.user_agent), ip=Text(DESKTOP.ip))
    mock.simulate.click(mock.links.create(), odd)
    assert [delivery.status for delivery in mock.webhooks.wait(1, 5)] == [200]
    mock.put_state(mock.state())


def test_a_seed_is_read_as_if_it_were_a_file() -> None:
    sent = seed(UserDict({"pair": (1, 2), None: 1, True: 2, 3: Text("three")}))
    with BranchMock(seeds=[sent]) as mock:
        (link,) = mock.links.all()
        assert link.data == {"pair": [1, 2], "null": 1, "true": 2, "3": "three"}
        assert type(link.data["3"]) is str


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"a": math.nan}, "seed: Invalid JSON: NaN is not a JSON number"),
        ({"a": {"b"}}, "seed: Invalid JSON: set is no JSON value"),
        ({"a": "\0"}, "seed: Invalid JSON: NUL characters are not allowed"),
    ],
)
def test_a_seed_that_is_no_json_is_refused(data: Any, reason: str) -> None:
    with pytest.raises(SeedError) as refused:
        BranchMock(seeds=[seed(data)])
    assert str(refused.value) == reason
