"""Who may call: the key and secret of every endpoint that asks for them (contract 3)."""

from typing import Any

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.api.call import Credentials
from branch_mock.api.endpoints import API
from tests.calls import BY_PATH, ENDPOINTS, GOOD, call
from tests.client import Client, message_of
from tests.state import unchanged

INVALID_CREDENTIALS = "Invalid or missing app id, Branch key, or secret"
KEYED = sorted(name for name, e in ENDPOINTS.items() if e.credentials is not Credentials.NONE)
SECRET = sorted(
    name
    for name, e in ENDPOINTS.items()
    if e.credentials in {Credentials.SECRET, Credentials.EVENT}
)
"""Events ask for a secret too, unless the profile makes it optional."""


def send(
    client: Client, name: str, who: dict[str, Any], *, key: str, in_query: bool = False
) -> requests.Response:
    """A good call by `who`, whose path has `key` where it has one."""
    good = GOOD[name]
    if ENDPOINTS[name].method == "GET" or in_query:
        return call(client, name, query={**good.query, **who}, body=good.body, key=key)
    return call(client, name, query=good.query, body={**good.body, **who}, key=key)


def assert_refused(reply: requests.Response, at_fault: str = "branch_key") -> None:
    assert reply.status_code == 400, reply.text
    assert message_of(reply) == INVALID_CREDENTIALS
    assert reply.headers["X-Branch-Mock-Hint"].startswith(f"{at_fault}: send ")


def test_every_endpoint_of_the_documents_is_here() -> None:
    first = {e.name for e in API if e.generation != "later"}
    assert set(GOOD) == {*first, "links.dynamic"}


@pytest.mark.parametrize("key", ["key_live_unknown", "12", "KEY", " "])
@pytest.mark.parametrize("name", KEYED)
def test_every_call_needs_a_known_key(
    client: Client, mock: BranchMock, name: str, key: str
) -> None:
    wrong = client.key.upper() if key == "KEY" else key
    who = {} if name in BY_PATH else {"branch_key": wrong}
    secret = {"branch_secret": client.secret}
    with unchanged(mock.branch):
        assert_refused(send(client, name, {**who, **secret}, key=wrong))
        if name not in BY_PATH:
            assert_refused(send(client, name, secret, key=wrong))
            assert_refused(send(client, name, {"app_id": key, **secret}, key=wrong))


@pytest.mark.parametrize("name", SECRET)
def test_every_change_of_an_app_needs_its_secret(
    client: Client, mock: BranchMock, name: str
) -> None:
    who = {} if name in BY_PATH else {"branch_key": client.key}
    other = mock.branch.apps.all()[1]
    of_other = {} if name in BY_PATH else {"branch_key": other.key}
    with unchanged(mock.branch):
        for secret in ({}, {"branch_secret": "secret_live_wrong"}, {"branch_secret": ""}):
            assert_refused(send(client, name, {**who, **secret}, key=client.key), "branch_secret")
        mixed = {**who, "branch_secret": other.secret}
        assert_refused(send(client, name, mixed, key=client.key), "branch_secret")
        mixed = {**of_other, "branch_secret": client.secret}
        assert_refused(send(client, name, mixed, key=other.key), "branch_secret")


@pytest.mark.parametrize("in_query", [False, True])
@pytest.mark.parametrize("stand_in", [False, True])
@pytest.mark.parametrize("name", KEYED)
def test_key_or_app_id_and_secret_are_taken_in_query_and_body(
    client: Client, mock: BranchMock, name: str, *, stand_in: bool, in_query: bool
) -> None:
    key, app_id = client.key, str(mock.app.id)
    who = {"app_id": app_id} if stand_in else {"branch_key": key}
    who = {} if name in BY_PATH else who
    secret = {"branch_secret": client.secret} if name in SECRET else {}
    path_key = app_id if stand_in else key
    reply = send(client, name, {**who, **secret}, key=path_key, in_query=in_query)
    assert reply.status_code == 200, reply.text
