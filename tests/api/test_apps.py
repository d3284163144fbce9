"""Apps over HTTP (contract 7)."""

from typing import Any

import pytest
import requests

from branch_mock import BranchMock, FrozenClock
from branch_mock.domain.apps import CONFIG_FIELDS
from branch_mock.validation import load
from tests.client import Client, message_of

NEW = {
    "user_id": "12345",
    "app_name": "My app",
    "dev_name": "Dev Eloper",
    "dev_email": "dev@example.com",
}
FLAGS = {"android_app": 2, "ios_app": 2, "android_app_links_enabled": 1}
COMPUTED = {
    "id",
    "app_key",
    "branch_key",
    "branch_secret",
    "creation_date",
    "default_short_url_domain",
    "alternate_short_url_domain",
    "short_url_domain",
    "origin",
}
TEXTS = sorted(
    set(CONFIG_FIELDS)
    - {"android_app", "ios_app", "android_app_links_enabled", "universal_linking_enabled"}
    - {"sha256_cert_fingerprints"}
)


def create(client: Client, **fields: object) -> requests.Response:
    return client.call("POST", "/v1/app", json={**NEW, **fields})


def view(client: Client, app: dict[str, Any]) -> dict[str, Any]:
    path, secret = f"/v1/app/{app['branch_key']}", {"branch_secret": app["branch_secret"]}
    answer = client.get(path, params=secret)
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_schema_and_the_domain_know_the_same_fields() -> None:
    body = load("apps/create.json")["properties"]["body"]
    assert set(body["properties"]) == {*CONFIG_FIELDS, "user_id"}
    assert set(load("apps/get.reply.json")["properties"]) == {*CONFIG_FIELDS, *COMPUTED}


def test_an_app_is_viewed_whole(client: Client) -> None:
    answer = client.get(f"/v1/app/{client.key}", params={"branch_secret": client.secret})
    app = answer.json()
    assert list(app) == sorted([*CONFIG_FIELDS, *COMPUTED])
    assert app["id"] == app["app_key"] == "55696551485375420"
    assert app["branch_key"] == client.key
    assert app["branch_secret"] == client.secret
    assert app["creation_date"] == "2014-10-28T17:28:39.259Z"
    assert app["default_short_url_domain"] == "bnc0.app.link"
    assert app["alternate_short_url_domain"] == "bnc0-alternate.app.link"
    assert (app["android_app"], app["ios_app"]) == (1, 1)
    assert app["universal_linking_enabled"] is True
    unset = ("dev_phone_number", "blackberry_url", "origin", "short_url_domain", "deepview_ios")
    assert [app[name] for name in unset] == [None] * len(unset)


def test_a_new_app_is_answered_with_the_documented_fields(
    client: Client, clock: FrozenClock
) -> None:
    answer = create(client)
    assert answer.status_code == 200
    app = answer.json()
    assert list(app) == sorted(app)
    assert "user_id" not in app
    assert {name: app[name] for name in NEW if name != "user_id"} == {
        name: value for name, value in NEW.items() if name != "user_id"
    }
    assert app["creation_date"] == "2016-01-20T12:00:00.000Z"
    assert app["origin"] == "API: creator id = 12345, creator email = dev@example.com"
    assert app["ios_store_country"] == "US"
    assert app["short_url_domain"] == app["default_short_url_domain"]
    assert app["web_url"] is None
    assert "fire_url" not in app
    clock.advance(1)
    assert create(client).json()["creation_date"] == "2016-01-20T12:00:01.000Z"


def test_what_is_sent_is_echoed_as_sent_and_read_as_numbers(client: Client) -> None:
    sent = {
        "android_app": "2",
        "ios_app": 1,
        "universal_linking_enabled": "0",
        "android_app_links_enabled": True,
        "sha256_cert_fingerprints": ["AA:BB", "CC:DD"],
        "fire_url": "https://example.com/fire",
        "unknown": "ignored",
    }
    app = create(client, **sent).json()
    assert {name: app.get(name) for name in sent} == {**sent, "unknown": None}
    shown = view(client, app)
    assert (shown["android_app"], shown["ios_app"]) == (2, 1)
    assert shown["universal_linking_enabled"] is False
    assert shown["android_app_links_enabled"] is True
    assert shown["sha256_cert_fingerprints"] == ["AA:BB", "CC:DD"]


def test_a_form_makes_an_app_too(client: Client) -> None:
    fingerprints = ["AA", "BB"]
    form = {**NEW, "ios_app": "1", "sha256_cert_fingerprints": fingerprints}
    app = client.call("POST", "/v1/app", data=form).json()
    assert app["ios_app"] == "1"
    assert view(client, app)["sha256_cert_fingerprints"] == fingerprints
    form["sha256_cert_fingerprints"] = "AA"
    app = client.call("POST", "/v1/app", data=form).json()
    assert view(client, app)["sha256_cert_fingerprints"] == ["AA"]


@pytest.mark.parametrize("missing", sorted(NEW))
def test_every_required_field_is_required(client: Client, mock: BranchMock, missing: str) -> None:
    before = len(mock.branch.apps.all())
    answer = create(client, **{missing: None})
    assert (answer.status_code, message_of(answer)) == (400, f"{missing} is required")
    assert len(mock.branch.apps.all()) == before


@pytest.mark.parametrize("field", ["user_id", *TEXTS])
def test_texts_hold_255_characters(client: Client, field: str) -> None:
    longest = "é" * 255
    app = create(client, **{field: longest})
    assert app.status_code == 200
    if field != "user_id":
        assert view(client, app.json())[field] == longest
    answer = create(client, **{field: longest + "x"})
    assert answer.status_code == 400
    assert f"{field} must be at most 255 characters" in message_of(answer)


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("android_app", [0, 1, 2, "0", "2"], [3, -1, "3", "yes", True]),
        ("ios_app", [0, 1, 2, "1"], [3, "", 0.5]),
        ("universal_linking_enabled", [0, 1, "1", True, False], [2, "2", "true"]),
        ("android_app_links_enabled", [0, 1, "0"], [2, -1]),
        ("sha256_cert_fingerprints", [[], ["x" * 255]], [["x" * 256], [1], 5, {}]),
        ("app_name", [""], [5, [], {}]),
    ],
)
def test_values(client: Client, field: str, good: list[object], bad: list[object]) -> None:
    app = create(client).json()
    path, secret = f"/v1/app/{app['branch_key']}", {"branch_secret": app["branch_secret"]}
    for value in good:
        assert create(client, **{field: value}).status_code == 200, value
        assert client.call("PUT", path, json={**secret, field: value}).status_code == 200, value
    before = view(client, app)
    for value in bad:
        for answer in (
            create(client, **{field: value}),
            client.call("PUT", path, json={**secret, field: value}),
        ):
            assert answer.status_code == 400, value
            assert field in message_of(answer)
    assert view(client, app) == before


def test_a_new_app_works_at_once_everywhere(client: Client) -> None:
    first, second = create(client).json(), create(client).json()
    assert len({first["id"], second["id"], client.key}) == 3
    one = Client(client.url, first["branch_key"], first["branch_secret"])
    two = Client(client.url, second["branch_key"], second["branch_secret"])
    data = {"$desktop_url": "https://example.com/one"}
    url = one.post("/v1/url", {"alias": "promo", "data": data}).json()["url"]
    assert first["default_short_url_domain"] in url
    assert two.post("/v1/url", {"alias": "promo"}).json()["url"] != url
    followed = one.get(url.removeprefix(client.url))
    assert followed.status_code == 307
    real = one.get("/promo", host=first["default_short_url_domain"])
    assert real.headers["Location"].startswith("https://example.com/one")
    assert one.post("/v1/credits", {"identity": "ann", "amount": 3}).status_code == 200
    by_id = {"app_id": first["id"], "identity": "ann"}
    assert client.get("/v1/credits", params=by_id).json() == {"default": 3}
    assert two.get("/v1/credits", params={"branch_key": two.key, "identity": "ann"}).json() == {}
    mixed = Client(client.url, first["branch_key"], second["branch_secret"])
    assert mixed.post("/v1/redeem", {"identity": "ann", "amount": 1}).status_code == 400
    for other in (one, two, mixed):
        other.close()


def test_an_update_is_partial(client: Client) -> None:
    app = create(client, web_url="https://example.com/", ios_store_country="DE").json()
    before = view(client, app)
    path = f"/v1/app/{app['branch_key']}"
    change = {"app_name": "Renamed", "android_app": "1", "og_title": None}
    answer = client.call("PUT", path, json={"branch_secret": app["branch_secret"], **change})
    assert answer.status_code == 200
    assert answer.json() == {**before, "app_name": "Renamed", "android_app": 1}
    assert view(client, app) == answer.json()


def test_what_get_answers_can_be_put_back(client: Client) -> None:
    app = create(client, **FLAGS).json()
    shown = view(client, app)
    answer = client.call("PUT", f"/v1/app/{app['branch_key']}", json=shown)
    assert (answer.status_code, answer.json()) == (200, shown)


def test_id_credentials_and_creation_date_never_change(client: Client) -> None:
    app = create(client).json()
    shown = view(client, app)
    change = {
        "id": "1",
        "app_key": "1",
        "branch_key": "key_live_" + "x" * 32,
        "creation_date": "2020-01-01T00:00:00.000Z",
        "origin": "me",
        "short_url_domain": "example.com",
        "branch_secret": app["branch_secret"],
    }
    answer = client.call("PUT", f"/v1/app/{app['branch_key']}", json=change)
    assert (answer.status_code, answer.json()) == (200, shown)


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_secret_is_needed(client: Client, method: str) -> None:
    wrong = "secret_live_" + "x" * 32
    for key, secret in ((client.key, wrong), (client.key, None), ("key_live_x", client.secret)):
        sent = {} if secret is None else {"branch_secret": secret}
        options: dict[str, Any] = {"params": sent} if method == "GET" else {"json": sent}
        answer = client.call(method, f"/v1/app/{key}", **options)
        assert answer.status_code == 400
        assert message_of(answer) == "Invalid or missing app id, Branch key, or secret"
        assert wrong not in answer.text
