"""Reset: whole, by part, by app, to the seed or empty, in one step (contract 12)."""

from typing import Any

import pytest

from branch_mock import BranchMock, InvalidRequest
from branch_mock.store import Snapshot
from tests.client import Client, message_of
from tests.links import create


def everything(mock: BranchMock) -> Snapshot:
    """All that the emulator remembers."""
    return mock.branch.store.snapshot()


def use(client: Client, key: str | None = None, secret: str | None = None) -> None:
    """Make one of everything that an app has."""
    own = {"branch_key": key or client.key, "branch_secret": secret or client.secret}
    url = create(client, alias="promo", identity="ann", **own)
    client.get(url.removeprefix(client.url), headers={"User-Agent": "Mozilla/5.0"})
    rule: dict[str, Any] = {"type": "credit", "event": "buy", "metadata": {"amount": 5}}
    rule = {**own, **rule, "calculation_type": 1, "location": 0}
    assert client.post("/v1/eventresponse", rule).status_code == 200
    assert client.post("/v1/event", {**own, "event": "buy", "identity": "ann"}).status_code == 200


def reset(client: Client, **body: Any) -> dict[str, int]:
    reply = client.call("POST", "/_mock/reset", json=body)
    assert reply.status_code == 200, reply.text
    counts: dict[str, int] = reply.json()
    return counts


def journal(client: Client) -> int:
    return len(client.get("/_mock/requests").json())


def test_a_reset_to_empty_is_a_server_with_the_seed_empty(client: Client, mock: BranchMock) -> None:
    use(client)
    assert reset(client, to="empty") == {"apps": 1, "links": 0}
    with BranchMock(seed=("empty",), clock=mock.branch.clock) as fresh:
        assert everything(mock) == everything(fresh)
        assert mock.branch.ids.save() == fresh.branch.ids.save()
        assert mock.app == fresh.app
    reset(client)
    assert client.get("/v1/app/" + client.key, params={"branch_secret": client.secret}).ok


def test_a_reset_of_a_part_leaves_the_others(client: Client, mock: BranchMock) -> None:
    use(client)
    client.post("/_mock/faults", {"status": 503, "match": {"path": "/never"}}, headers={})
    mock.branch.clock.advance(60)
    moved = mock.branch.clock.now_ms()
    state = everything(mock)
    reset(client, parts=["journal", "webhooks"])
    assert journal(client) == 0
    assert everything(mock) == state
    reset(client, parts="clock")
    assert mock.branch.clock.now_ms() == moved - 60_000
    assert everything(mock) == state
    reset(client, parts=["state"])
    assert everything(mock) != state


@pytest.mark.parametrize("to", ["seed", "empty"])
def test_a_reset_by_app_leaves_the_other_apps(client: Client, mock: BranchMock, to: str) -> None:
    minted = mock.apps.mint()
    bare = everything(mock)
    use(client)
    theirs = everything(mock)
    ids = mock.branch.ids.last
    use(client, minted.key, minted.secret)
    client.call("POST", "/_mock/faults", json={"status": 500, "match": {"branch_key": minted.key}})
    client.call("POST", "/_mock/faults", json={"status": 500, "match": {"branch_key": "other"}})
    before = journal(client)
    reset(client, branch_key=minted.key, to=to)
    assert everything(mock) == theirs
    assert mock.branch.ids.last > ids
    assert 0 < journal(client) < before
    assert not any(e["branch_key"] == minted.key for e in client.get("/_mock/requests").json())
    assert [f["match"] for f in client.get("/_mock/faults").json()] == [{"branch_key": "other"}]
    reset(client, branch_key=client.key)
    assert everything(mock) == bare


def test_a_seeded_app_emptied_keeps_its_credentials_and_place(
    client: Client, mock: BranchMock
) -> None:
    first = mock.app
    mock.apps.update(app_name="changed")
    reset(client, branch_key=first.key, to="empty")
    assert mock.app == first
    assert mock.links.all() == []
    assert mock.branch.links.all() != []
    assert mock.branch.events.all(first) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"parts": ["clock"], "branch_key": "KEY"}, "parts"),
        ({"parts": ["journal"], "to": "empty"}, "to"),
        ({"parts": ["sate"]}, "parts[0]"),
        ({"to": "nothing"}, "to"),
        ({"branch_key": "key_live_nobody"}, "Invalid or missing"),
    ],
)
def test_what_cannot_be_reset_is_refused(
    client: Client, mock: BranchMock, body: dict[str, Any], field: str
) -> None:
    use(client)
    before = everything(mock)
    sent = {**body, "branch_key": client.key} if body.get("branch_key") == "KEY" else body
    reply = client.call("POST", "/_mock/reset", json=sent)
    assert reply.status_code == 400
    assert message_of(reply).startswith(field)
    assert everything(mock) == before


def test_the_handle_resets_alike(mock: BranchMock) -> None:
    before = everything(mock)
    app = mock.apps.mint()
    mock.links.create(app=app, alias="x")
    mock.reset(branch_key=app.key)
    assert mock.links.all(app=app) == []
    mock.reset()
    assert everything(mock) == before
    with pytest.raises(InvalidRequest, match="to must be one of seed, empty, got 'sed'"):
        mock.reset(to="sed")  # type: ignore[arg-type]
    mock.reset("journal")
    assert everything(mock) == before
    with pytest.raises(InvalidRequest, match="parts must be of state"):
        mock.reset(["nothing"])
