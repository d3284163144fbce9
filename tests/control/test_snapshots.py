"""Named snapshots (contract 12)."""

import pytest

from branch_mock import BranchMock, InvalidRequest, SnapshotNotFound
from branch_mock.snapshots import MAX_SNAPSHOTS
from tests.client import Client, message_of
from tests.links import create


def test_a_snapshot_is_taken_listed_gone_back_to_and_deleted(
    client: Client, mock: BranchMock
) -> None:
    create(client, alias="before")
    taken = client.call("POST", "/_mock/snapshots/set-up.1")
    assert taken.status_code == 200
    before = mock.branch.save()
    view = taken.json()
    assert (view["name"], view["links"]) == ("set-up.1", len(before.state["links"]))
    assert client.get("/_mock/snapshots").json() == [view]
    create(client, alias="after")
    mock.branch.clock.advance(3600)
    client.call("POST", "/_mock/reset")
    assert client.call("POST", "/_mock/snapshots/set-up.1/restore").json() == view
    assert mock.branch.save() == before
    assert client.call("DELETE", "/_mock/snapshots/set-up.1").json() == {"removed": 1}
    assert client.get("/_mock/snapshots").json() == []


def test_what_is_minted_after_a_restore_is_minted_again(mock: BranchMock) -> None:
    mock.snapshots.save("a")
    first = mock.apps.mint(), mock.links.create()
    mock.snapshots.restore("a")
    assert (mock.apps.mint(), mock.links.create()) == first


def test_a_snapshot_takes_the_place_of_one_of_its_name(mock: BranchMock) -> None:
    mock.snapshots.save("a")
    mock.snapshots.save("b")
    mock.links.create(alias="kept")
    mock.snapshots.save("a")
    assert [snapshot.name for snapshot in mock.snapshots.all()] == ["b", "a"]
    mock.reset()
    mock.snapshots.restore("a")
    assert mock.links.get("bnc.lt/kept").alias == "kept"


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_an_unknown_snapshot_is_404_naming_those_there_are(client: Client, method: str) -> None:
    path = "/_mock/snapshots/nobody"
    client.call("POST", "/_mock/snapshots/known")
    reply = client.call(method, path + "/restore" if method == "POST" else path)
    assert reply.status_code == 404
    assert message_of(reply) == "No snapshot 'nobody'; there are: known"


@pytest.mark.parametrize("name", ["a b", "x" * 65, "é"])
def test_a_bad_name_is_refused(client: Client, name: str) -> None:
    reply = client.call("POST", f"/_mock/snapshots/{name}")
    assert reply.status_code == 400
    assert "1 to 64 of A-Z a-z 0-9 _ . -" in message_of(reply)


def test_the_handle_refuses_alike(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="1 to 64"):
        mock.snapshots.save("a/b")
    with pytest.raises(SnapshotNotFound, match="there are: none"):
        mock.snapshots.delete("gone")
    for number in range(MAX_SNAPSHOTS):
        mock.snapshots.save(str(number))
    with pytest.raises(InvalidRequest, match="one snapshot more than 100"):
        mock.snapshots.save("one-more")
    mock.snapshots.save("0")
