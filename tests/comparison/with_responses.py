"""The flow with responses, which patches requests: with and without a look at the bodies."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import requests
from responses import RequestsMock, matchers

from tests.comparison.shop import BRANCH, KEY, LINK, LINKS, SECRET, through_requests
from tests.comparison.tool import Opened, SetUp, Tool


def set_up(mock: RequestsMock) -> None:
    """What is answered, whatever is sent."""
    mock.post(f"{BRANCH}/v1/url", json={"url": f"{LINKS}/promo"})
    mock.post(
        f"{BRANCH}/v1/url",
        status=409,
        json={"error": {"code": 409, "message": "Link alias conflict: bnc.lt/promo"}},
    )
    mock.get(
        f"{BRANCH}/v1/url",
        json={"channel": "email", "data": {"$desktop_url": "https://example.com/"}},
    )
    mock.get(f"{LINKS}/promo", status=307, headers={"Location": "https://example.com/"})
    mock.post(f"{BRANCH}/v1/redeem", json={})
    mock.get(f"{BRANCH}/v1/credits", json={"default": 7})


def set_up_with_bodies(mock: RequestsMock) -> None:
    """What is answered, if just that is sent."""
    link = {"branch_key": KEY, "alias": "promo", "data": {"$desktop_url": "https://example.com/"}}
    app = {"branch_key": KEY, "branch_secret": SECRET}
    mock.post(
        f"{BRANCH}/v1/url",
        match=[matchers.json_params_matcher({**link, "channel": "email"})],
        json={"url": f"{LINKS}/promo"},
    )
    mock.post(
        f"{BRANCH}/v1/url",
        match=[matchers.json_params_matcher({**link, "channel": "sms"})],
        status=409,
        json={"error": {"code": 409, "message": "Link alias conflict: bnc.lt/promo"}},
    )
    mock.get(
        f"{BRANCH}/v1/url",
        match=[matchers.query_param_matcher({"url": f"{LINKS}/promo", "branch_key": KEY})],
        json={"channel": "email", "data": {"$desktop_url": "https://example.com/"}},
    )
    mock.get(f"{LINKS}/promo", status=307, headers={"Location": "https://example.com/"})
    mock.post(
        f"{BRANCH}/v1/redeem",
        match=[matchers.json_params_matcher({**app, "identity": "ann", "amount": 5})],
        json={},
    )
    mock.get(
        f"{BRANCH}/v1/credits",
        match=[matchers.query_param_matcher({"identity": "ann", "branch_key": KEY})],
        json={"default": 7},
    )


def _call(mock: RequestsMock) -> None:
    mock.post(f"{BRANCH}/v1/url", json={"url": f"{LINKS}/promo"})


def _call_with_body(mock: RequestsMock) -> None:
    mock.post(
        f"{BRANCH}/v1/url",
        match=[matchers.json_params_matcher(LINK)],
        json={"url": f"{LINKS}/promo"},
    )


@contextmanager
def _fresh(_: None, stub: SetUp) -> Iterator[Opened]:
    with RequestsMock() as mock, requests.Session() as session:
        stub(mock)
        yield Opened(send=through_requests(session), api=BRANCH)


TOOL = Tool(name="responses", set_up=set_up, call=_call, running=nullcontext, fresh=_fresh)
STRICT = Tool(
    name="responses, bodies matched",
    set_up=set_up_with_bodies,
    call=_call_with_body,
    running=nullcontext,
    fresh=_fresh,
)
