"""What requests may look like (contract 3)."""

import json
from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from tests.client import Client, message_of
from tests.state import unchanged

INVALID_CREDENTIALS = "Invalid or missing app id, Branch key, or secret"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def view(client: Client, made: requests.Response) -> Any:
    """The link that a POST made."""
    assert made.status_code == 200, made.text
    query = {"url": made.json()["url"], "branch_key": client.key}
    return client.get("/v1/url", params=query).json()


def custom(view: Any) -> dict[str, Any]:
    """The custom data in a view."""
    return {
        key: value for key, value in view["data"].items() if key[0] not in "$~" and key != "url"
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-URLEncoded; charset=utf-8",
        "text/plain",
        "multipart/form-data; boundary=x",
        "nonsense",
        None,
    ],
)
def test_a_body_is_json_whatever_its_type_says(client: Client, content_type: str | None) -> None:
    body = json.dumps({"branch_key": client.key, "channel": "é", "data": {"n": [1, None, True]}})
    headers = {} if content_type is None else {"Content-Type": content_type}
    for text in (body, " \r\n" + body + "\n", "\ufeff" + body):
        made = client.call("POST", "/v1/url", data=text.encode(), headers=headers)
        link = view(client, made)
        assert link["channel"] == "é"
        assert link["data"]["n"] == [1, None, True]


def post_form(client: Client, text: str) -> requests.Response:
    """POST /v1/url of a form with the key in it."""
    data = f"branch_key={client.key}&{text}"
    return client.call("POST", "/v1/url", data=data.encode(), headers=FORM)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("tags=a&tags=b", ["a", "b"]),
        ("tags[]=a&tags[]=b", ["a", "b"]),
        ("tags%5B%5D=a", ["a"]),
        ("tags=a", ["a"]),
        ("tags[]=a&tags=b", ["a", "b"]),
    ],
)
def test_repeated_fields_make_a_list(client: Client, text: str, tags: list[str]) -> None:
    assert view(client, post_form(client, text))["tags"] == tags


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("data.a=1&data.b.c=2", {"a": "1", "b": {"c": "2"}}),
        ("data.list=1&data.list=2", {"list": ["1", "2"]}),
        ("data=%7B%22a%22%3A1%2C%22b%22%3A%5Btrue%5D%7D", {"a": 1, "b": [True]}),
        ("data.a=x+y%2Bz", {"a": "x y+z"}),
        ("data.a=", {"a": ""}),
    ],
)
def test_forms_carry_objects(client: Client, text: str, data: dict[str, Any]) -> None:
    assert custom(view(client, post_form(client, text))) == data


def test_a_form_may_set_everything(client: Client) -> None:
    text = "alias=form&type=1&duration=60&channel=c&feature=&stage=s&campaign=k&identity=me&sdk=web"
    link = view(client, post_form(client, text))
    assert {key: link[key] for key in ("alias", "type", "channel", "stage", "campaign")} == {
        "alias": "form",
        "type": 1,
        "channel": "c",
        "stage": "s",
        "campaign": "k",
    }
    assert "feature" not in link
    assert link["data"]["$match_duration"] == 60


def test_data_may_be_json_text_in_json(client: Client) -> None:
    made = client.post("/v1/url", {"data": '{"a": {"b": [1.5, null]}}'})
    assert custom(view(client, made)) == {"a": {"b": [1.5, None]}}


@pytest.mark.parametrize("text", ["", "x", "[1]", "3", "null", '"{}"', "{", '{"a":1}x'])
def test_other_texts_in_data_are_refused(client: Client, text: str) -> None:
    refused = client.post("/v1/url", {"data": text})
    assert refused.status_code == 400
    assert message_of(refused).startswith("data must be an object or its JSON text, got ")


@pytest.mark.parametrize("sent", [1, "1", "01", 1.0])
def test_digits_in_a_text_are_a_number(client: Client, sent: object) -> None:
    link = view(client, client.post("/v1/url", {"type": sent, "duration": sent}))
    assert link["type"] == 1
    assert link["data"]["$match_duration"] == 1


@pytest.mark.parametrize(
    "sent", ["x", "1.0", "-1", " 1", "", "\u0661", "1" * 30, 1.5, True, [1], {}]
)
def test_other_values_are_no_numbers(client: Client, sent: object) -> None:
    refused = client.post("/v1/url", {"type": sent, "duration": sent})
    assert refused.status_code == 400
    assert "duration must be" in message_of(refused)
    assert "type must be" in message_of(refused)


@pytest.mark.parametrize("blank", [None, "", []])
def test_null_and_blank_mean_absent(client: Client, blank: object) -> None:
    link = view(client, client.post("/v1/url", {"tags": blank}))
    assert "tags" not in link
    if blank == []:
        return
    names = ("alias", "channel", "feature", "campaign", "stage", "identity")
    link = view(client, client.post("/v1/url", dict.fromkeys(names, blank)))
    assert sorted(link) == ["alias", "data", "type"]
    assert link["alias"] is None


def test_null_means_absent_for_every_field(client: Client) -> None:
    link = view(client, client.post("/v1/url", {"type": None, "duration": None, "data": None}))
    assert link["type"] == 0
    assert custom(link) == {}


def test_unknown_fields_are_ignored(client: Client) -> None:
    body = {"sdk": "api", "more": {"a": [1]}, "channel": "x"}
    link = view(client, client.post("/v1/url?what=ever", body))
    assert link["channel"] == "x"
    assert custom(link) == {}


CREDENTIAL_NAMES = ["branch_key", "app_id"]


def credential(client: Client, mock: BranchMock, name: str) -> str:
    """The value of a credential that says who calls."""
    return client.key if name == "branch_key" else str(mock.app.id)


@pytest.mark.parametrize("name", CREDENTIAL_NAMES)
def test_credentials_may_come_in_query_or_body(client: Client, mock: BranchMock, name: str) -> None:
    who = {name: credential(client, mock, name)}
    for query, body in ((who, {}), ({}, who)):
        made = client.call("POST", "/v1/url", params=query, json={"channel": "x", **body})
        assert made.status_code == 200
    secret = {"branch_secret": client.secret}
    for query, body in (
        ({**who, **secret}, {}),
        ({}, {**who, **secret}),
        (secret, who),
        (who, secret),
    ):
        put = client.call("PUT", "/v1/url", params={"url": "bnc.lt/test-link", **query}, json=body)
        assert put.status_code == 200, put.text


def test_an_app_id_may_be_a_number(client: Client, mock: BranchMock) -> None:
    made = client.call("POST", "/v1/url", json={"app_id": mock.app.id, "channel": "x"})
    assert made.status_code == 200


@pytest.mark.parametrize("name", CREDENTIAL_NAMES)
def test_credentials_may_come_in_the_path(client: Client, mock: BranchMock, name: str) -> None:
    path = f"/v1/url/bulk/{credential(client, mock, name)}"
    assert client.post(path, [{"channel": "x"}]).json()[0]["url"]


@pytest.mark.parametrize(
    "who",
    [
        {},
        {"branch_key": "key_live_unknown"},
        {"branch_key": ""},
        {"branch_key": None},
        {"branch_key": 5},
        {"app_id": "12"},
        {"app_id": 12},
        {"app_id": True},
    ],
)
def test_without_a_known_key_every_call_is_refused(
    client: Client, mock: BranchMock, who: dict[str, object]
) -> None:
    with unchanged(mock.branch):
        refusals = [
            client.call("POST", "/v1/url", json={"channel": "x", **who}),
            client.call("PUT", "/v1/url?url=bnc.lt/test-link", json=who),
            client.call("GET", "/v1/url", params={"url": "bnc.lt/test-link", **who}),
            client.call("POST", f"/v1/url/bulk/{who.get('branch_key') or 'x'}", json=[{}]),
        ]
    for refused in refusals:
        assert refused.status_code == 400
        assert message_of(refused) == INVALID_CREDENTIALS


@pytest.mark.parametrize("secret", [None, "", "secret_live_wrong", 5, ["x"], "é"])
def test_a_wrong_secret_is_refused(client: Client, mock: BranchMock, secret: object) -> None:
    with unchanged(mock.branch):
        put = client.put("/v1/url?url=bnc.lt/test-link", {"branch_secret": secret, "channel": "x"})
    assert put.status_code == 400
    assert message_of(put) == INVALID_CREDENTIALS


def test_the_secret_of_another_app_is_a_wrong_one(client: Client, mock: BranchMock) -> None:
    other = mock.branch.apps.all()[1]
    put = client.put("/v1/url?url=bnc.lt/test-link", {"branch_secret": other.secret})
    assert message_of(put) == INVALID_CREDENTIALS
