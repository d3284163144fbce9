"""Events over HTTP (contract 9)."""

from collections.abc import Iterator
from typing import Any

import pytest

from branch_mock import BranchMock
from branch_mock.domain.events import Event
from tests.client import Client, message_of

CREDENTIALS = "Invalid or missing app id, Branch key, or secret"


@pytest.fixture
def observed() -> Iterator[BranchMock]:
    """A server of the profile `observed`."""
    with BranchMock(seed="empty", profile="observed") as mock:
        yield mock
    assert mock.failures == []


def last(mock: BranchMock) -> Event:
    return mock.branch.events.all()[-1]


def test_an_event_is_recorded(client: Client, mock: BranchMock) -> None:
    metadata = {"sku": "12", "price": 9.5, "gift": True, "note": None}
    body = {"identity": "alex", "event": "purchase", "metadata": metadata}
    answer = client.post("/v1/event", body)
    assert (answer.status_code, answer.json()) == (200, {})
    event = last(mock)
    assert (event.app_id, event.name, event.metadata) == (mock.app.id, "purchase", metadata)
    assert event.identity_id == 55705482546906094
    assert event.ip == "127.0.0.1"


def test_an_event_makes_its_user_known(client: Client, mock: BranchMock) -> None:
    assert client.post("/v1/event", {"identity": "new", "event": "hello"}).status_code == 200
    known = mock.branch.identities.find(mock.app, "new")
    assert known is not None
    assert last(mock).identity_id == known.id
    assert last(mock).metadata == {}


@pytest.mark.parametrize(
    "form",
    [
        {"metadata": '{"sku": "12", "a.b": 1}'},
        {"metadata.sku": "12"},
        {"metadata": '{"sku": "12"}'},
    ],
)
def test_a_form_reports_an_event_too(
    client: Client, mock: BranchMock, form: dict[str, str]
) -> None:
    whole = {
        "branch_key": client.key,
        "branch_secret": client.secret,
        "identity": "alex",
        "event": "purchase",
        **form,
    }
    answer = client.call("POST", "/v1/event", data=whole)
    assert (answer.status_code, answer.json()) == (200, {})
    assert last(mock).metadata["sku"] == "12"


def test_metadata_may_be_json_text_in_json(client: Client, mock: BranchMock) -> None:
    body = {"identity": "alex", "event": "purchase", "metadata": '{"sku": 12}'}
    assert client.post("/v1/event", body).status_code == 200
    assert last(mock).metadata == {"sku": 12}


@pytest.mark.parametrize("missing", ["branch_key", "branch_secret", "identity", "event"])
def test_every_required_field_is_required(client: Client, mock: BranchMock, missing: str) -> None:
    answer = client.post("/v1/event", {"identity": "alex", "event": "e", missing: None})
    assert answer.status_code == 400
    text = message_of(answer)
    assert text == CREDENTIALS if missing.startswith("branch") else missing in text
    assert mock.branch.events.all() == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("event", ["e" * 63], ["e" * 64, "", 5, {}]),
        ("identity", ["i" * 127], ["i" * 128, ""]),
        (
            "metadata",
            [{}, {"k" * 255: "v" * 255}, "{}", {"a": 1, "b": True, "c": 10**254}],
            [
                {"k" * 256: 1},
                {"k": "v" * 256},
                {"k": 10**255},
                {"k": {}},
                {"k": []},
                [],
                "x",
                5,
                "[1]",
                True,
            ],
        ),
    ],
)
def test_limits(
    client: Client, mock: BranchMock, field: str, good: list[Any], bad: list[Any]
) -> None:
    for value in good:
        answer = client.post("/v1/event", {"identity": "alex", "event": "e", field: value})
        assert answer.status_code == 200, answer.text
    count = len(mock.branch.events.all())
    for value in bad:
        answer = client.post("/v1/event", {"identity": "alex", "event": "e", field: value})
        assert answer.status_code == 400, value
        assert field in message_of(answer)
    assert len(mock.branch.events.all()) == count == len(good)


def test_a_refusal_names_the_key_that_is_too_long_and_the_value(client: Client) -> None:
    body = {"identity": "a", "event": "e", "metadata": {"k" * 256: 1}}
    text = message_of(client.post("/v1/event", body))
    assert "metadata keys must be at most 255 characters" in text
    body = {"event": "e" * 64, "metadata": {"sku": "v" * 256}}
    text = message_of(client.post("/v1/event", body))
    for part in ("identity", "event must be at most 63", "metadata.sku must be at most 255"):
        assert part in text


def test_observed_asks_for_neither_identity_nor_secret(observed: BranchMock) -> None:
    client = Client(observed.url, observed.app.key, observed.app.secret)
    for more in ({}, {"identity": "ann"}, {"branch_secret": client.secret}):
        body = {"branch_key": client.key, "event": "e", **more}
        assert client.call("POST", "/v1/event", json=body).json() == {}
    events = observed.branch.events.all()
    assert [event.identity_id is None for event in events] == [True, False, True]
    wrong = {"branch_key": client.key, "event": "e", "branch_secret": "secret_live_wrong"}
    refused = client.call("POST", "/v1/event", json=wrong)
    assert (refused.status_code, message_of(refused)) == (400, CREDENTIALS)
    refused = client.call("POST", "/v1/event", json={"branch_key": client.key})
    assert (refused.status_code, message_of(refused)) == (400, "event is required")
    client.close()


def test_sdks_name_a_user_by_id(client: Client, mock: BranchMock) -> None:
    body = {"identity_id": "55705482546906094", "event": "e", "session_id": "123"}
    assert client.post("/v1/event", body).status_code == 200
    assert last(mock).identity_id == 55705482546906094
    assert last(mock).session is None
    answer = client.post("/v1/event", {"identity_id": 5, "event": "e"})
    assert (answer.status_code, message_of(answer)) == (
        400,
        "identity_id is no user of this app, got 5",
    )
