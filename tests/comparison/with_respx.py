"""The flow with respx, which patches httpx."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import httpx
import respx
from httpx import Response

from tests.comparison.shop import BRANCH, LINKS, through_httpx
from tests.comparison.tool import Opened, SetUp, Tool


def set_up(mock: respx.MockRouter) -> None:
    """What is answered, whatever is sent."""
    conflict = {"error": {"code": 409, "message": "Link alias conflict: bnc.lt/promo"}}
    mock.post(f"{BRANCH}/v1/url").side_effect = [
        Response(200, json={"url": f"{LINKS}/promo"}),
        Response(409, json=conflict),
    ]
    mock.get(f"{BRANCH}/v1/url").respond(
        json={"channel": "email", "data": {"$desktop_url": "https://example.com/"}}
    )
    mock.get(f"{LINKS}/promo").respond(307, headers={"Location": "https://example.com/"})
    mock.post(f"{BRANCH}/v1/redeem").respond(json={})
    mock.get(f"{BRANCH}/v1/credits").respond(json={"default": 7})


def _call(mock: respx.MockRouter) -> None:
    mock.post(f"{BRANCH}/v1/url").respond(json={"url": f"{LINKS}/promo"})


@contextmanager
def _fresh(_: None, stub: SetUp) -> Iterator[Opened]:
    # Without certificates, which take httpx 15 ms to load and are no work of respx.
    with respx.mock() as mock, httpx.Client(trust_env=False, verify=False) as client:
        stub(mock)
        yield Opened(send=through_httpx(client), api=BRANCH)


TOOL = Tool(name="respx", set_up=set_up, call=_call, running=nullcontext, fresh=_fresh)
