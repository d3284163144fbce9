"""A load generator cheap enough that the server is what is measured: raw sockets, one thread."""

import re
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
_ADDRESS = re.compile(r"http://[\d.]+:(\d+)")
_TIMEOUT = 20.0


@contextmanager
def server(*command: str) -> Iterator[str]:
    """Run a server that prints its address; yield the address."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        found = _ADDRESS.search(process.stdout.readline())
        assert found is not None, f"{command} printed no address"
        yield found.group()
    finally:
        process.terminate()
        process.wait(_TIMEOUT)


def request(method: str, path: str, body: bytes = b"", headers: tuple[str, ...] = ()) -> bytes:
    """The bytes of one HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def connect(address: str) -> socket.socket:
    """A connection to a server."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    opened = socket.create_connection((parts.hostname, parts.port or 80), _TIMEOUT)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


class _Connection:
    """One connection that sends its next request when a reply is whole."""

    def __init__(self, opened: socket.socket, message: bytes) -> None:
        self.socket = opened
        self._message = message
        self._received = b""

    def send(self) -> None:
        self.socket.sendall(self._message)

    def receive(self) -> bool:
        """Read what is there; whether a reply is whole now."""
        chunk = self.socket.recv(65536)
        assert chunk, "the server closed the connection"
        self._received += chunk
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        if not separator:
            return False
        assert head.split(b" ", 2)[1] in {b"200", b"307"}, head
        length = _LENGTH.search(head)
        if len(rest) < (int(length.group(1)) if length else 0):
            return False
        self._received = b""
        return True


def rate(
    address: str,
    message: bytes,
    seconds: float,
    connections: int = 16,
    opener: Callable[[str], socket.socket] = connect,
) -> float:
    """Requests per second that the server answers."""
    selector = selectors.DefaultSelector()
    opened = [_Connection(opener(address), message) for _ in range(connections)]
    try:
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send()
        answered = 0
        start = time.perf_counter()
        while (now := time.perf_counter()) - start < seconds:
            for key, _ in selector.select(_TIMEOUT):
                if key.data.receive():
                    answered += 1
                    key.data.send()
        return answered / (now - start)
    finally:
        selector.close()
        for connection in opened:
            connection.socket.close()
