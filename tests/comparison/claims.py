"""Which mistakes of the code under test each tool notices; README.md has it as a table."""

from collections.abc import Mapping
from typing import Any

import httpx
import requests

from tests.comparison import (
    with_branch_mock,
    with_httpserver,
    with_responses,
    with_respx,
    with_wiremock,
)
from tests.comparison.shop import (
    KEY,
    SECRET,
    CallsAnotherPath,
    HasWrongSecret,
    LosesLabels,
    Refused,
    SendsWrongType,
    Shop,
    SpendsTooMuch,
    SpendsTwice,
    flow,
)
from tests.comparison.tool import Tool

IN_PYTHON = (
    with_responses.TOOL,
    with_responses.STRICT,
    with_respx.TOOL,
    with_httpserver.TOOL,
    with_branch_mock.TOOL,
)
"""The tools that the tests themselves run."""

TOOLS = (*IN_PYTHON[:-1], with_wiremock.TOOL, IN_PYTHON[-1])

MISTAKES: Mapping[type[Shop], str] = {
    CallsAnotherPath: "a path that is not there",
    SendsWrongType: "a value that Branch refuses",
    LosesLabels: "a field that is not sent",
    HasWrongSecret: "the secret of another app",
    SpendsTooMuch: "more redeemed than there is",
    SpendsTwice: "a redemption made twice",
}

_BY_PATH: set[type[Shop]] = {CallsAnotherPath}
_BY_BODY: set[type[Shop]] = {*_BY_PATH, SendsWrongType, LosesLabels, HasWrongSecret, SpendsTooMuch}
NOTICED: Mapping[str, set[type[Shop]]] = {
    "responses": _BY_PATH,
    "responses, bodies matched": _BY_BODY,
    "respx": _BY_PATH,
    "pytest-httpserver": _BY_PATH,
    "WireMock": _BY_PATH,
    "branch_mock": set(MISTAKES),
}
"""By the name of the tool. Stubs that match bodies notice what was foreseen when they were written;
any of these tools can match them."""

_COMPLAINTS = (AssertionError, Refused, requests.RequestException, httpx.HTTPError)


def passes(tool: Tool, server: Any, kind: type[Shop] = Shop) -> bool:
    """Whether the test of the flow passes with such a shop. server: what `tool.running` gave."""
    try:
        with tool.fresh(server, tool.set_up) as opened:
            flow(kind(opened.send, opened.api, KEY, SECRET))
    except _COMPLAINTS:
        return False
    return True


def noticed(tool: Tool, server: Any) -> set[type[Shop]]:
    """The mistakes with which the test of the flow fails."""
    return {kind for kind in MISTAKES if not passes(tool, server, kind)}
