"""Seed data for a running server (contract 12)."""

from typing import Any

import pytest

from branch_mock import BranchMock, InvalidRequest
from tests.client import Client, message_of

KEY = "key_live_seedseedseedseedseedseedseedseed"
SEED: dict[str, Any] = {
    "apps": [{"branch_key": KEY, "links": [{"alias": "one"}], "users": [{"identity": "ann"}]}]
}


def seed(client: Client, data: object, **query: str) -> Any:
    return client.call("POST", "/_mock/seed", json=data, params=query)


def test_a_seed_is_added_to_what_there_is_and_undone_by_a_reset(
    client: Client, mock: BranchMock
) -> None:
    mock.links.create(alias="mine")
    before = len(mock.branch.links.all())
    reply = seed(client, SEED)
    assert reply.json() == {"apps": 4, "links": before + 1}
    assert mock.apps.get(KEY).key == KEY
    assert mock.links.get("bnc.lt/mine").alias == "mine"
    mock.reset()
    assert KEY not in [app.key for app in mock.apps.all()]


def test_a_seed_that_is_kept_survives_a_reset(client: Client, mock: BranchMock) -> None:
    assert seed(client, SEED, keep="true").status_code == 200
    mock.links.create(alias="later", app=mock.apps.get(KEY))
    mock.reset()
    assert [link.alias for link in mock.links.all(app=mock.apps.get(KEY))] == ["one"]
    mock.reset(branch_key=KEY)
    assert [link.alias for link in mock.links.all(app=mock.apps.get(KEY))] == ["one"]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"apps": [{"links": [{"alias": 5}]}]}, "apps[0].links[0].alias"),
        ({"appz": []}, "appz"),
        ({"apps": [SEED["apps"][0], {"branch_key": KEY, "label": "zzzz"}]}, "apps[1].label"),
        ({"apps": [{"links": [{"alias": "a"}, {"alias": "a", "type": 1}]}]}, "apps[0].links[1]"),
    ],
)
def test_a_bad_seed_is_refused_whole(
    client: Client, mock: BranchMock, data: Any, place: str
) -> None:
    before = mock.branch.save()
    reply = seed(client, data)
    assert reply.status_code == 400
    assert message_of(reply).startswith(place)
    assert mock.branch.save() == before


def test_the_handle_seeds_alike(mock: BranchMock) -> None:
    mock.seed(SEED, keep=True)
    mock.reset()
    assert mock.apps.get(KEY).key == KEY
    with pytest.raises(InvalidRequest, match=r"apps\[0\]\.colour"):
        mock.seed({"apps": [{"colour": "red"}]})
