"""Bytes over a socket, for requests that no HTTP client would send."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from branch_mock import BranchMock
from branch_mock.strict_json import read_json

TIMEOUT = 10


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 stands for a connection closed without an answer."""

    status: int
    head: str
    body: bytes

    @property
    def message(self) -> str:
        """The message in an error's envelope, which it has to be."""
        error = read_json(self.body.decode())["error"]
        assert error["code"] == self.status
        assert isinstance(error["message"], str)
        return error["message"]

    def json(self) -> Any:
        """The body as JSON."""
        return read_json(self.body.decode())


def exchange(mock: BranchMock, sent: bytes, *, end: bool = False) -> Answer:
    """Send bytes, all that will come if `end`, and read until the server closes."""
    return talk(mock.url, sent, end=end)


def talk(url: str, sent: bytes, *, end: bool = False) -> Answer:
    """The same with the server at an address."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port or 0), TIMEOUT) as sock:
        sock.sendall(sent)
        if end:
            sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := _receive(sock):
            received += chunk
    return _read(received)


def _receive(sock: socket.socket) -> bytes:
    try:
        return sock.recv(65536)
    except ConnectionResetError:  # what a server that reads no further may do
        return b""


def _read(received: bytes) -> Answer:
    while received.startswith(b"HTTP/1.1 100"):
        received = received.partition(b"\r\n\r\n")[2]
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1")
    return Answer(int(lines.split(" ", 2)[1]) if lines else 0, lines, body)


def request(
    mock: BranchMock,
    method: str = "POST",
    target: bytes = b"/v1/url",
    *,
    body: bytes = b"",
    headers: Iterable[bytes] = (),
    host: bytes | None = b"mock.test",
    length: bool = True,
    end: bool = False,
) -> Answer:
    """One request of those parts; `length` adds a true Content-Length."""
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"Connection: close", *headers]
    if host is not None:
        lines.append(b"Host: " + host)
    if length and method in {"POST", "PUT"}:
        lines.append(b"Content-Length: %d" % len(body))
    return exchange(mock, b"\r\n".join(lines) + b"\r\n\r\n" + body, end=end)


def chunked(*chunks: bytes) -> bytes:
    """Chunks as Transfer-Encoding has them, without the last, empty one."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
