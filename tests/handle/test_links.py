"""Direct operations on links (contract 5): the same errors and limits as over HTTP."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from branch_mock import (
    IPHONE,
    AliasConflict,
    ApiError,
    BodyTooLarge,
    BranchMock,
    BranchMockError,
    InvalidBody,
    InvalidRequest,
    LinkNotFound,
    RemoteMock,
)
from tests.client import Client, message_of


def both(mock: BranchMock, client: Client, fields: dict[str, Any]) -> tuple[ApiError, Any]:
    """What a refused creation raises directly, and what HTTP answers to the same."""
    before = mock.links.all()
    with pytest.raises(ApiError) as caught:
        mock.links.create(**fields)
    assert mock.links.all() == before
    return caught.value, client.post("/v1/url", fields)


REFUSED: tuple[tuple[dict[str, Any], type[ApiError]], ...] = (
    ({"alias": "a" * 129}, InvalidRequest),
    ({"alias": "v1/x"}, InvalidRequest),
    ({"alias": "test-link"}, AliasConflict),
    ({"type": 3}, InvalidRequest),
    ({"type": True}, InvalidRequest),
    ({"duration": 0}, InvalidRequest),
    ({"channel": "c" * 129}, InvalidRequest),
    ({"feature": 1, "stage": [], "campaign": {}}, InvalidRequest),
    ({"tags": ["t" * 65]}, InvalidRequest),
    ({"identity": "i" * 128}, InvalidRequest),
    ({"data": "text"}, InvalidRequest),
    ({"data": {"nul": "\0"}}, InvalidBody),
)


@pytest.mark.parametrize(("fields", "kind"), REFUSED)
def test_create_refuses_what_http_refuses_with_the_same_message(
    mock: BranchMock, client: Client, fields: dict[str, Any], kind: type[ApiError]
) -> None:
    error, response = both(mock, client, fields)
    assert type(error) is kind
    assert response.status_code == error.status
    assert message_of(response) == error.message


AT_THE_LIMIT: tuple[dict[str, Any], ...] = (
    {"alias": "a" * 128},
    {"channel": "é" * 128},
    {"tags": ["t" * 64]},
    {"tags": "one"},
    {"identity": "i" * 127},
    {"type": "2", "duration": "1"},
    {"alias": "", "channel": None},
    {"data": '{"text": "of JSON"}'},
    {"unknown": 1, "app_id": "1"},
)


@pytest.mark.parametrize("fields", AT_THE_LIMIT)
def test_create_takes_what_http_takes(
    mock: BranchMock, client: Client, fields: dict[str, Any]
) -> None:
    direct = mock.links.create(**fields)
    mock_view = mock.links.get(direct).view("x")
    response = client.post("/v1/url", {**fields, "alias": None, "app_id": None})
    view = mock.links.get(response.json()["url"]).view("x")
    for key in ("~id", "$identity_id"):
        view["data"].pop(key, None)
        mock_view["data"].pop(key, None)
    assert mock_view == {**view, "alias": fields.get("alias") or None}


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", float("nan"), float("inf"), "\ud800", 10**5000],
    ids=["object", "set", "bytes", "nan", "infinity", "surrogate", "digits"],
)
def test_what_json_cannot_carry_is_refused(mock: BranchMock, value: object) -> None:
    before = mock.links.all()
    with pytest.raises(InvalidBody):
        mock.links.create(data={"value": value})
    url = mock.links.create()
    with pytest.raises(InvalidBody):
        mock.links.update(url, {"data": {"value": value}})
    with pytest.raises(InvalidBody):
        mock.links.bulk([{"data": {"value": value}}])
    assert len(mock.links.all()) == len(before) + 1


def nested(levels: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value


def test_nesting_is_limited_as_over_http(mock: BranchMock, client: Client) -> None:
    assert mock.links.create(data=nested(63))
    error, response = both(mock, client, {"data": nested(64)})
    assert message_of(response) == error.message
    loop: dict[str, Any] = {}
    loop["in"] = loop
    with pytest.raises(InvalidBody):
        mock.links.create(data=loop)


def test_bodies_are_limited_as_over_http(mock: BranchMock) -> None:
    room = 1024 * 1024 - len('{"data":{"d":""}}')
    assert mock.links.create(data={"d": "x" * room})
    with pytest.raises(BodyTooLarge):
        mock.links.create(data={"d": "x" * (room + 1)})
    room = 102_400 - len('[{"data":{"d":""}}]')
    (url,) = mock.links.bulk([{"data": {"d": "x" * room}}])
    assert isinstance(url, str)
    with pytest.raises(BodyTooLarge):
        mock.links.bulk([{"data": {"d": "x" * (room + 1)}}])


def test_what_was_given_is_copied(mock: BranchMock) -> None:
    data = {"list": [1], "frozen": MappingProxyType({"a": 1})}
    url = mock.links.create(data=data, tags=("a", "b"))
    data["list"] = [2]
    link = mock.links.get(url)
    assert link.data == {"list": [1], "frozen": {"a": 1}}
    assert link.tags == ("a", "b")


def test_bulk_gives_an_address_or_an_error_for_each(mock: BranchMock, client: Client) -> None:
    items: list[Any] = [
        {"alias": "b1"},
        {"alias": "b1", "type": 2},
        {"type": 9},
        {"app": "x"},
        7,
        None,
    ]
    results = mock.links.bulk(items)
    mock.reset()
    answered = client.call("POST", f"/v1/url/bulk/{client.key}", json=items).json()
    assert [{"error": r.message} if isinstance(r, ApiError) else {"url": r} for r in results] == (
        answered
    )
    assert [type(result) for result in results] == [
        str,
        AliasConflict,
        InvalidRequest,
        str,
        InvalidBody,
        InvalidBody,
    ]
    assert mock.links.bulk([]) == []
    with pytest.raises(InvalidBody):
        mock.links.bulk({"alias": "x"})  # type: ignore[arg-type]


def test_get_and_update_raise_what_http_answers(mock: BranchMock, client: Client) -> None:
    calls: tuple[tuple[str, dict[str, Any], type[ApiError]], ...] = (
        ("", {}, InvalidRequest),
        ("u" * 2049, {}, InvalidRequest),
        ("https://bnc.lt/none", {}, LinkNotFound),
        ("https://bnc.lt/test-link", {"alias": "other"}, InvalidRequest),
        ("https://bnc.lt/test-link", {"channel": "c" * 129, "stage": 1}, InvalidRequest),
    )
    for url, fields, kind in calls:
        with pytest.raises(kind) as caught:
            mock.links.update(url, fields)
        response = client.put("/v1/url", fields, params={"url": url})
        assert (response.status_code, message_of(response)) == (
            caught.value.status,
            caught.value.message,
        )
        if not fields:
            with pytest.raises(kind):
                mock.links.get(url)


def test_update_changes_what_http_shows(mock: BranchMock, client: Client) -> None:
    url = mock.links.create(channel="a", data={"x": 1})
    updated = mock.links.update(url, {"stage": "s", "data": {"y": 2}})
    assert (updated.channel, updated.stage, updated.data) == ("a", "s", {"x": 1, "y": 2})
    view = client.get("/v1/url", params={"url": url, "branch_key": client.key}).json()
    assert view == updated.view(url)


def test_all_and_clicks_are_in_order(mock: BranchMock, client: Client) -> None:
    first, second = mock.links.create(alias="one"), mock.links.create(alias="two")
    assert [mock.links.url(link) for link in mock.links.all()][-2:] == [first, second]
    agents = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 9_0 like Mac OS X)"}
    for url in (second, first, second):
        client.get(url.removeprefix(client.url), headers=agents)
    assert [click.link.path for click in mock.links.clicks()] == ["two", "one", "two"]
    assert [click.link.path for click in mock.links.clicks(second)] == ["two", "two"]
    with pytest.raises(LinkNotFound):
        mock.links.clicks("https://bnc.lt/none")


def test_operations_are_for_the_first_app_or_the_one_that_is_named(mock: BranchMock) -> None:
    other = mock.branch.apps.mint()
    url = mock.links.create(app=other, alias="theirs")
    assert [link.alias for link in mock.links.all(app=other)] == ["theirs"]
    assert mock.links.get(url, app=other).app_id == other.id
    assert mock.links.update(url, {"stage": "s"}, app=other).stage == "s"
    assert mock.links.clicks(app=other) == []
    with pytest.raises(LinkNotFound):
        mock.links.get(url)


@pytest.mark.parametrize(
    "operation",
    [
        lambda mock: mock.links.create(alias="x"),
        lambda mock: mock.links.bulk([{"alias": "x"}]),
    ],
)
def test_without_an_address_nothing_is_made(operation: Callable[[BranchMock], object]) -> None:
    mock = BranchMock(seed="empty")
    with pytest.raises(BranchMockError, match="not running"):
        operation(mock)
    assert mock.links.all() == []
    public = BranchMock(seed="empty", public_url="https://links.example")
    assert public.links.create(alias="x").startswith("https://links.example/")


def test_a_link_of_one_use_says_when_it_is_used(either: BranchMock | RemoteMock) -> None:
    url = either.links.create(type=1)
    assert not either.links.get(url).used
    either.simulate.install(IPHONE, url=url)
    assert either.links.get(url).used
    assert [link.used for link in either.links.all() if link.type == 1][-1]
