"""The pytest plugin. It imports nothing heavy until a fixture is used."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from branch_mock.server import BranchMock


@pytest.fixture
def branch_mock() -> "Iterator[BranchMock]":
    """A running Branch emulator with fresh state, on a port of its own.

    Ends the test with an error when the emulator itself failed: a bug in branch_mock must not look
    like Branch being down.
    """
    from branch_mock import BranchMock  # noqa: PLC0415 - costs a quarter of a second

    with BranchMock() as mock:
        yield mock
    if mock.failures:
        raise mock.failures[0]
