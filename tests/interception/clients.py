"""The HTTP clients of Python, each in one function: one call, as a program would make it.

Those of `KEPT` were made before any test, and keep their connections from one call to the next.
"""

import asyncio
import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
import anyio
import httpx
import pytest
import requests
import urllib3

TIMEOUT = 10


class Answer(NamedTuple):
    """What came back: status, the Location header, the body."""

    status: int
    location: str | None
    body: bytes

    @property
    def url(self) -> str:
        """The address in the answer to POST /v1/url."""
        url: str = json.loads(self.body)["url"]
        return url


Call = Callable[[str, str, object], Answer]

SESSION = requests.Session()
HTTPX = httpx.Client()
POOL = urllib3.PoolManager()


def of_requests(method: str, url: str, body: object = None) -> Answer:
    reply = requests.request(method, url, json=body, allow_redirects=False, timeout=TIMEOUT)
    return Answer(reply.status_code, reply.headers.get("Location"), reply.content)


def of_a_requests_session(method: str, url: str, body: object = None) -> Answer:
    reply = SESSION.request(method, url, json=body, allow_redirects=False, timeout=TIMEOUT)
    return Answer(reply.status_code, reply.headers.get("Location"), reply.content)


def of_urllib3(method: str, url: str, body: object = None) -> Answer:
    reply = POOL.request(method, url, json=body, redirect=False, timeout=TIMEOUT, retries=False)
    return Answer(reply.status, reply.headers.get("Location"), reply.data)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Follow nothing."""


def of_urllib(method: str, url: str, body: object = None) -> Answer:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, method=method)
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT) as reply:
            return Answer(reply.status, reply.headers["Location"], reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers["Location"], error.read())


def of_http_client(method: str, url: str, body: object = None) -> Answer:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIMEOUT)
    try:
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, path, None if body is None else json.dumps(body))
        reply = connection.getresponse()
        return Answer(reply.status, reply.headers["Location"], reply.read())
    finally:
        connection.close()


def of_an_httpx_client(method: str, url: str, body: object = None) -> Answer:
    reply = HTTPX.request(method, url, json=body, timeout=TIMEOUT)
    return Answer(reply.status_code, reply.headers.get("Location"), reply.content)


async def _httpx(method: str, url: str, body: object) -> Answer:
    async with httpx.AsyncClient() as client:
        reply = await client.request(method, url, json=body, timeout=TIMEOUT)
        return Answer(reply.status_code, reply.headers.get("Location"), reply.content)


def of_httpx_on_asyncio(method: str, url: str, body: object = None) -> Answer:
    return anyio.run(_httpx, method, url, body, backend="asyncio")


def of_httpx_on_trio(method: str, url: str, body: object = None) -> Answer:
    return anyio.run(_httpx, method, url, body, backend="trio")


async def aiohttp_call(
    session: aiohttp.ClientSession, method: str, url: str, body: object = None
) -> Answer:
    async with session.request(method, url, json=body, allow_redirects=False) as reply:
        return Answer(reply.status, reply.headers.get("Location"), await reply.read())


def of_aiohttp(method: str, url: str, body: object = None) -> Answer:
    async def call() -> Answer:
        async with aiohttp.ClientSession() as session:
            return await aiohttp_call(session, method, url, body)

    return asyncio.run(call())


KEPT: tuple[Call, ...] = (of_a_requests_session, of_urllib3, of_an_httpx_client)
ALL: tuple[Call, ...] = (
    *KEPT,
    of_requests,
    of_urllib,
    of_http_client,
    of_httpx_on_asyncio,
    of_httpx_on_trio,
    of_aiohttp,
)
every_client = pytest.mark.parametrize("call", ALL, ids=lambda call: call.__name__)
every_kept_client = pytest.mark.parametrize("call", KEPT, ids=lambda call: call.__name__)


@contextmanager
def emptied() -> Iterator[None]:
    """Afterwards the clients of `KEPT` hold no connection."""
    yield
    SESSION.close()
    POOL.clear()
