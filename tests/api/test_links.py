"""Links over HTTP (contract 5)."""

from tests.client import Client


def test_a_new_link_can_be_viewed(client: Client) -> None:
    url = client.post("/v1/url", {"channel": "email", "data": {"a": 1}}).json()["url"]
    view = client.get("/v1/url", params={"url": url, "branch_key": client.key}).json()
    assert view["channel"] == "email"
    assert view["data"]["a"] == 1
    assert view["data"]["url"] == url
