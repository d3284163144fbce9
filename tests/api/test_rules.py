"""Reward rules over HTTP, and what they do (contract 9)."""

from typing import Any

import pytest

from branch_mock import BranchMock
from branch_mock.domain.credits import MAX_AMOUNT
from tests.client import Client, message_of

CREDIT: dict[str, Any] = {
    "calculation_type": 0,
    "location": 0,
    "type": "credit",
    "event": "buy",
    "metadata": {"amount": 5},
}
HOOK: dict[str, Any] = {
    **CREDIT,
    "type": "web_hook",
    "metadata": {"web_hook_url": "http://127.0.0.1:1/hook"},
}


def rule(client: Client, **fields: object) -> None:
    answer = client.post("/v1/eventresponse", {**CREDIT, **fields})
    assert (answer.status_code, answer.json()) == (200, {})


def report(client: Client, identity: str, event: str = "buy", **metadata: object) -> None:
    body = {"identity": identity, "event": event, "metadata": metadata}
    answer = client.post("/v1/event", body)
    assert (answer.status_code, answer.json()) == (200, {})


def refer(client: Client, referrer: str, referred: str) -> None:
    body = {"referrer": referrer, "referred": referred}
    answer = client.call("POST", "/_mock/simulate/referral", json=body)
    assert answer.status_code == 200


def balance(client: Client, identity: str) -> dict[str, int]:
    params = {"branch_key": client.key, "identity": identity}
    return dict(client.get("/v1/credits", params=params).json())


def rows(client: Client, identity: str) -> list[dict[str, Any]]:
    params = {"branch_key": client.key, "identity": identity, "direction": "asc"}
    return list(client.get("/v1/credithistory", params=params).json())


@pytest.mark.parametrize(
    "missing",
    ["branch_key", "branch_secret", "calculation_type", "location", "type", "event", "metadata"],
)
def test_every_required_field_is_required(client: Client, mock: BranchMock, missing: str) -> None:
    answer = client.post("/v1/eventresponse", {**CREDIT, missing: None})
    assert answer.status_code == 400
    if missing.startswith("branch"):
        assert message_of(answer) == "Invalid or missing app id, Branch key, or secret"
    else:
        assert message_of(answer) == f"{missing} is required"
    assert mock.rules.all() == []


@pytest.mark.parametrize(
    ("base", "field", "good", "bad"),
    [
        (CREDIT, "calculation_type", [0, 1, "0", "1"], [2, -1, "x", True, 0.5]),
        (CREDIT, "location", [0, 1, 4, "4"], [2, 3, 5, "x"]),
        (CREDIT, "type", ["credit"], ["credits", "", 1]),
        (CREDIT, "event", ["*", "e" * 63], ["", "e" * 64, 5]),
        (
            CREDIT,
            "metadata",
            [
                {"amount": 1},
                {"amount": str(MAX_AMOUNT), "bucket": "b" * 63},
                '{"amount": "3", "bucket": "x"}',
                {"amount": 1, "web_hook_url": "http://127.0.0.1/", "else": {}},
            ],
            [
                {},
                {"amount": 0},
                {"amount": MAX_AMOUNT + 1},
                {"amount": 1, "bucket": "b" * 64},
                {"amount": None},
                {"web_hook_url": "http://127.0.0.1/"},
                [],
                "x",
            ],
        ),
        (
            HOOK,
            "metadata",
            [
                {"web_hook_url": "https://example.com/hook?a=1"},
                {"web_hook_url": "http://[::1]:8"},
                {"web_hook_url": "HTTPS://example.com"},
            ],
            [
                {},
                {"amount": 1},
                {"web_hook_url": "ftp://127.0.0.1/"},
                {"web_hook_url": "127.0.0.1"},
                {"web_hook_url": "http://"},
                {"web_hook_url": "http://[::1"},
                {"web_hook_url": "http://example .com/"},
                {"web_hook_url": "http://example.com\n"},
                {"web_hook_url": 5},
                {"web_hook_url": "http://127.0.0.1/" + "x" * 2048},
            ],
        ),
        (
            CREDIT,
            "filter",
            [{}, {"a": 1, "b": None}, '{"a": "1"}'],
            [{"a": {}}, {"a": []}, [], "x"],
        ),
    ],
)
def test_limits(
    client: Client,
    mock: BranchMock,
    *,
    base: dict[str, Any],
    field: str,
    good: list[object],
    bad: list[object],
) -> None:
    for value in good:
        answer = client.post("/v1/eventresponse", {**base, field: value})
        assert (answer.status_code, answer.text) == (200, "{}"), value
    for value in bad:
        answer = client.post("/v1/eventresponse", {**base, field: value})
        assert answer.status_code == 400, value
        assert field in message_of(answer)
    assert len(mock.rules.all()) == len(good)


def test_a_missing_part_of_the_metadata_is_named(client: Client) -> None:
    for base, part in ((CREDIT, "metadata.amount"), (HOOK, "metadata.web_hook_url")):
        answer = client.post("/v1/eventresponse", {**base, "metadata": {}})
        assert message_of(answer) == f"{part} is required"


@pytest.mark.parametrize("metadata", [{"metadata": '{"amount": "7"}'}, {"metadata.amount": "7"}])
def test_a_form_makes_a_rule_too(client: Client, metadata: dict[str, str]) -> None:
    form = {
        "branch_key": client.key,
        "branch_secret": client.secret,
        "calculation_type": "0",
        "location": "0",
        "type": "credit",
        "event": "buy",
        "filter": '{"sku": "12"}',
        **metadata,
    }
    assert client.call("POST", "/v1/eventresponse", data=form).json() == {}
    report(client, "ann")
    report(client, "ann", sku="12")
    assert balance(client, "ann") == {"default": 7}


def test_location_0_rewards_whoever_acts(client: Client) -> None:
    rule(client, metadata={"amount": 5, "bucket": "silver"})
    refer(client, "ann", "bob")
    for identity in ("ann", "bob", "bob"):
        report(client, identity)
    assert balance(client, "ann") == {"silver": 5}
    assert balance(client, "bob") == {"silver": 10}


def test_location_1_rewards_who_referred_whoever_acts(client: Client) -> None:
    rule(client, location=1)
    refer(client, "ann", "bob")
    report(client, "ann")
    report(client, "bob")
    assert balance(client, "ann") == {"default": 5}
    assert balance(client, "bob") == {}


def test_location_4_rewards_whoever_acts_if_somebody_referred_them(client: Client) -> None:
    rule(client, location=4)
    refer(client, "ann", "bob")
    report(client, "ann")
    report(client, "bob")
    assert balance(client, "ann") == {}
    assert balance(client, "bob") == {"default": 5}


@pytest.mark.parametrize("location", [0, 1, 4])
def test_calculation_type_1_rewards_a_user_once_per_rule(client: Client, location: int) -> None:
    rule(client, location=location, calculation_type=1)
    rule(client, location=location, calculation_type=1, metadata={"amount": 100})
    refer(client, "ann", "bob")
    refer(client, "ann", "cid")
    rewarded = "ann" if location == 1 else "bob"
    for _ in range(2):
        report(client, "bob")
    assert balance(client, rewarded) == {"default": 105}
    report(client, "cid")
    assert balance(client, "cid") == ({} if location == 1 else {"default": 105})
    assert balance(client, rewarded) == {"default": 105}


def test_a_star_matches_every_event_and_rules_act_in_the_order_they_were_made(
    client: Client,
) -> None:
    for amount, event in ((1, "buy"), (2, "*"), (3, "look"), (4, "*"), (5, "buy")):
        rule(client, event=event, metadata={"amount": amount})
    report(client, "ann", "buy")
    report(client, "bob", "other")
    report(client, "cid", "*")
    amounts = {
        name: [row["transaction"]["amount"] for row in rows(client, name)]
        for name in ("ann", "bob", "cid")
    }
    assert amounts == {"ann": [1, 2, 4, 5], "bob": [2, 4], "cid": [2, 4]}


@pytest.mark.parametrize(
    ("wanted", "metadata", "matches"),
    [
        ({}, {}, True),
        ({"sku": "12"}, {"sku": "12", "more": 1}, True),
        ({"sku": "12", "vip": True}, {"sku": "12", "vip": True}, True),
        ({"sku": "12", "vip": True}, {"sku": "12"}, False),
        ({"sku": "12"}, {"sku": "13"}, False),
        ({"sku": "12"}, {}, False),
        ({"n": 1}, {"n": True}, False),
        ({"n": 1}, {"n": 1.0}, True),
        ({"n": 1}, {"n": "1"}, False),
        ({"n": None}, {"n": None}, True),
        ({"n": None}, {}, False),
    ],
)
def test_all_pairs_of_a_filter_must_be_there(
    client: Client, wanted: dict[str, Any], metadata: dict[str, Any], *, matches: bool
) -> None:
    rule(client, filter=wanted)
    report(client, "ann", **metadata)
    assert balance(client, "ann") == ({"default": 5} if matches else {})


def test_rules_are_an_apps_own(client: Client, mock: BranchMock) -> None:
    other = mock.apps.mint()
    rule(client)
    mock.events.create("buy", "ann", app=other)
    assert mock.credits.get("ann", app=other) == {}


def test_the_rows_say_who_and_why(client: Client) -> None:
    rule(client, location=1)
    rule(client, location=4)
    rule(client, location=0)
    refer(client, "ann", "bob")
    report(client, "bob", sku="12")
    (of_ann,) = rows(client, "ann")
    as_referred, as_actor = rows(client, "bob")
    for row in (of_ann, as_referred, as_actor):
        assert row["transaction"]["type"] == 0
        assert row["transaction"]["amount"] == 5
        assert row["event"] == {"name": "buy", "metadata": {"sku": "12"}}
    assert (of_ann["referrer"], of_ann["referree"]) == (None, "bob")
    assert (as_referred["referrer"], as_referred["referree"]) == ("ann", None)
    assert (as_actor["referrer"], as_actor["referree"]) == (None, None)


def test_observed_shows_both_sides_in_the_row_of_the_referrer(mock: BranchMock) -> None:
    app = mock.apps.mint(profile="documented,reward_rows=both_sides")
    client = Client(mock.url, app.key, app.secret)
    rule(client, location=1)
    rule(client, location=4)
    mock.simulate.referral("ann", "bob", app=app)
    report(client, "bob")
    (of_ann,), (of_bob,) = rows(client, "ann"), rows(client, "bob")
    assert (of_ann["referrer"], of_ann["referree"]) == ("ann", "bob")
    assert (of_bob["referrer"], of_bob["referree"]) == (None, None)
    assert of_ann["event"] == {"name": "buy", "metadata": None}
    client.close()


def test_a_reward_that_does_not_fit_does_not_fail_the_event(
    client: Client, mock: BranchMock, caplog: pytest.LogCaptureFixture
) -> None:
    rule(client, calculation_type=1)
    rule(client, metadata={"amount": 1, "bucket": "silver"})
    mock.credits.add("ann", MAX_AMOUNT)
    report(client, "ann")
    assert balance(client, "ann") == {"default": MAX_AMOUNT, "silver": 1}
    assert "gave no reward" in caplog.text
    refused, rewarded = mock.events.outcomes(mock.events.all()[-1])
    assert refused.problem is not None
    assert str(MAX_AMOUNT) in refused.problem
    assert rewarded.transaction_id is not None
    mock.credits.redeem("ann", 10)
    report(client, "ann")
    assert balance(client, "ann")["default"] == MAX_AMOUNT - 5, "what failed did not count as once"


def test_an_event_without_an_identity_rewards_nobody(mock: BranchMock) -> None:
    app = mock.apps.mint(profile="observed")
    for location in (0, 1, 4):
        mock.rules.create(**{**CREDIT, "location": location}, app=app)
        mock.rules.create(**{**HOOK, "location": location, "calculation_type": 1}, app=app)
    event = mock.events.create("buy", app=app)
    (outcome,) = mock.events.outcomes(event)
    assert outcome.delivery_id is not None
    assert outcome.identity_id is None


def test_reset_forgets_rules_and_who_was_rewarded(client: Client, mock: BranchMock) -> None:
    rule(client, calculation_type=1)
    report(client, "ann")
    assert client.call("POST", "/_mock/reset").status_code == 200
    assert mock.rules.all() == []
    report(client, "ann")
    assert balance(client, "ann") == {}
    rule(client, calculation_type=1)
    report(client, "ann")
    assert balance(client, "ann") == {"default": 5}
