"""Creating and viewing links over HTTP (contract 5)."""

import json
from typing import Any

import pytest

from branch_mock import BranchMock, FrozenClock
from branch_mock.ids import created_ms, id_of
from tests.client import Client, message_of
from tests.links import FULL, create, put, view
from tests.state import unchanged

NOT_FOUND = "The resource you were looking for could not be found."


def test_a_link_without_anything_is_a_link(client: Client, clock: FrozenClock) -> None:
    url = create(client)
    code = url.rpartition("/l/")[2]
    assert created_ms(id_of(code)) == clock.now_ms()
    assert view(client, url) == {
        "data": {
            "$one_time_use": False,
            "~creation_source": 0,
            "~id": str(id_of(code)),
            "url": url,
        },
        "type": 0,
        "alias": None,
    }


def test_keys_come_in_the_order_of_the_service(client: Client) -> None:
    url = create(
        client,
        tags=["t", "u"],
        stage="s",
        feature="f",
        channel="c",
        campaign="k",
        alias="ordered",
        type=1,
        duration=60,
        identity="alex",
        data={"zebra": 1, "+plus": 2, "$og_title": "T", "Alpha": [1, {"b": None}], "_x": True},
    )
    reply = client.get("/v1/url", params={"url": url, "branch_key": client.key})
    found = reply.json()
    assert list(found) == [
        "campaign", "channel", "feature", "stage", "tags", "data", "type", "alias",
    ]  # fmt: skip
    assert list(found["data"]) == [
        "$identity_id", "$match_duration", "$og_title", "$one_time_use", "+plus", "Alpha", "_x",
        "zebra", "~campaign", "~channel", "~creation_source", "~feature", "~id", "~stage", "~tags",
        "url",
    ]  # fmt: skip
    assert found["data"] | {"~id": "", "$identity_id": ""} == {
        "$identity_id": "",
        "$match_duration": 60,
        "$og_title": "T",
        "$one_time_use": True,
        "+plus": 2,
        "Alpha": [1, {"b": None}],
        "_x": True,
        "zebra": 1,
        "~campaign": "k",
        "~channel": "c",
        "~creation_source": 0,
        "~feature": "f",
        "~id": "",
        "~stage": "s",
        "~tags": ["t", "u"],
        "url": url,
    }
    assert found["data"]["$identity_id"] == "55705482546906094"
    assert reply.text == json.dumps(found, separators=(",", ":"))


def test_a_marketing_link_says_so(client: Client) -> None:
    url = create(client, type=2)
    assert "/m/" in url
    assert view(client, url)["data"]["~marketing"] is True


@pytest.mark.parametrize("name", ["campaign", "channel", "feature", "stage"])
@pytest.mark.parametrize("character", ["x", "é", "\U0001f600"])
def test_labels_have_128_characters(client: Client, name: str, character: str) -> None:
    assert view(client, create(client, **{name: character * 128}))[name] == character * 128
    reply = client.post("/v1/url", {name: character * 129})
    assert reply.status_code == 400
    shown = character * 40
    assert (
        message_of(reply)
        == f"{name} must be at most 128 characters, got {shown!r}… (129 characters)"
    )


def test_tags_have_64_characters_each(client: Client) -> None:
    tags = ["t" * 64, "é" * 64, "", *map(str, range(100))]
    assert view(client, create(client, tags=tags))["tags"] == tags
    reply = client.post("/v1/url", {"tags": ["ok", "t" * 65, "t" * 66]})
    assert message_of(reply).startswith("tags[1] must be at most 64 characters, got ")
    assert "; tags[2] must be at most 64 characters, got " in message_of(reply)


def test_a_bare_text_is_one_tag(client: Client) -> None:
    assert view(client, create(client, tags="one"))["tags"] == ["one"]
    reply = client.post("/v1/url", {"tags": "t" * 65})
    assert message_of(reply).startswith("tags[0] must be at most 64 characters")


@pytest.mark.parametrize("tags", [5, {"a": 1}, [5], [None], [["x"]], True])
def test_tags_are_texts(client: Client, tags: object) -> None:
    reply = client.post("/v1/url", {"tags": tags})
    assert reply.status_code == 400
    assert message_of(reply).startswith("tags")


def test_an_alias_has_128_characters(client: Client) -> None:
    assert create(client, alias="a" * 128).endswith("/" + "a" * 128)
    reply = client.post("/v1/url", {"alias": "a" * 129})
    assert message_of(reply).startswith("alias must be at most 128 characters, got ")


def test_an_identity_has_127_characters(client: Client, mock: BranchMock) -> None:
    create(client, identity="i" * 127)
    assert mock.branch.identities.find(mock.app, "i" * 127) is not None
    reply = client.post("/v1/url", {"identity": "i" * 128})
    assert message_of(reply).startswith("identity must be at most 127 characters, got ")


@pytest.mark.parametrize("type_", [0, 1, 2])
def test_there_are_three_types(client: Client, type_: int) -> None:
    found = view(client, create(client, type=type_))
    assert found["type"] == type_
    assert found["data"]["$one_time_use"] is (type_ == 1)


@pytest.mark.parametrize("type_", [-1, 3, "3"])
def test_there_is_no_other_type(client: Client, type_: object) -> None:
    reply = client.post("/v1/url", {"type": type_})
    assert message_of(reply) == f"type must be one of 0, 1, 2, got {int(str(type_))}"


def test_a_duration_is_seconds_above_zero(client: Client) -> None:
    assert view(client, create(client, duration=1))["data"]["$match_duration"] == 1
    for bad, message in (
        (0, "must be at least 1, got 0"),
        (-1, "must be at least 1, got -1"),
        (1.5, "must be a whole number, got 1.5"),
    ):
        reply = client.post("/v1/url", {"duration": bad})
        assert message_of(reply) == f"duration {message}"


def test_a_duration_is_7200_unless_given(client: Client, mock: BranchMock) -> None:
    assert mock.links.get(create(client)).match_duration == 7200
    assert mock.links.get(create(client, duration=60)).match_duration == 60
    assert mock.links.get(create(client, data={"$match_duration": 5})).match_duration == 5
    both = create(client, duration=60, data={"$match_duration": 5})
    assert mock.links.get(both).match_duration == 60


@pytest.mark.parametrize(
    "alias",
    ["a", "a.b", "A-Z_0.9", "b/b/c", "test.link/x", "_mocks", "mock/_mock", "v1", "v4/x", "aa/b",
     "...", ".hidden", "branch-export/x", "0"],
)  # fmt: skip
def test_an_alias_is_the_path_of_the_link(client: Client, alias: str) -> None:
    url = create(client, alias=alias)
    assert url == f"{client.url}/{alias}"
    assert view(client, url)["alias"] == alias
    assert client.get(f"/{alias}", host="bnc.lt").status_code == 307


@pytest.mark.parametrize(
    "alias",
    ["a b", "é", "a?b", "a#b", "a%20b", "a:b", "https://bnc.lt/x", "/a", "a/", "a//b", "..", ".",
     "a/../b", "a/./b", "a\n", "a\\b", "a+b", "a&b", "~a", "$a", "a,b",
     *(f"{name}/x" for name in ("a", "c", "d", "l", "m", "i", "e", "v1", "v2", "v3", "_mock",
                                "branch-exports")),
     "_mock"],
)  # fmt: skip
def test_other_aliases_are_refused(client: Client, mock: BranchMock, alias: str) -> None:
    with unchanged(mock.branch):
        reply = client.post("/v1/url", {"alias": alias})
    assert reply.status_code == 400
    assert message_of(reply) == (
        "alias must be letters, digits, _ - and . in segments parted by single slashes,"
        f" not under a reserved path, got {alias!r}"
    )


@pytest.mark.parametrize("alias", ["bnc.lt/x", "BNC.lt/x", "bnc0.app.link/x", "any.app.link/y/z"])
def test_an_alias_may_not_begin_with_a_link_domain(
    client: Client, mock: BranchMock, alias: str
) -> None:
    with unchanged(mock.branch):
        reply = client.post("/v1/url", {"alias": alias})
    assert message_of(reply) == f"alias must not begin with a link domain, got {alias!r}"


OTHER: dict[str, Any] = {
    "campaign": "k2",
    "channel": "c2",
    "feature": "f2",
    "stage": "s2",
    "tags": ["u", "t"],
    "type": 0,
    "duration": 61,
    "identity": "maria",
    "data": {"a": True, "b": {"c": [True, None]}},
}


def test_the_same_alias_and_parameters_are_the_same_link(client: Client, mock: BranchMock) -> None:
    url = create(client, **FULL)
    with unchanged(mock.branch):
        assert create(client, **FULL) == url
        assert create(client, **dict(reversed(FULL.items())), sdk="ignored", feature_=None) == url
        assert create(client, **FULL | {"data": json.dumps(FULL["data"])}) == url
        assert create(client, **FULL | {"type": "1", "duration": "60"}) == url


@pytest.mark.parametrize("updated", [False, True])
@pytest.mark.parametrize("name", sorted(OTHER))
@pytest.mark.parametrize("how", ["other", "absent"])
def test_the_same_alias_and_another_parameter_is_a_conflict(
    client: Client, mock: BranchMock, name: str, how: str, *, updated: bool
) -> None:
    url = create(client, **FULL)
    if updated:
        put(client, url, channel="changed", data={"a": 2})
    fields = {**FULL, name: OTHER[name] if how == "other" else None}
    with unchanged(mock.branch):
        reply = client.post("/v1/url", fields)
        assert reply.status_code == 409
        assert message_of(reply) == "Link alias conflict: bnc.lt/same"
        assert create(client, **FULL) == url


def test_parameters_that_say_the_default_are_the_same(client: Client, mock: BranchMock) -> None:
    url = create(client, alias="plain")
    with unchanged(mock.branch):
        assert create(client, alias="plain", type=0, duration=7200, data={}, channel="") == url


def test_what_an_update_made_of_a_link_is_not_what_it_was_made_with(client: Client) -> None:
    url = create(client, alias="moved", channel="before")
    put(client, url, channel="after")
    assert client.post("/v1/url", {"alias": "moved", "channel": "after"}).status_code == 409
    assert create(client, alias="moved", channel="before") == url


def test_an_alias_is_unique_across_the_apps_of_a_domain(client: Client, mock: BranchMock) -> None:
    create(client, alias="mine")
    other = mock.branch.apps.all()[1]
    reply = client.call("POST", "/v1/url", json={"branch_key": other.key, "alias": "mine"})
    assert reply.status_code == 409
    assert message_of(reply) == "Link alias conflict: bnc.lt/mine"


def test_apps_with_own_domains_may_have_the_same_alias(client: Client, mock: BranchMock) -> None:
    create(client, alias="mine")
    tenant = mock.branch.apps.mint()
    reply = client.call("POST", "/v1/url", json={"branch_key": tenant.key, "alias": "mine"})
    assert reply.json()["url"] == f"{client.url}/{tenant.short_url_domain}/mine"


def test_equal_links_without_alias_are_two(client: Client) -> None:
    assert create(client, channel="x") != create(client, channel="x")


@pytest.mark.parametrize("name", ["campaign", "channel", "feature", "stage", "tags"])
def test_a_label_in_data_sets_it_unless_sent_outside(client: Client, name: str) -> None:
    inner = ["in"] if name == "tags" else "in"
    outer = ["out"] if name == "tags" else "out"
    found = view(client, create(client, data={"~" + name: inner, "a": 1}))
    assert found[name] == found["data"]["~" + name] == inner
    found = view(client, create(client, data={"~" + name: inner}, **{name: outer}))
    assert found[name] == found["data"]["~" + name] == outer
    assert view(client, create(client, data={"~" + name: inner}, **{name: ""}))[name] == inner


def test_labels_in_data_have_the_same_limits(client: Client) -> None:
    data = {"~channel": "x" * 129, "~tags": ["t" * 65], "$match_duration": 0}
    reply = client.post("/v1/url", {"data": data})
    assert reply.status_code == 400
    for part in ("data.~channel must be at most 128", "data.~tags[0] must be", "data.$match_dur"):
        assert part in message_of(reply)


def test_computed_keys_in_data_are_passed_over(client: Client) -> None:
    given = {
        "~id": "1",
        "~creation_source": 9,
        "$one_time_use": True,
        "url": "x",
        "$identity_id": 1,
    }
    url = create(client, data={**given, "~custom": 1, "kept": 1})
    data = view(client, url)["data"]
    assert data["url"] == url
    assert data["~creation_source"] == 0
    assert data["$one_time_use"] is False
    assert data["kept"] == 1
    assert "~custom" not in data
    assert "$identity_id" not in data


def test_a_bulk_call_answers_in_order(client: Client) -> None:
    items = [
        {"alias": "b1", "channel": "x"},
        {"type": 9},
        "text",
        {"alias": "b1", "channel": "y"},
        {"alias": "test-link"},
        {"alias": "b1", "channel": "x"},
        None,
        {"alias": "b2", "data": '{"a":1}', "branch_key": "ignored"},
        [],
    ]
    reply = client.post(f"/v1/url/bulk/{client.key}", items)
    assert reply.status_code == 200
    assert reply.json() == [
        {"url": f"{client.url}/b1"},
        {"error": "type must be one of 0, 1, 2, got 9"},
        {"error": "The body must be a JSON object, got a text"},
        {"error": "Link alias conflict: bnc.lt/b1"},
        {"error": "Link alias conflict: bnc.lt/test-link"},
        {"url": f"{client.url}/b1"},
        {"error": "The body must be a JSON object, got null"},
        {"url": f"{client.url}/b2"},
        {"error": "The body must be a JSON object, got array"},
    ]
    assert view(client, f"{client.url}/b1")["channel"] == "x"
    assert view(client, f"{client.url}/b2")["data"]["a"] == 1


def test_a_bulk_call_of_bad_items_changes_nothing(client: Client, mock: BranchMock) -> None:
    with unchanged(mock.branch):
        reply = client.post(f"/v1/url/bulk/{client.key}", [{"type": 9}, {"alias": "test-link"}])
        empty = client.post(f"/v1/url/bulk/{client.key}", [])
    assert reply.status_code == 200
    assert all("error" in result for result in reply.json())
    assert (empty.status_code, empty.json()) == (200, [])


def test_what_python_code_passes_in_stays_its_own(mock: BranchMock) -> None:
    data: dict[str, Any] = {"~channel": "", "a": {"b": [1]}}
    url = mock.links.create(data=data)
    assert data == {"~channel": "", "a": {"b": [1]}}
    data["a"]["b"].append(2)
    assert mock.links.get(url).data == {"a": {"b": [1]}}
    mock.links.update(url, {"data": data})
    data["a"]["b"].append(3)
    assert mock.links.get(url).data == {"a": {"b": [1, 2]}}


def test_many_links_in_one_call_are_all_made(client: Client) -> None:
    reply = client.post(f"/v1/url/bulk/{client.key}", [{"channel": "x"}] * 1000)
    assert len({result["url"] for result in reply.json()}) == 1000
