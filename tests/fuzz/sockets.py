"""What no HTTP client would send, over raw sockets: `python -m tests.fuzz.sockets --seconds 60`.

Half requests, wrong lengths, floods of headers, pipelining, slow senders and plain damage. Whatever
comes, the server answers nothing above 499, hangs nowhere, leaves nothing behind, and has exactly
the links that it said it made.
"""

import argparse
import gc
import re
import socket
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from random import Random  # noqa: TID251 - the same attacks for the same seed
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from branch_mock.remote.journal import wait_until

TIMEOUT = 10.0
SILENCE = 0.03
"""Seconds without a byte after which a server that has read everything waits for more."""

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
_MADE = b'{"url":"http'
_FIRST_ERROR = 500


class Attack(NamedTuple):
    """What is sent, piece by piece. whole: whether it ends in a request that closes the connection,
    so that the server has to answer and to close. paced: whether each piece is sent only once the
    one before has been read, and answered if it is a request."""

    pieces: list[bytes]
    whole: bool
    paced: bool = False


class Attacker:
    """Makes up attacks on one server; the same ones for the same seed."""

    def __init__(self, mock: BranchMock, seed: int) -> None:
        self._random = Random(seed)
        self._key = mock.app.key.encode()
        self._kinds: tuple[Callable[[], Attack], ...] = (
            *(self.half, self.wrong_length, self.chunks, self.flood),
            *(self.pipelined, self.slow, self.damaged, self.garbage, self.conversation),
        )

    def attacks(self) -> Iterator[Attack]:
        """One after another, each kind in its turn, without an end."""
        while True:
            for kind in self._kinds:
                yield kind()

    def _body(self) -> bytes:
        channel = b"x" * self._random.choice([0, 1, 100, 5000])
        return b'{"branch_key":"%s","channel":"%s"}' % (self._key, channel[:128])

    def _request(self, *headers: bytes, body: bytes | None = None, close: bool = True) -> bytes:
        body = self._body() if body is None else body
        lines = [b"POST /v1/url HTTP/1.1", b"Host: mock.test", *headers]
        if not any(line.lower().startswith((b"content-l", b"transfer")) for line in headers):
            lines.append(b"Content-Length: %d" % len(body))
        if close:
            lines.append(b"Connection: close")
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def _pieces(self, sent: bytes, most: int) -> list[bytes]:
        places = sorted(self._random.randrange(len(sent) + 1) for _ in range(most - 1))
        edges = [0, *places, len(sent)]
        return [sent[start:end] for start, end in pairwise(edges) if end > start]

    def half(self) -> Attack:
        """A request that ends before its end."""
        sent = self._request()
        return Attack([sent[: self._random.randrange(len(sent))]], whole=False)

    def wrong_length(self) -> Attack:
        """A body that is longer or shorter than was said, or of no length at all."""
        body, random = self._body(), self._random
        near = len(body) + random.choice([-20, -1, 1, 20])
        said = random.choice([b"%d" % near, b"-1", b"+5", b"0x10", b"", b" ", b"1e3", b"9" * 30])
        headers = [b"Content-Length: " + said]
        if random.random() < 1 / 4:
            headers.append(b"Content-Length: %d" % len(body))
        return Attack([self._request(*headers, body=body)], whole=False)

    def chunks(self) -> Attack:
        """A chunked body, most of them wrong."""
        random, body = self._random, self._body()
        size = random.choice(
            [b"%x" % len(body), b"0", b"-1", b"zz", b"f" * 20, b"%x;a=b" % len(body)]
        )
        end = random.choice(
            [b"\r\n0\r\n\r\n", b"\r\n0\r\nX: 1\r\n\r\n", b"0\r\n\r\n", b"\r\n", b""]
        )
        also = [b"Content-Length: 5"] if random.random() < 1 / 4 else []
        sent = self._request(b"Transfer-Encoding: chunked", *also, body=size + b"\r\n" + body + end)
        return Attack([sent], whole=False)

    def flood(self) -> Attack:
        """More headers than anybody sends, or longer ones."""
        random = self._random
        number, length = random.choice([(2, 8000), (120, 10), (5000, 1), (3, 100_000), (90, 900)])
        name = random.choice([b"X-%d", b"Cookie", b"X" * 200 + b"%d", b"Host"])
        headers = [
            (name % i if b"%d" in name else name) + b": " + b"y" * length for i in range(number)
        ]
        return Attack([self._request(*headers)], whole=True)

    def pipelined(self) -> Attack:
        """Several requests at once, cut into pieces anywhere."""
        number = self._random.choice([2, 5, 40])
        requests = [self._request(close=False) for _ in range(number - 1)] + [self._request()]
        return Attack(self._pieces(b"".join(requests), self._random.choice([1, 3, 10])), whole=True)

    def slow(self) -> Attack:
        """One request in many pieces."""
        return Attack(self._pieces(self._request(), self._random.choice([20, 60])), whole=True)

    def damaged(self) -> Attack:
        """A request with some bytes changed, put in or taken out."""
        sent, random = bytearray(self._request()), self._random
        for _ in range(random.choice([1, 2, 8])):
            place = random.randrange(len(sent))
            change = random.choice(["change", "put in", "take out"])
            if change == "take out":
                del sent[place]
            else:
                sent[place : place + (change == "change")] = random.randbytes(1)
        return Attack([bytes(sent)], whole=False)

    def conversation(self) -> Attack:
        """One request after another on one connection, until one of them is wrong or cut in two."""
        random = self._random
        pieces = [self._request(close=False) for _ in range(random.choice([1, 3]))]
        last = self._request(close=False)
        half = random.randrange(len(last))
        turn = random.choice(["cut", "cut short", "double", "damaged"])
        if turn == "cut":
            pieces += [last[:half], last[half:]]
        elif turn == "cut short":
            pieces.append(last[:half])
        elif turn == "double":
            pieces.append(last + last[:half])
        else:
            pieces.append(last[:half] + random.randbytes(1) + last[half:])
        return Attack([*pieces, self._request()], whole=False, paced=True)

    def garbage(self) -> Attack:
        """Another protocol, or none."""
        others = [
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 50,
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            b"\r\n" * 500,
            self._random.randbytes(self._random.choice([1, 100, 20_000])),
        ]
        return Attack([self._random.choice(others)], whole=False)


def fuzz(seed: int, *, attacks: int | None = None, seconds: float | None = None) -> int:
    """Attack a server that many times, or for so long; how often it was.

    Raises AssertionError for a status above 499, a server that hangs or leaves something behind, a
    link that was made without an answer and an answer without its link.
    """
    watch, number = Stopwatch(), 0
    with BranchMock(log_level="error") as mock:
        links = len(mock.links.all())
        for attack in Attacker(mock, seed).attacks():
            if number == attacks or (seconds is not None and watch.ms() > seconds * 1000):
                break
            received = _sent(mock, attack)
            number += 1
            said = f"attack {number} of seed {seed}: {attack.pieces!r:.2000}\n{received!r:.500}"
            statuses = [int(status) for status in _STATUS.findall(received)]
            assert all(status < _FIRST_ERROR for status in statuses), said
            assert statuses or not attack.whole, f"no answer to {said}"
            links += received.count(_MADE)
            assert len(mock.links.all()) == links, said
            if number == 1:
                before = _descriptors()
        assert mock.failures == []
        flat = wait_until(lambda: _descriptors() <= before or None, TIMEOUT)
        assert flat, f"{_descriptors()} descriptors are open after {number} attacks, not {before}"
    return number


def _sent(mock: BranchMock, attack: Attack) -> bytes:
    """Everything that the server says to an attack, until it closes or waits for more."""
    parts = urlsplit(mock.url)
    received = b""
    with socket.create_connection((parts.hostname, parts.port or 0), TIMEOUT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in attack.pieces:
                sock.sendall(piece)
                if attack.paced:
                    _wait_until_read(mock)
            if not attack.whole:
                _wait_until_read(mock)
            sock.settimeout(TIMEOUT if attack.whole else SILENCE)
            while chunk := sock.recv(65536):
                received += chunk
        except (ConnectionError, BrokenPipeError):  # it reads no further, as it may
            pass
        except TimeoutError:
            assert not attack.whole, f"the server hangs after {attack.pieces!r:.2000}"
    return received


def _wait_until_read(mock: BranchMock) -> None:
    """What was sent before this has been read and answered after it: the server has one loop."""
    for _ in range(2):
        with requests.get(f"{mock.url}/_mock/health", timeout=TIMEOUT) as reply:
            assert reply.ok


def _descriptors() -> int:
    gc.collect()
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def main() -> None:
    """Attack for as long as told; exit with 1 where the server fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.sockets")
    parser.add_argument("--seconds", type=float, default=60.0, help="[default: 60]")
    parser.add_argument("--seed", type=int, default=0, help="[default: 0]")
    given = parser.parse_args()
    try:
        number = fuzz(given.seed, seconds=given.seconds)
    except AssertionError as found:
        sys.exit(str(found))
    print(f"{number} attacks, nothing found")


if __name__ == "__main__":
    main()
