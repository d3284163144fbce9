"""The flow with pytest-httpserver, a server in the process of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from pytest_httpserver import HTTPServer

from tests.comparison.shop import through_requests
from tests.comparison.tool import Opened, SetUp, Tool


def set_up(httpserver: HTTPServer) -> None:
    """What is answered, whatever is sent."""
    httpserver.expect_oneshot_request("/v1/url", method="POST").respond_with_json(
        {"url": httpserver.url_for("/promo")}
    )
    httpserver.expect_request("/v1/url", method="POST").respond_with_json(
        {"error": {"code": 409, "message": "Link alias conflict: bnc.lt/promo"}}, status=409
    )
    httpserver.expect_request("/v1/url", method="GET").respond_with_json(
        {"channel": "email", "data": {"$desktop_url": "https://example.com/"}}
    )
    httpserver.expect_request("/promo").respond_with_data(
        status=307, headers={"Location": "https://example.com/"}
    )
    httpserver.expect_request("/v1/redeem", method="POST").respond_with_json({})
    httpserver.expect_request("/v1/credits").respond_with_json({"default": 7})


def _call(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/v1/url", method="POST").respond_with_json(
        {"url": httpserver.url_for("/promo")}
    )


@contextmanager
def _fresh(httpserver: HTTPServer, stub: SetUp) -> Iterator[Opened]:
    """The server lasts and is cleared, as its fixture does it."""
    stub(httpserver)
    try:
        with requests.Session() as session:
            yield Opened(send=through_requests(session), api=httpserver.url_for("").rstrip("/"))
    finally:
        httpserver.clear()


TOOL = Tool(name="pytest-httpserver", set_up=set_up, call=_call, running=HTTPServer, fresh=_fresh)
