"""Links over HTTP, as several tests make and view them."""

from typing import Any

from branch_mock import BranchMock
from tests.client import Client, message_of

FULL: dict[str, Any] = {
    "alias": "same",
    "campaign": "k",
    "channel": "c",
    "feature": "f",
    "stage": "s",
    "tags": ["t", "u"],
    "type": 1,
    "duration": 60,
    "identity": "alex",
    "data": {"a": 1, "b": {"c": [True, None]}},
}
"""A link with everything that one can have."""


def create(client: Client, **fields: object) -> str:
    """A new link's address."""
    reply = client.post("/v1/url", fields)
    assert reply.status_code == 200, reply.text
    assert list(reply.json()) == ["url"]
    url: str = reply.json()["url"]
    return url


def view(client: Client, url: str) -> Any:
    """What GET says of a link."""
    reply = client.get("/v1/url", params={"url": url, "branch_key": client.key})
    assert reply.status_code == 200, reply.text
    return reply.json()


def put(client: Client, url: str, **fields: object) -> Any:
    """What PUT answers, which GET has to say as well."""
    reply = client.put("/v1/url", fields, params={"url": url})
    assert reply.status_code == 200, reply.text
    assert reply.json() == view(client, url)
    return reply.json()


def refused(client: Client, url: str, **fields: object) -> str:
    """The message of the 400 that PUT answers; nothing has changed then."""
    reply = client.put("/v1/url", fields, params={"url": url})
    assert reply.status_code == 400, reply.text
    return message_of(reply)


def link_body(mock: BranchMock, **fields: Any) -> dict[str, Any]:
    """The body of a call that makes a link."""
    return {"branch_key": mock.app.key, **fields}
