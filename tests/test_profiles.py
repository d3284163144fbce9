"""Two behaviours of one server, flag by flag (contract 1)."""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from branch_mock import BranchMock, FrozenClock, SettingsError
from branch_mock.profiles import DOCUMENTED, OBSERVED, Profile, parse
from tests.client import Client
from tests.links import create, put, view
from tests.state import unchanged


@pytest.fixture
def observed(clock: FrozenClock) -> Iterator[BranchMock]:
    """A server with the profile `observed`."""
    with BranchMock(clock=clock, profile="observed") as mock:
        yield mock
    assert mock.failures == []


@pytest.fixture
def caller(observed: BranchMock) -> Iterator[Client]:
    """A client of it."""
    client = Client(observed.url, observed.app.key, observed.app.secret)
    yield client
    client.close()


def test_every_flag_differs_between_the_profiles() -> None:
    for field in fields(Profile):
        assert getattr(DOCUMENTED, field.name) != getattr(OBSERVED, field.name), field.name


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("documented", DOCUMENTED),
        ("observed", OBSERVED),
        ("observed,empty_bulk=200", replace(OBSERVED, empty_bulk=200)),
        (
            "documented , link_data_on_put=replace, equal_post=same",
            replace(DOCUMENTED, link_data_on_put="replace", equal_post="same"),
        ),
    ],
)
def test_a_profile_is_read_from_a_text(text: str, profile: Profile) -> None:
    assert parse(text) == profile
    assert parse(profile.as_text()) == profile


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "profile: must be one of documented, observed, got ''"),
        ("Observed", "profile: must be one of documented, observed, got 'Observed'"),
        ("observed,x=1", "profile: no flag 'x'; there are link_data_on_put, "),
        ("observed,empty_bulk=500", "profile: empty_bulk must be one of 200, 400, got '500'"),
        ("observed,empty_bulk", "profile: expected flag=value, got 'empty_bulk'"),
        ("observed,", "profile: expected flag=value, got ''"),
    ],
)
def test_what_is_no_profile_is_refused(text: str, problem: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)
    assert str(caught.value).startswith(problem)


def test_observed_links_are_on_app_link(caller: Client) -> None:
    for type_ in (0, 2):
        reply = caller.post("/v1/url", {"type": type_}, host="api.branch.io")
        domain, _, code = reply.json()["url"].removeprefix("https://").partition("/")
        assert domain == "bnc0.app.link"
        assert "/" not in code
    url = create(caller, alias="promo")
    assert url == f"{caller.url}/bnc0.app.link/promo"
    assert view(caller, url)["alias"] == "promo"
    assert caller.get("/promo", host="bnc0.app.link").status_code == 307


def test_observed_links_of_test_keys_are_on_test_app_link(observed: BranchMock) -> None:
    tenant = observed.branch.apps.mint(live=False)
    assert tenant.key.startswith("key_test_")
    link = observed.branch.links.create(tenant)
    assert link.domain.endswith(".test-app.link")


def test_observed_updates_replace_data(caller: Client) -> None:
    url = create(
        caller,
        type=1,
        channel="c",
        tags=["t"],
        duration=60,
        identity="alex",
        data={"a": 1, "b": 2, "$og_title": "T"},
    )
    before = view(caller, url)["data"]
    after = put(caller, url, data={"c": 3})["data"]
    survivors = {
        key: value
        for key, value in before.items()
        if key.startswith("~") or key in {"$one_time_use", "url", "$identity_id", "$match_duration"}
    }
    assert after == {**survivors, "c": 3}
    assert put(caller, url, channel="c2")["data"] == {**after, "~channel": "c2"}


def test_an_observed_equal_link_is_the_same_one(caller: Client, observed: BranchMock) -> None:
    fields: dict[str, Any] = {"channel": "x", "data": {"a": 1, "b": [2]}, "tags": ["t"]}
    url = create(caller, **fields)
    with unchanged(observed.branch):
        assert create(caller, **dict(reversed(fields.items()))) == url
        bulk = caller.post(f"/v1/url/bulk/{caller.key}", [fields, fields])
        assert bulk.json() == [{"url": url}, {"url": url}]
    put(caller, url, channel="moved")
    assert create(caller, **fields) == url
    others = [{**fields, "channel": "y"}, {**fields, "data": {"a": True, "b": [2]}}, {}]
    assert len({url, *(create(caller, **other) for other in others)}) == 4


def test_observed_aliases_conflict_as_all_do(caller: Client) -> None:
    url = create(caller, alias="mine", channel="x")
    assert create(caller, alias="mine", channel="x") == url
    reply = caller.post("/v1/url", {"alias": "mine", "channel": "y"})
    assert reply.status_code == 409
    assert reply.json()["error"]["message"] == "Link alias conflict: bnc0.app.link/mine"


def test_an_observed_empty_bulk_is_refused_with_an_empty_list(caller: Client) -> None:
    reply = caller.call("POST", f"/v1/url/bulk/{caller.key}", data=b"[]")
    assert reply.status_code == 400
    assert reply.json() == []


def test_observed_fixed_links_and_bad_fields_are_refused_too(
    caller: Client, observed: BranchMock
) -> None:
    with unchanged(observed.branch):
        for url, fields in (("bnc.lt/c/125AdD-F", {"channel": "x"}), ("x", {"channel": 5})):
            reply = caller.put("/v1/url", fields, params={"url": url})
            assert reply.status_code == 400


def test_observed_dynamic_links_are_clicks(caller: Client, observed: BranchMock) -> None:
    reply = caller.get(f"/a/{caller.key}?channel=x&tags[]=a", host="bnc0.app.link")
    assert reply.status_code == 307
    (click,) = observed.branch.clicks.all()
    assert (click.link.id, click.link.channel, click.link.tags) == (0, "x", ("a",))


def test_get_sent_back_changes_nothing_when_data_is_replaced(
    caller: Client, observed: BranchMock
) -> None:
    url = create(caller, alias="a", type=1, duration=60, tags=["t"], identity="i", data={"x": [1]})
    before = view(caller, url)
    with unchanged(observed.branch):
        assert put(caller, url, **before) == before


def test_one_flag_may_be_overridden(clock: FrozenClock) -> None:
    with BranchMock(clock=clock, profile="documented,link_data_on_put=replace") as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        url = create(client, data={"a": 1})
        assert url.startswith(f"{mock.url}/l/")
        assert "a" not in put(client, url, data={"b": 1})["data"]
        client.close()
    assert mock.failures == []
