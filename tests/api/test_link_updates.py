"""Updating links over HTTP (contract 5)."""

from typing import Any

import pytest

from branch_mock import BranchMock
from tests.client import Client, message_of
from tests.links import FULL, create, put, refused, view
from tests.state import unchanged

NOT_FOUND = "The resource you were looking for could not be found."


def test_an_update_sets_labels_and_merges_data(client: Client) -> None:
    url = create(client, channel="c", feature="f", tags=["t"], data={"a": 1, "b": {"c": 1}})
    found = put(client, url, channel="c2", data={"b": {"d": 2}, "e": None})
    assert found["channel"] == found["data"]["~channel"] == "c2"
    assert found["feature"] == "f"
    assert found["tags"] == ["t"]
    assert {key: found["data"][key] for key in "abe"} == {"a": 1, "b": {"d": 2}, "e": None}


def test_labels_inside_data_are_none(client: Client) -> None:
    url = create(client, channel="c", tags=["t"])
    found = put(client, url, data={"channel": "inside", "~channel": "inside", "tags": ["inside"]})
    assert (found["channel"], found["tags"]) == ("c", ["t"])
    assert (found["data"]["~channel"], found["data"]["~tags"]) == ("c", ["t"])
    assert (found["data"]["channel"], found["data"]["tags"]) == ("inside", ["inside"])


@pytest.mark.parametrize("blank", ["", None])
def test_blank_labels_stay_as_they_are(client: Client, blank: object) -> None:
    url = create(client, channel="c", tags=["t"], data={"a": 1})
    found = put(client, url, channel=blank, tags=blank, alias=blank, identity=blank, feature="f")
    assert (found["channel"], found["tags"], found["feature"]) == ("c", ["t"], "f")


def test_an_update_may_say_data_as_text_and_set_the_duration(client: Client) -> None:
    url = create(client, data={"a": 1})
    assert put(client, url, data='{"b": 2}')["data"]["b"] == 2
    assert put(client, url, duration=60)["data"]["$match_duration"] == 60
    found = put(client, url, data={"$match_duration": 70})
    assert found["data"]["$match_duration"] == 70
    assert found["data"]["a"] == 1


def test_an_update_has_the_limits_of_creation(client: Client, mock: BranchMock) -> None:
    url = create(client)
    with unchanged(mock.branch):
        message = refused(client, url, channel="x" * 129, tags=["t" * 65], duration=0, data=5)
    for name in ("channel", "tags[0]", "duration", "data"):
        assert f"{name} must be" in message
    assert put(client, url, channel="x" * 128, tags=["t" * 64], duration=1)["channel"] == "x" * 128


@pytest.mark.parametrize("fields", [{}, FULL, {"alias": "only"}, {"type": 2, "channel": "c"}])
def test_the_answer_of_get_sent_back_changes_nothing(
    client: Client, mock: BranchMock, fields: dict[str, Any]
) -> None:
    url = create(client, **fields)
    before = view(client, url)
    with unchanged(mock.branch):
        assert put(client, url, **before) == before


FIXED = {
    "alias": ("fixed", "other"),
    "identity": ("alex", "maria"),
    "type": (1, 0),
    "identity_id": ("55705482546906094", "1"),
    "app_id": ("55696551485375420", "1"),
    "domain": ("bnc.lt", "x.app.link"),
    "state": (1, 2),
    "creation_source": (0, 1),
    "app_short_identifier": ("bnc0", "bnc1"),
}


@pytest.mark.parametrize("name", FIXED)
def test_fixed_fields_are_tolerated_when_equal(client: Client, mock: BranchMock, name: str) -> None:
    own, other = FIXED[name]
    url = create(client, alias="fixed", identity="alex", type=1)
    put(client, url, **{name: own}, channel="c")
    if isinstance(own, int):
        put(client, url, **{name: str(own)})
    with unchanged(mock.branch):
        message = refused(client, url, **{name: other}, channel="d")
    assert message == f"{name} cannot be changed from {as_shown(own, name)!r}, got {other!r}"


def as_shown(own: object, name: str) -> object:
    """A fixed value as the link has it."""
    return int(str(own)) if name.endswith("_id") else own


def test_all_fixed_fields_are_named_at_once(client: Client) -> None:
    message = refused(client, create(client), alias="x", identity="y", type=2)
    assert message == (
        "alias cannot be changed from None, got 'x'; "
        "identity cannot be changed from None, got 'y'; "
        "type cannot be changed from 0, got 2"
    )


@pytest.mark.parametrize("path", ["c/125AdD-F", "d/4manXlk0AJ"])
def test_click_and_quick_links_are_not_updateable(
    client: Client, mock: BranchMock, path: str
) -> None:
    view(client, f"https://bnc.lt/{path}")
    with unchanged(mock.branch):
        message = refused(client, f"https://bnc.lt/{path}", channel="x")
    assert message == f"url is not updateable: /{path}"


@pytest.mark.parametrize("url", ["https://bnc.lt/nothing", "https://bnc.lt/m/7IhbRIjjmp", "x"])
def test_links_of_others_and_of_nobody_are_not_found(
    client: Client, mock: BranchMock, url: str
) -> None:
    with unchanged(mock.branch):
        got = client.get("/v1/url", params={"url": url, "branch_key": client.key})
        updated = client.put("/v1/url", {"channel": "x"}, params={"url": url})
    for reply in (got, updated):
        assert reply.status_code == 404
        assert message_of(reply) == NOT_FOUND
