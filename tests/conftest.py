"""What every floor of the tests shares."""

import socket
from collections.abc import Iterator

import cryptography.hazmat.primitives.asymmetric.ec  # noqa: F401 - see below
import pytest
import requests

from branch_mock import Branch, BranchMock, FrozenClock
from branch_mock.seeds import plant
from tests.client import Client

pytest_plugins = ["pytester"]
# A pytest that runs inside a test forgets the modules that it was the first to import, and
# cryptography cannot be imported a second time: hence its import above.


@pytest.fixture
def clock() -> FrozenClock:
    """Noon of 20 January 2016, standing still."""
    return FrozenClock("2016-01-20T12:00:00Z")


@pytest.fixture
def branch(clock: FrozenClock) -> Branch:
    """The emulator without the network, with the default seed."""
    branch = Branch(clock=clock)
    plant(branch)
    return branch


@pytest.fixture
def mock(clock: FrozenClock) -> Iterator[BranchMock]:
    """A running server with the default seed; its bugs fail the test."""
    with BranchMock(clock=clock) as mock:
        yield mock
    assert mock.failures == []


@pytest.fixture
def client(mock: BranchMock) -> Iterator[Client]:
    """An HTTP client of `mock` with the first app's credentials."""
    client = Client(mock.url, mock.app.key, mock.app.secret)
    yield client
    client.close()


@pytest.fixture
def session() -> Iterator[requests.Session]:
    """A session of requests that asks no proxy."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
