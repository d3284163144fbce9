"""The flow with branch_mock: a server for each test, as its fixture does it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import requests

from branch_mock import BranchMock
from tests.comparison.shop import through_requests
from tests.comparison.tool import Opened, SetUp, Tool


def set_up(branch_mock: BranchMock) -> None:
    """What the user has; everything else is answered as Branch does."""
    branch_mock.credits.add("ann", 12)


def _call(_: BranchMock) -> None:
    """Nothing: it is answered."""


@contextmanager
def _fresh(_: None, stub: SetUp) -> Iterator[Opened]:
    with BranchMock() as mock, requests.Session() as session:
        stub(mock)
        try:
            yield Opened(send=through_requests(session), api=mock.url)
        finally:
            mock.check(ignore=("faults", "webhooks"))  # a bug of ours must not look like a refusal


TOOL = Tool(name="branch_mock", set_up=set_up, call=_call, running=nullcontext, fresh=_fresh)
