"""Emulators that stand for Branch's hosts."""

from collections.abc import Iterator

import pytest

from branch_mock import BranchMock, FrozenClock
from tests.interception.clients import emptied


@pytest.fixture(autouse=True)
def _no_connections_from_other_tests() -> Iterator[None]:
    with emptied():
        yield


@pytest.fixture
def other() -> Iterator[BranchMock]:
    """A further emulator, in place of the real Branch or of another test's."""
    with BranchMock(clock=FrozenClock("2015-06-01T12:00:00Z")) as other:
        yield other


@pytest.fixture
def intercepted(mock: BranchMock) -> Iterator[BranchMock]:
    """`mock`, with Branch's hosts leading to it."""
    with mock.intercept():
        yield mock
