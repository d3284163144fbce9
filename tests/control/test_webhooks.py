"""The delivery log and the inboxes over HTTP (contract 12)."""

from typing import Any

import pytest

from branch_mock import BranchMock, DeliveryNotFound
from branch_mock.operations import webhooks as operations
from tests.client import Client, message_of


def hook(mock: BranchMock, url: str) -> None:
    mock.rules.create(
        event="*",
        type="web_hook",
        calculation_type=0,
        location=0,
        metadata={"web_hook_url": url},
    )


def log(client: Client) -> list[dict[str, Any]]:
    return list(client.get("/_mock/webhooks").json())


def test_webhooks_go_to_an_inbox_and_into_the_log(mock: BranchMock, client: Client) -> None:
    url = mock.webhooks.inbox_url("hooks")
    hook(mock, url)
    assert log(client) == []
    client.post("/v1/event", {"identity": "ann", "event": "buy", "metadata": {"sku": "12"}})
    mock.webhooks.wait(1, 5)
    (message,) = client.get("/_mock/inbox/hooks").json()
    assert message["user_agent"] == "Branch Metrics API"
    assert message["date"] == "2016-01-20T12:00:00.000Z"
    assert message["body"]["event"] == "buy"
    assert message["body"]["metadata"] == {"ip": "127.0.0.1", "referred": False, "sku": "12"}
    (delivery,) = log(client)
    assert (delivery["state"], delivery["url"], delivery["body"]) == (
        "delivered",
        url,
        message["body"],
    )
    (attempt,) = delivery["attempts"]
    assert (attempt["status"], attempt["error"]) == (200, None)
    assert attempt["request"]["headers"]["User-Agent"] == "Branch Metrics API"
    assert attempt["request"]["method"] == "POST"


def test_a_webhook_is_redelivered(mock: BranchMock, client: Client) -> None:
    hook(mock, mock.webhooks.inbox_url("hooks"))
    mock.events.create("buy", "ann")
    (delivery,) = mock.webhooks.wait(1, 5)
    again = client.call("POST", f"/_mock/webhooks/{delivery.id}/redeliver").json()
    assert (again["id"], again["state"]) == (str(delivery.id), "pending")
    (delivery,) = mock.webhooks.wait(1, 5)
    assert [attempt.status for attempt in delivery.attempts] == [200, 200]
    mock.webhooks.redeliver(delivery)
    mock.webhooks.wait(1, 5)
    assert len(client.get("/_mock/inbox/hooks").json()) == 3


def test_what_is_not_in_the_log_cannot_be_redelivered(mock: BranchMock, client: Client) -> None:
    answer = client.call("POST", "/_mock/webhooks/77/redeliver")
    assert (answer.status_code, message_of(answer)) == (404, "No webhook 77 in the delivery log")
    assert client.call("POST", "/_mock/webhooks/abc/redeliver").status_code == 400
    with pytest.raises(DeliveryNotFound):
        mock.webhooks.redeliver(77)


def test_an_inbox_collects_is_read_and_emptied(client: Client) -> None:
    path = "/_mock/inbox/mine"
    assert client.get(path).json() == []
    for number in range(3):
        answer = client.call("POST", path, json={"n": number, "null": None})
        assert (answer.status_code, answer.json()) == (200, {})
    bodies = [message["body"] for message in client.get(path).json()]
    assert bodies == [{"n": number, "null": None} for number in range(3)]
    assert client.get("/_mock/inbox/other").json() == []
    assert client.call("DELETE", path).json() == {"removed": 3}
    assert client.get(path).json() == []
    assert client.call("DELETE", path).json() == {"removed": 0}


def test_inboxes_are_bounded(
    mock: BranchMock, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "MAX_MESSAGES", 2)
    monkeypatch.setattr(operations, "MAX_INBOXES", 2)
    for number in range(3):
        client.call("POST", "/_mock/inbox/a", json={"n": number})
    assert [message.body["n"] for message in mock.webhooks.inbox("a")] == [1, 2]
    assert client.call("POST", "/_mock/inbox/b", json={}).status_code == 200
    answer = client.call("POST", "/_mock/inbox/c", json={})
    assert answer.status_code == 400
    assert "name" in message_of(answer)
    assert mock.webhooks.empty_inbox("a") == 2
    assert client.call("POST", "/_mock/inbox/c", json={}).status_code == 200


@pytest.mark.parametrize("name", ["a" * 64, "A-b_c.9"])
def test_names_of_inboxes(client: Client, name: str) -> None:
    assert client.call("POST", f"/_mock/inbox/{name}", json={}).status_code == 200


@pytest.mark.parametrize("name", ["a" * 65, "a b", "é"])
def test_other_names_are_refused(client: Client, name: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = client.call(method, f"/_mock/inbox/{name}")
        assert answer.status_code == 400
        assert "name" in message_of(answer)


def test_secrets_in_addresses_are_masked(mock: BranchMock, client: Client) -> None:
    hook(mock, mock.webhooks.inbox_url("hooks") + "?token=hush")
    mock.events.create("buy", "ann")
    mock.webhooks.wait(1, 5)
    assert "hush" not in client.get("/_mock/webhooks").text


def test_reset_empties_log_and_inboxes(mock: BranchMock, client: Client) -> None:
    hook(mock, mock.webhooks.inbox_url("hooks"))
    mock.events.create("buy", "ann")
    mock.webhooks.wait(1, 5)
    assert client.call("POST", "/_mock/reset", json={"parts": ["state"]}).status_code == 200
    assert len(log(client)) == 1
    assert client.call("POST", "/_mock/reset", json={"parts": ["webhooks"]}).status_code == 200
    assert log(client) == []
    assert client.get("/_mock/inbox/hooks").json() == []
