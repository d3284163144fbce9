"""A good call of every documented endpoint, for tests to change in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from branch_mock.api.call import Credentials, Endpoint
from branch_mock.api.endpoints import API, LINKS
from tests.client import Client

TODAY = "2016-01-20"
_USER = {"identity": "alex"}
_DAY = {"export_date": TODAY}
_LINK = {"url": "https://bnc.lt/test-link"}
_RULE = {
    "calculation_type": 0,
    "location": 0,
    "type": "credit",
    "event": "buy",
    "metadata": {"amount": 5, "web_hook_url": "http://127.0.0.1:9/"},
}
_APP = {"user_id": "1", "app_name": "App", "dev_name": "Dev", "dev_email": "dev@example.com"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """What a call says besides who calls."""

    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


GOOD: dict[str, Good] = {
    "links.create": Good(),
    "links.bulk": Good(),
    "links.get": Good(query=_LINK),
    "links.update": Good(query=_LINK),
    "links.dynamic": Good(),
    "apps.get": Good(),
    "apps.create": Good(body=_APP),
    "apps.update": Good(),
    "credits.get": Good(query=_USER),
    "credits.get_by_id": Good(),
    "credits.add": Good(body={**_USER, "amount": 1}),
    "credits.redeem": Good(body={**_USER, "amount": 1}),
    "credits.reconcile": Good(body={**_USER, "amount": 1}),
    "credits.history": Good(query=_USER),
    "credits.history_post": Good(body=_USER),
    "events.create": Good(body={**_USER, "event": "buy"}),
    "rules.create": Good(body=_RULE),
    "exports.request": Good(body=_DAY),
    "exports.get": Good(query=_DAY),
    "exports.get_v1": Good(query=_DAY),
}
ENDPOINTS: dict[str, Endpoint[Any]] = {
    endpoint.name: endpoint for endpoint in (*API, *LINKS) if endpoint.name in GOOD
}
BY_PATH = sorted(name for name, endpoint in ENDPOINTS.items() if "{branch_key}" in endpoint.path)
"""Those whose path says who calls."""


def call(
    client: Client, name: str, *, query: Mapping[str, Any], body: Mapping[str, Any], key: str
) -> requests.Response:
    """Call an endpoint with exactly that query and body; `key` goes into its path if that has
    one."""
    endpoint = ENDPOINTS[name]
    path = endpoint.path.replace("{branch_key}", key).replace("{identity_id}", "55705482546906094")
    sent: Any = [{}] if name == "links.bulk" else dict(body)
    json = None if endpoint.method == "GET" else sent
    return client.call(endpoint.method, path, params=dict(query), json=json)


def as_needed(client: Client, name: str) -> dict[str, str]:
    """The credentials that an endpoint asks for, besides those in its path."""
    needed = ENDPOINTS[name].credentials
    found = {}
    if needed is not Credentials.NONE and name not in BY_PATH:
        found["branch_key"] = client.key
    if needed in {Credentials.SECRET, Credentials.EVENT}:
        found["branch_secret"] = client.secret
    return found


def changed(client: Client, name: str, field_name: str, value: object) -> requests.Response:
    """A good call with one field, such as `body.alias`, of another value; None leaves it out."""
    place, _, name_of_field = field_name.partition(".")
    good = GOOD[name]
    parts = {"query": dict(good.query), "body": dict(good.body)}
    whose = parts["query" if ENDPOINTS[name].method == "GET" else "body"]
    whose |= as_needed(client, name)
    if name_of_field == "identity_id":
        parts[place].pop("identity", None)
    parts[place][name_of_field] = value
    if value is None:
        del parts[place][name_of_field]
    return call(client, name, **parts, key=client.key)
