"""Clients that begin and do not go on: the settings `request_timeout` and `idle_timeout`."""

import socket
from collections.abc import Iterator
from threading import Event
from urllib.parse import urlsplit

import pytest

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from branch_mock.strict_json import read_json

HEAD = b"POST /v1/url HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
WAIT = 10


@pytest.fixture
def hasty() -> Iterator[BranchMock]:
    """A server that waits a second for a request."""
    with BranchMock(request_timeout=1) as mock:
        yield mock
    assert mock.failures == []


def connect(mock: BranchMock) -> socket.socket:
    parts = urlsplit(mock.url)
    return socket.create_connection((parts.hostname, parts.port or 0), WAIT)


def rest(sock: socket.socket) -> bytes:
    """Everything that comes until the server closes."""
    received = b""
    try:
        while chunk := sock.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize("sent", [b"", b"P", HEAD, HEAD + b"X: "])
def test_a_client_that_does_not_finish_the_head_is_hung_up_on(
    hasty: BranchMock, sent: bytes
) -> None:
    watch = Stopwatch()
    with connect(hasty) as sock:
        sock.sendall(sent)
        assert rest(sock) == b""
    assert 500 < watch.ms() < WAIT * 1000
    assert hasty.requests.all() == []


def test_a_head_that_comes_byte_by_byte_has_no_longer(hasty: BranchMock) -> None:
    watch, never = Stopwatch(), Event()
    with connect(hasty) as sock:
        try:
            for byte in b"GET / HTTP/1.1\r\nX: " + b"y" * 1000:
                sock.sendall(bytes([byte]))
                never.wait(0.02)  # the pace of this client
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert watch.ms() < WAIT * 1000


def test_a_body_that_does_not_come_is_answered_408_and_changes_nothing(hasty: BranchMock) -> None:
    before = hasty.branch.save()
    with connect(hasty) as sock:
        sock.sendall(HEAD + b"\r\n" + b'{"branch_key":"%s"' % hasty.app.key.encode())
        received = b""
        while b"}}" not in received:
            chunk = sock.recv(65536)
            assert chunk
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    message = "The body did not come within 1 seconds"
    assert read_json(body.decode()) == {"error": {"code": 408, "message": message}}
    assert hasty.branch.save().state == before.state
    (entry,) = hasty.requests.all()
    assert (entry.status, entry.endpoint) == (408, "links.create")


def test_an_idle_connection_is_closed() -> None:
    with BranchMock(idle_timeout=1) as mock, connect(mock) as sock:
        sock.sendall(b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n")
        watch = Stopwatch()
        assert rest(sock).startswith(b"HTTP/1.1 200 ")
        assert watch.ms() < WAIT * 1000


def test_an_answer_may_take_longer_than_a_request(hasty: BranchMock) -> None:
    hasty.faults.add("GET /test-link", delay=1.2, first=1)
    asked = b"GET /test-link HTTP/1.1\r\nHost: x\r\n"
    with connect(hasty) as sock:
        sock.sendall(asked + b"\r\n" + asked + b"Connection: close\r\n\r\n")
        assert rest(sock).count(b"HTTP/1.1 307 ") == 2


@pytest.mark.parametrize(
    "sent", [b"GET /_mock/health HTTP/1.1\r\n", b"GET /test-link HTTP/1.1\r\n"]
)
def test_half_a_request_after_a_whole_one_has_no_longer(sent: bytes) -> None:
    with BranchMock(request_timeout=1, idle_timeout=2) as mock, connect(mock) as sock:
        sock.sendall(sent + b"Host: x\r\n\r\n")
        assert sock.recv(65536).startswith(b"HTTP/1.1 ")
        watch = Stopwatch()
        sock.sendall(sent)
        assert b"HTTP/1.1" not in rest(sock)
        assert watch.ms() < WAIT * 1000
