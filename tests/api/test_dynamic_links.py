"""Dynamic links, `/a/KEY?…` (contract 5)."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from branch_mock import BranchMock
from branch_mock.domain.links import CreationSource, Link
from tests import user_agents as agents
from tests.client import Client
from tests.state import unchanged


def click(client: Client, mock: BranchMock, query: str) -> Link:
    """The link that a click on a dynamic link stands for."""
    links = len(mock.branch.store.state.links)
    reply = client.get(f"/a/{client.key}?{query}", host="bnc.lt")
    assert reply.status_code == 307, reply.text
    assert len(mock.branch.store.state.links) == links
    recorded = mock.branch.clicks.all()[-1]
    assert reply.headers["Location"].endswith(f"_branch_match_id={recorded.id}")
    return recorded.link


def test_a_dynamic_link_is_a_click_without_a_stored_link(client: Client, mock: BranchMock) -> None:
    link = click(client, mock, "")
    assert link.id == 0
    assert link.creation_source == CreationSource.DYNAMIC
    assert link.app_id == mock.app.id
    shown = link.data_view("x")
    assert shown["~id"] == "0"
    assert shown["~creation_source"] == 6


@pytest.mark.parametrize("host", [None, "bnc.lt", "bnc0.app.link", "api.branch.io"])
def test_every_host_of_links_has_them(client: Client, mock: BranchMock, host: str | None) -> None:
    assert client.get(f"/a/{client.key}?channel=x", host=host).status_code == 307
    assert client.get(f"/a/{mock.app.id}?channel=x", host=host).status_code == 307
    assert [c.link.channel for c in mock.branch.clicks.all()] == ["x", "x"]


def test_the_domain_of_an_app_stands_for_its_key(client: Client, mock: BranchMock) -> None:
    app = mock.branch.apps.mint(config={"default_desktop_url": "https://shop.test/"})
    data = b64encode(b'{"room": 12}').decode()
    query = f"?channel=x&data={quote(data)}"
    reply = client.get(f"/{query}", host=app.link_domain)
    assert reply.status_code == 307
    assert reply.headers["Location"].startswith("https://shop.test/?_branch_match_id=")
    (click,) = mock.branch.clicks.all(app)
    assert (click.link.id, click.link.channel, click.link.data) == (0, "x", {"room": 12})
    assert client.get("/", host=app.link_domain).status_code == 404
    for host in ("bnc.lt", "none.app.link"):
        assert client.get(f"/{query}", host=host).status_code == 404
    assert "branch_mock" in client.get(f"/{query}").text  # what is no link host says what this is


def test_labels_come_from_the_query(client: Client, mock: BranchMock) -> None:
    link = click(client, mock, "channel=c&feature=f&campaign=k&stage=s&tags[]=a&tags[]=b&type=1")
    assert link.labels() == {
        "campaign": "k",
        "channel": "c",
        "feature": "f",
        "stage": "s",
        "tags": ["a", "b"],
    }
    assert link.type == 1
    assert link.data == {}


@pytest.mark.parametrize(
    ("query", "tags"),
    [
        ("tags=a", ("a",)),
        ("tags=a&tags=b", ("a", "b")),
        ("tags%5B%5D=a", ("a",)),
        ("~tags=a&~tags=b", ("a", "b")),
        ("~tags=ab", ("ab",)),
        ("~tags[]=a", ("a",)),
        ("tags=", None),
    ],
)
def test_tags_may_be_repeated(
    client: Client, mock: BranchMock, query: str, tags: tuple[str, ...] | None
) -> None:
    assert click(client, mock, query).tags == tags


def test_labels_with_a_tilde_count_too_but_less(client: Client, mock: BranchMock) -> None:
    assert click(client, mock, "~channel=a&~feature=f").labels() == {"channel": "a", "feature": "f"}
    assert click(client, mock, "~channel=a&channel=b").channel == "b"


def test_all_else_is_data(client: Client, mock: BranchMock) -> None:
    link = click(client, mock, "custom=1&list=a&list=b&$og_title=T&$deeplink_path=x%2Fy")
    assert link.data == {
        "custom": "1",
        "list": ["a", "b"],
        "$og_title": "T",
        "$deeplink_path": "x/y",
    }


def test_control_parameters_lead(client: Client) -> None:
    places = {"$desktop_url": "https://d.test/", "$ios_url": "https://i.test/"}
    query = urlencode({**places, "$web_only": "true"})
    for agent, target in ((agents.DESKTOP, "https://d.test/"), (agents.IPHONE, "https://i.test/")):
        reply = client.get(f"/a/{client.key}?{query}", headers={"User-Agent": agent})
        assert reply.headers["Location"].startswith(target)


DATA: dict[str, Any] = {"a": "é?>~", "n": {"b": [1, None, True]}, "$desktop_url": "https://d.test/"}


@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("escape", [True, False])
def test_data_is_base64_of_json(
    client: Client, mock: BranchMock, encode: Any, *, pad: bool, escape: bool
) -> None:
    for filler in ("", "x", "xx", "???", "~~~~", ">>>>>"):
        data = {**DATA, "filler": filler}
        text = encode(json.dumps(data, ensure_ascii=False).encode()).decode()
        text = text if pad else text.rstrip("=")
        link = click(client, mock, "data=" + (quote(text, safe="") if escape else text))
        assert link.data == data


def test_the_query_wins_over_its_data(client: Client, mock: BranchMock) -> None:
    text = urlsafe_b64encode(b'{"a":1,"b":2,"~channel":"in","~feature":"in"}').decode()
    link = click(client, mock, f"data={text}&a=x&channel=out")
    assert link.data == {"a": "x", "b": 2}
    assert (link.channel, link.feature) == ("out", "in")


def encoded(text: bytes) -> str:
    """Base64, as a query takes it."""
    return quote(b64encode(text).decode(), safe="")


@pytest.mark.parametrize(
    "data",
    [
        "!!!!",
        "a",
        "e30!",
        "%C3%A9",
        "e3 0",
        encoded(b"[]"),
        encoded(b"1"),
        encoded(b"{"),
        encoded(b"\xff"),
        encoded(b'{"a":NaN}'),
        encoded(rb'{"a":"\ud800"}'),
        encoded(b'{"a":' * 100 + b"1" + b"}" * 100),
        "e30&data=e30",
    ],
)
def test_data_that_is_none_is_refused(client: Client, mock: BranchMock, data: str) -> None:
    with unchanged(mock.branch):
        refused = client.get(f"/a/{client.key}?data={data}", host="bnc.lt")
    assert refused.status_code == 400
    assert "data must be" in refused.text


def test_utm_parameters_set_labels_that_nothing_else_sets(client: Client, mock: BranchMock) -> None:
    utm = "utm_source=s&utm_medium=m&utm_campaign=k&utm_content=t&utm_term=w"
    link = click(client, mock, utm)
    assert link.labels() == {"campaign": "k", "channel": "s", "feature": "m", "tags": ["t"]}
    assert link.data["utm_source"] == "s"
    assert link.data["utm_term"] == "w"
    link = click(client, mock, f"{utm}&channel=c&~feature=f")
    assert (link.channel, link.feature, link.campaign) == ("c", "f", "k")


def test_limits_are_those_of_links(client: Client, mock: BranchMock) -> None:
    click(client, mock, "channel=" + "x" * 128 + "&tags=" + "t" * 64)
    with unchanged(mock.branch):
        for query, message in (
            ("channel=" + "x" * 129, "channel must be at most 128 characters"),
            ("tags=a&tags=" + "t" * 65, "tags[1] must be at most 64 characters"),
            ("type=9", "type must be one of 0, 1, 2"),
            ("duration=0", "duration must be at least 1"),
            ("channel=a&channel=b", "channel must be a text"),
            ("~channel=" + "x" * 129, "data.~channel must be at most 128 characters"),
            ("~channel=a&~channel=b", "data.~channel must be a text"),
            ("~tags=" + "t" * 65, "data.~tags[0] must be at most 64 characters"),
            ("$match_duration=x", "data.$match_duration must be a whole number"),
            ("utm_source=" + "x" * 129, "channel must be at most 128 characters"),
            ("data=" + encoded(b'{"~channel":5}'), "data.~channel must be a text"),
            ("data=" + encoded(b'{"~tags":5}'), "data.~tags must be a list"),
        ):
            refused = client.get(f"/a/{client.key}?{query}", host="bnc.lt")
            assert refused.status_code == 400
            assert message in refused.text


@pytest.mark.parametrize("key", ["key_live_unknown", "x", "%00", "1"])
def test_an_unknown_key_is_an_unknown_link(client: Client, mock: BranchMock, key: str) -> None:
    with unchanged(mock.branch):
        reply = client.get(f"/a/{key}?channel=x", host="bnc.lt")
    assert reply.status_code == 404
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
