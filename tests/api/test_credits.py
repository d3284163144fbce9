"""Credits over HTTP (contract 8)."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.domain.credits import MAX_AMOUNT
from tests.client import TIMEOUT, Client, message_of

CHANGES = ("/v1/credits", "/v1/redeem", "/v1/reconcile")
RACERS = 200


def balances(client: Client, identity: str) -> dict[str, int]:
    response = client.get("/v1/credits", params={"branch_key": client.key, "identity": identity})
    assert response.status_code == 200
    return dict(response.json())


def history(client: Client, identity: str, **page: object) -> list[dict[str, Any]]:
    params = {"branch_key": client.key, "identity": identity, **page}
    response = client.get("/v1/credithistory", params=params)
    assert response.status_code == 200, response.text
    return list(response.json())


def add(client: Client, identity: str, amount: int, **more: object) -> None:
    answer = client.post("/v1/credits", {"identity": identity, "amount": amount, **more})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["transaction"]["id"] for row in rows]


def test_credits_are_added_redeemed_and_reconciled(client: Client) -> None:
    add(client, "ann", 10)
    add(client, "ann", 4, bucket="silver")
    redeemed = client.post("/v1/redeem", {"identity": "ann", "amount": 3})
    assert (redeemed.status_code, redeemed.json()) == (200, {})
    taken = client.post("/v1/reconcile", {"identity": "ann", "amount": 2}).json()
    assert (taken["type"], taken["bucket"], taken["amount"]) == (4, "default", -2)
    assert taken["app_id"] == "55696551485375420"
    assert balances(client, "ann") == {"default": 5, "silver": 4}
    rows = history(client, "ann")
    shown = [(row["transaction"]["type"], row["transaction"]["amount"]) for row in rows]
    assert shown == [(4, -2), (2, -3), (1, 4), (1, 10)]
    for row in rows:
        assert row["event"] == {"name": None, "metadata": None}
        assert row["referrer"] is None
        assert row["referree"] is None


def test_an_unknown_identity_has_nothing(client: Client) -> None:
    assert balances(client, "nobody") == {}
    assert history(client, "nobody") == []
    assert balances(client, "nobody") == {}, "asking has made it known"


def test_nobody_redeems_more_than_there_is(client: Client) -> None:
    add(client, "ann", 5)
    for identity, amount, bucket in (("ann", 6, "default"), ("ann", 1, "x"), ("bob", 1, "default")):
        body = {"identity": identity, "amount": amount, "bucket": bucket}
        answer = client.post("/v1/redeem", body)
        assert answer.status_code == 402
        assert message_of(answer) == "Not enough credits to redeem."
    assert balances(client, "ann") == {"default": 5}
    assert len(history(client, "ann")) == 1
    assert client.post("/v1/redeem", {"identity": "ann", "amount": 5}).status_code == 200
    assert balances(client, "ann") == {"default": 0}


@pytest.mark.parametrize(
    ("profile", "answered"), [("documented", -5), ("observed", -9), ("reconcile_amount=asked", -9)]
)
def test_reconciling_past_the_balance_stops_at_zero(profile: str, answered: int) -> None:
    profile = profile if "=" not in profile else f"documented,{profile}"
    with BranchMock(profile=profile, seed="empty") as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        add(client, "ann", 5)
        answer = client.post("/v1/reconcile", {"identity": "ann", "amount": 9}).json()
        assert answer["amount"] == answered
        assert balances(client, "ann") == {"default": 0}
        assert history(client, "ann")[0]["transaction"]["amount"] == -5
        assert client.post("/v1/reconcile", {"identity": "ann", "amount": 1}).status_code == 200
        client.close()


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize("missing", ["branch_key", "branch_secret", "identity", "amount"])
def test_every_required_field_is_required(client: Client, path: str, missing: str) -> None:
    body = {"identity": "alex", "amount": 1, missing: None}
    answer = client.post(path, body)
    assert answer.status_code == 400
    if missing.startswith("branch"):
        assert message_of(answer) == "Invalid or missing app id, Branch key, or secret"
    else:
        assert missing in message_of(answer)
        assert "is required" in message_of(answer)
    assert balances(client, "alex") == {"default": 15, "other bucket": 4}


@pytest.mark.parametrize("path", ["/v1/credits", "/v1/credithistory"])
def test_reading_needs_key_and_identity(client: Client, path: str) -> None:
    answer = client.get(path, params={"identity": "alex"})
    assert (answer.status_code, message_of(answer)) == (
        400,
        "Invalid or missing app id, Branch key, or secret",
    )
    answer = client.get(path, params={"branch_key": client.key})
    assert (answer.status_code, message_of(answer)) == (
        400,
        "identity or identity_id is required",
    )


@pytest.mark.parametrize("path", CHANGES)
@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("amount", [1, "1", 1.0], [0, -1, 1.5, "0", "-1", "x", True, MAX_AMOUNT + 1, 10**30, []]),
        ("bucket", ["b" * 63, ""], ["b" * 64, 5, {}]),
        ("identity", ["i" * 127], ["i" * 128, "", 7, []]),
    ],
)
def test_limits(client: Client, path: str, field: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        body = {"identity": "alex", "amount": 1, field: value}
        client.post("/v1/credits", body)
        assert client.post(path, body).status_code == 200, value
    before = balances(client, "alex")
    for value in bad:
        answer = client.post(path, {"identity": "alex", "amount": 1, field: value})
        assert answer.status_code == 400, value
        assert field in message_of(answer)
    assert balances(client, "alex") == before


def test_all_failing_fields_are_named_at_once(client: Client) -> None:
    answer = client.post("/v1/credits", {"amount": 0, "bucket": "b" * 64})
    assert answer.status_code == 400
    for part in ("identity", "amount must be at least 1, got 0", "bucket must be at most 63"):
        assert part in message_of(answer)


def test_a_balance_never_passes_the_largest_amount(client: Client) -> None:
    add(client, "rich", MAX_AMOUNT)
    answer = client.post("/v1/credits", {"identity": "rich", "amount": 1})
    assert answer.status_code == 400
    assert str(MAX_AMOUNT) in message_of(answer)
    assert balances(client, "rich") == {"default": MAX_AMOUNT}


def test_forms_do_as_well_as_json(client: Client) -> None:
    form = {
        "branch_key": client.key,
        "branch_secret": client.secret,
        "identity": "form",
        "amount": "7",
        "bucket": "b",
    }
    assert client.call("POST", "/v1/credits", data=form).json() == {"success": True}
    assert client.call("POST", "/v1/redeem", data={**form, "amount": "2"}).json() == {}
    assert balances(client, "form") == {"b": 5}


def test_sdks_name_a_user_by_id(client: Client) -> None:
    add(client, "ann", 6)
    taken = client.post("/v1/reconcile", {"identity": "ann", "amount": 1}).json()
    user = taken["identity_id"]
    by_path = client.get(f"/v1/credits/{user}", params={"branch_key": client.key})
    assert by_path.json() == {"default": 5}
    by_query = client.get("/v1/credits", params={"branch_key": client.key, "identity_id": user})
    assert by_query.json() == {"default": 5}
    assert client.post("/v1/redeem", {"identity_id": user, "amount": 2}).status_code == 200
    rows = client.post("/v1/credithistory", {"identity_id": user, "direction": 1}).json()
    assert [row["transaction"]["amount"] for row in rows] == [6, -1, -2]


def test_an_id_of_another_app_is_unknown(client: Client, mock: BranchMock) -> None:
    other = mock.branch.apps.mint()
    stranger = str(mock.branch.identities.ensure(other, "stranger").id)
    mock.branch.credits.add(other, "stranger", 5)
    by_path = client.get(f"/v1/credits/{stranger}", params={"branch_key": client.key})
    assert by_path.json() == {}
    for path, status in (("/v1/redeem", 402), ("/v1/credits", 400), ("/v1/reconcile", 400)):
        assert client.post(path, {"identity_id": stranger, "amount": 1}).status_code == status
    assert client.post("/v1/credithistory", {"identity_id": stranger}).json() == []
    bad = client.get("/v1/credits/abc", params={"branch_key": client.key})
    assert bad.status_code == 400
    assert "identity_id" in message_of(bad)


def test_history_pages_in_both_directions(client: Client) -> None:
    for amount in range(1, 8):
        add(client, "ann", amount, bucket="odd" if amount % 2 else "even")
    newest = history(client, "ann")
    assert [row["transaction"]["amount"] for row in newest] == [7, 6, 5, 4, 3, 2, 1]
    for direction, whole in (
        ("asc", newest[::-1]),
        ("1", newest[::-1]),
        ("desc", newest),
        ("0", newest),
    ):
        for bucket in (None, "odd", "even"):
            wanted = [row for row in whole if bucket in {None, row["transaction"]["bucket"]}]
            page: Mapping[str, object] = {"direction": direction}
            page = page if bucket is None else {**page, "bucket": bucket}
            assert history(client, "ann", **page) == wanted
            for at, row in enumerate(wanted):
                after = {"begin_after_id": row["transaction"]["id"], "length": 2, **page}
                assert history(client, "ann", **after) == wanted[at + 1 : at + 3]
    assert history(client, "ann", bucket="none") == []


def test_the_default_seed_shows_every_type_of_transaction(client: Client) -> None:
    rows = history(client, "alex", direction="asc")
    shown = [(row["transaction"]["type"], row["transaction"]["amount"]) for row in rows]
    assert shown == [(0, 5), (1, 20), (2, -3), (1, 9), (3, -2), (4, -5), (5, -5)]
    assert [row["event"]["name"] for row in rows] == ["install", *[None] * 6]


def test_history_goes_on_after_an_id_that_is_not_in_the_bucket(client: Client) -> None:
    for amount, bucket in ((1, "a"), (2, "b"), (3, "a")):
        add(client, "ann", amount, bucket=bucket)
    middle = ids(history(client, "ann"))[1]
    for direction, amount in (("asc", 3), ("desc", 1)):
        rows = history(client, "ann", bucket="a", begin_after_id=middle, direction=direction)
        assert [row["transaction"]["amount"] for row in rows] == [amount]


def test_history_is_a_hundred_rows_unless_told(client: Client, mock: BranchMock) -> None:
    for _ in range(101):
        mock.branch.credits.add(mock.app, "busy", 1)
    assert len(history(client, "busy")) == 100
    assert len(history(client, "busy", length=101)) == 101
    assert len(history(client, "busy", length="1")) == 1


def test_sdks_page_through_the_history_by_post(client: Client, mock: BranchMock) -> None:
    for number in range(101):
        mock.branch.credits.add(mock.app, "busy", number + 1, "odd" if number % 2 else "even")
    middle = ids(history(client, "busy", length=50))[-1]
    pages: list[dict[str, Any]] = [
        {},
        {"length": 3},
        {"length": "3", "direction": "asc"},
        {"direction": 1, "bucket": "odd"},
        {"direction": 0, "begin_after_id": middle},
        {"direction": "asc", "begin_after_id": middle, "bucket": "even", "length": 2},
    ]
    found = []
    for page in pages:
        answer = client.post("/v1/credithistory", {"identity": "busy", **page})
        assert answer.status_code == 200, answer.text
        assert answer.json() == history(client, "busy", **page)
        found.append([row["transaction"]["amount"] for row in answer.json()])
    newest_first = [*range(101, 0, -1)]
    assert found == [
        newest_first[:100],
        newest_first[:3],
        [1, 2, 3],
        [*range(2, 101, 2)],
        [*range(51, 0, -1)],
        [53, 55],
    ]
    nobody = client.post("/v1/credithistory", {})
    assert (nobody.status_code, message_of(nobody)) == (400, "identity or identity_id is required")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("length", 0),
        ("length", -1),
        ("length", "many"),
        ("direction", "up"),
        ("direction", 2),
        ("begin_after_id", "x"),
        ("bucket", "b" * 64),
    ],
)
def test_history_refuses(client: Client, field: str, value: object) -> None:
    params = {"branch_key": client.key, "identity": "alex", field: value}
    for answer in (
        client.get("/v1/credithistory", params=params),
        client.post("/v1/credithistory", {"identity": "alex", field: value}),
    ):
        assert answer.status_code == 400
        assert field in message_of(answer)


def test_of_many_clients_only_as_many_redeem_as_there_are_credits(
    client: Client, mock: BranchMock
) -> None:
    covered = 37
    add(client, "raced", covered)
    body = {
        "branch_key": client.key,
        "branch_secret": client.secret,
        "identity": "raced",
        "amount": 1,
    }

    def redeem(_: int) -> int:
        answer = requests.post(f"{mock.url}/v1/redeem", json=body, timeout=TIMEOUT)
        return answer.status_code

    with ThreadPoolExecutor(max_workers=32) as pool:
        statuses = list(pool.map(redeem, range(RACERS)))
    assert statuses.count(200) == covered
    assert statuses.count(402) == RACERS - covered
    assert balances(client, "raced") == {"default": 0}
    rows = history(client, "raced", length=1000)
    assert sum(row["transaction"]["amount"] for row in rows) == 0
    assert len(rows) == covered + 1
