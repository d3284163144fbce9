"""A real HTTP server that webhooks are sent to."""

import asyncio
from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

from aiohttp import web
from aiohttp.test_utils import TestServer


class Received(NamedTuple):
    """One request that came."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, object]


class Receiver:
    """Listens on loopback, on the running loop; `url` is its address, `received` what came.

    Each request is answered by the next of `answers`, the last of which stays: a status, `hang` or
    `close`. A redirect leads to `location`.
    """

    def __init__(self, answers: Iterable[int | str] = (200,), location: str = "/elsewhere") -> None:
        self.received: list[Received] = []
        self._answers = list(answers)
        self._location = location
        self._ending = asyncio.Event()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("/hook"))

    @property
    def port(self) -> int:
        assert self._server.port is not None
        return self._server.port

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        sent = Received(request.method, request.path, dict(request.headers), body)
        self.received.append(sent)
        answer = self._answers[0] if len(self._answers) == 1 else self._answers.pop(0)
        if answer == "hang":
            await self._ending.wait()
            answer = 200
        if answer == "close":
            assert request.transport is not None
            request.transport.abort()
            answer = 200
        headers = {"Location": self._location} if int(answer) in range(300, 400) else {}
        return web.Response(status=int(answer), headers=headers)

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._ending.set()
        await self._server.close()


async def until(condition: Callable[[], object], seconds: float = 5) -> None:
    """Wait until a condition holds, letting the loop go on. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
