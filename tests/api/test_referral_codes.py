"""Referral codes, and what referrals led to, as the SDKs ask for them (contract 11)."""

import json
import re
from typing import Any

import pytest

from branch_mock import BranchMock, FrozenClock
from tests.client import Client, message_of

GOOD = {"amount": "10", "calculation_type": 0, "location": 2, "type": "credit"}


def make(client: Client, **fields: Any) -> str:
    """A code of mia's."""
    reply = client.post("/v1/referralcode", {**GOOD, "identity": "mia", **fields})
    assert reply.status_code == 200, reply.text
    text = reply.json()["referral_code"]
    assert isinstance(text, str)
    return text


def apply(client: Client, code: str, who: str = "zoe") -> int:
    """The status of an application."""
    return client.post(f"/v1/applycode/{code}", {"identity": who}).status_code


def balances(mock: BranchMock) -> dict[str, dict[str, int]]:
    return {name: mock.credits.get(name) for name in ("mia", "zoe")}


def test_a_code_says_what_it_is_good_for(client: Client, mock: BranchMock) -> None:
    fields = {**GOOD, "bucket": "gift", "expiration": "2016-02-01", "identity": "mia"}
    told = client.post("/v1/referralcode", fields).json()
    code = told.pop("referral_code")
    assert re.fullmatch("[A-Z0-9]{6}", code)
    assert told == {
        "app_id": str(mock.app.id),
        "metadata": {"bucket": "gift", "amount": 10},
        "calculation_type": 0,
        "location": 2,
        "expiration": "2016-02-01T00:00:00.000Z",
    }
    again = client.post(f"/v1/referralcode/{code}", {}).json()
    assert again == {"referral_code": code, **told}
    assert re.fullmatch("SUMMER[A-Z0-9]{4}", make(client, prefix="SUMMER"))


@pytest.mark.parametrize(
    ("location", "mia", "zoe"),
    [(0, {}, {"default": 10}), (2, {"default": 10}, {}), (3, {"default": 10}, {"default": 10})],
)
def test_a_code_rewards_whom_it_says(
    client: Client, mock: BranchMock, location: int, mia: object, zoe: object
) -> None:
    code = make(client, location=location)
    assert apply(client, code) == 200
    assert balances(mock) == {"mia": mia, "zoe": zoe}
    rewarded = "zoe" if location == 0 else "mia"
    (row,) = mock.credits.history(rewarded)
    assert int(row.type) == 0


def test_a_code_is_good_again_and_again_or_once_for_each_user(
    client: Client, mock: BranchMock
) -> None:
    often, once = make(client), make(client, calculation_type=1)
    assert [apply(client, often), apply(client, often)] == [200, 200]
    assert [apply(client, once), apply(client, once), apply(client, once, "ann")] == [200, 409, 200]
    assert mock.credits.get("mia") == {"default": 40}
    mock.reset()
    assert apply(client, once) == 404


def test_a_code_expires(client: Client, mock: BranchMock, clock: FrozenClock) -> None:
    code = make(client, expiration="2016-01-20T13:00:00Z")
    clock.advance(3599)
    assert apply(client, code) == 200
    clock.advance(1)
    assert apply(client, code) == 404
    refused = client.post(f"/v1/referralcode/{code}", {})
    assert refused.status_code == 404
    assert code in message_of(refused)
    assert mock.credits.get("mia") == {"default": 10}


def test_codes_are_of_their_app(client: Client, mock: BranchMock) -> None:
    code = make(client)
    other = mock.branch.apps.mint()
    assert (
        client.post(f"/v1/applycode/{code}", {"branch_key": other.key, "identity": "x"}).ok is False
    )
    assert client.post("/v1/referralcode/NONE00", {}).status_code == 404


def test_the_user_of_the_session_makes_and_applies(client: Client, mock: BranchMock) -> None:
    page = client.post("/v1/open", {"sdk": "web1"}).json()
    form = {"branch_key": client.key, "session_id": page["session_id"], **GOOD, "location": "3"}
    code = client.call("POST", "/v1/referralcode", data=form).json()["referral_code"]
    user = mock.branch.identities.get(int(page["identity_id"]))
    assert mock.branch.referral_codes.find(mock.app, code).creator_id == user.id
    done = client.post(f"/v1/applycode/{code}", {"session_id": page["session_id"]})
    assert done.status_code == 200
    assert mock.branch.credits.balances(mock.app, user.id) == {"default": 20}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"calculation_type": 2}, "calculation_type"),
        ({"location": 1}, "location"),
        ({"prefix": "a b"}, "prefix"),
        ({"prefix": "x" * 49}, "prefix"),
        ({"expiration": "soon"}, "expiration"),
        ({"bucket": "b" * 64}, "bucket"),
        ({"identity": None}, "identity_id"),
    ],
)
def test_what_cannot_be_is_refused(
    client: Client, mock: BranchMock, fields: dict[str, Any], field: str
) -> None:
    before = mock.state()["state"]
    reply = client.post("/v1/referralcode", {**GOOD, "identity": "mia", **fields})
    assert reply.status_code == 400
    assert field in json.dumps(reply.json()["error"])
    assert mock.state()["state"] == before


def test_a_reward_past_the_limit_gives_nobody_anything(client: Client, mock: BranchMock) -> None:
    code = make(client, location=3, amount=2**53 - 1)
    mock.credits.add("zoe", 1)
    before = mock.state()["state"]
    assert apply(client, code) == 400
    assert apply(client, "NONE00", "newcomer") == 404
    assert mock.state()["state"] == before


def test_referrals_are_counted_by_event(client: Client, mock: BranchMock) -> None:
    for name in ("zoe", "ann"):
        mock.simulate.referral("mia", name)
    for name in ("zoe", "zoe", "ann", "stranger", "mia"):
        mock.events.create("buy", identity=name)
    mock.events.create("look", identity="ann")
    mia = mock.branch.identities.find(mock.app, "mia")
    assert mia is not None
    path = f"/v1/referrals/{mia.id}"
    told = {"buy": {"total": 3, "unique": 2}, "look": {"total": 1, "unique": 1}}
    assert client.get(path, params={"branch_key": client.key}).json() == told
    assert client.post(path, {}).json() == told
    called = client.get(path, params={"branch_key": client.key, "callback": "cb"})
    assert called.text == f"/**/cb({json.dumps(told, separators=(',', ':'))});"
    assert client.get(path).json() == told  # as the web SDK asks
    other = mock.branch.apps.mint()
    assert client.get(path, params={"branch_key": other.key}).status_code == 404
    assert client.get(path, params={"branch_key": "none"}).status_code == 400
    assert client.post("/v1/referrals/1", {}).status_code == 404
    assert client.post("/v1/referrals/none", {}).status_code == 400


def test_a_code_that_is_refused_leaves_the_generator_alone(
    client: Client, mock: BranchMock
) -> None:
    before = mock.branch.save()
    nobody = {"identity_id": 4461, "device_fingerprint_id": 8}
    assert client.post("/v1/referralcode", {**GOOD, **nobody}).status_code == 400
    assert mock.branch.save() == before
