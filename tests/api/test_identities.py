"""Users over HTTP, as SDKs name them and their links refer others (contract 6 and 11)."""

import json

from branch_mock import BranchMock
from branch_mock.domain.devices import IPHONE, PIXEL
from tests.client import Client
from tests.visits import begin, follow, headers_of, make


def test_a_name_is_given_and_taken_back(client: Client, mock: BranchMock) -> None:
    opened = begin(client, IPHONE)
    told = {name: opened[name] for name in ("session_id", "identity_id", "device_fingerprint_id")}
    named = client.post("/v1/profile", {"identity": "zoe", **told}).json()
    assert named["identity"] == "zoe"
    assert named["identity_id"] == opened["identity_id"]
    seen = client.get("/v1/profile", params={"identity": "zoe", "branch_key": client.key}).json()
    assert seen["identity_id"] == opened["identity_id"]
    left = client.post("/v1/logout", told).json()
    assert left["identity_id"] != opened["identity_id"]
    assert left["session_id"] != opened["session_id"]
    assert begin(client, IPHONE, "open")["identity_id"] == left["identity_id"]
    assert mock.branch.identities.get(int(left["identity_id"])).name is None


def test_naming_a_known_user_merges_into_it(client: Client, mock: BranchMock) -> None:
    known = mock.branch.identities.ensure(mock.app, "old-friend")
    follow(client, make(client, identity="maria", data={"a": 1}), IPHONE)
    opened = begin(client, IPHONE)
    body = {"identity": "old-friend", "session_id": opened["session_id"]}
    named = client.post("/v1/profile", body).json()
    assert named["identity_id"] == str(known.id)
    assert json.loads(named["referring_data"])["a"] == 1
    merged = mock.branch.identities.get(known.id)
    maria = mock.branch.identities.find(mock.app, "maria")
    assert maria is not None
    assert merged.referrer_id == maria.id
    assert begin(client, IPHONE, "open")["identity_id"] == str(known.id)


def test_an_unknown_profile_is_not_found(client: Client) -> None:
    reply = client.get("/v1/profile", params={"identity": "nobody", "branch_key": client.key})
    assert reply.status_code == 404


def test_a_users_own_link_refers_others(client: Client, mock: BranchMock) -> None:
    opened = begin(client, PIXEL, identity="zoe")
    path = opened["link"].removeprefix(client.url)
    reply = client.get(path, headers=headers_of(IPHONE))
    assert reply.status_code in {200, 307}
    view = begin(client, IPHONE)
    assert view["referring_identity"] == "zoe"
    friend = mock.branch.identities.get(int(view["identity_id"]))
    assert friend.referrer_id == int(opened["identity_id"])


def test_a_link_that_an_sdk_made_refers_by_its_users_id(client: Client, mock: BranchMock) -> None:
    anonymous = begin(client, PIXEL)
    url = make(client, identity_id=anonymous["identity_id"])
    follow(client, url, IPHONE)
    friend = mock.branch.identities.get(int(begin(client, IPHONE)["identity_id"]))
    assert friend.referrer_id == int(anonymous["identity_id"])
    nobodys = mock.links.get(make(client, identity_id="1"))
    assert nobodys.identity_id is None
