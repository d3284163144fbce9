"""Health, readiness and reset (contract 12)."""

import pytest
from aiohttp import web

from branch_mock import Branch, BranchMock, __version__
from branch_mock.emulator import Emulator
from branch_mock.handler import Handler
from tests.client import Client, message_of
from tests.links import create

HEALTHY = {"status": "ok", "version": __version__}


@pytest.mark.parametrize("path", ["/_mock/health", "/_mock/ready", "//_mock//health/"])
@pytest.mark.parametrize("host", [None, "api.branch.io", "anything"])
def test_a_started_server_is_healthy_and_ready(client: Client, path: str, host: str | None) -> None:
    reply = client.get(path, host=host)
    assert reply.status_code == 200
    assert reply.json() == HEALTHY


async def test_before_the_seeds_are_loaded_only_health_answers(aiohttp_client: object) -> None:
    branch = Branch()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", Handler(Emulator(branch)).handle)
    http = await aiohttp_client(app)  # type: ignore[operator]
    async with http.get("/_mock/health") as reply:
        assert (reply.status, await reply.json()) == (200, HEALTHY)
    for path in ("/_mock/ready", "/v1/url", "/test-link"):
        async with http.get(path) as reply:
            assert reply.status == 503
            assert "still loading its seeds" in await reply.text()
    branch.keep()
    async with http.get("/_mock/ready") as reply:
        assert (reply.status, await reply.json()) == (200, HEALTHY)


def test_a_reset_forgets_everything_since_the_seed(client: Client, mock: BranchMock) -> None:
    before = mock.branch.store.snapshot()
    url = create(client, alias="gone", identity="gone")
    client.get("/gone")
    client.put("/v1/url", {"channel": "changed"}, params={"url": "bnc.lt/test-link"})
    reply = client.call("POST", "/_mock/reset")
    assert reply.status_code == 200
    assert reply.json() == {"apps": 3, "links": len(before["links"])}
    assert mock.branch.store.snapshot() == before
    assert client.get("/v1/url", params={"url": url, "branch_key": client.key}).status_code == 404


def test_an_unknown_control_path_names_the_nearest(client: Client) -> None:
    reply = client.get("/_mock/reday")
    assert reply.status_code == 404
    assert (
        message_of(reply)
        == "No endpoint GET /_mock/reday; the nearest endpoint is GET /_mock/ready"
    )
