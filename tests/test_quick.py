"""The short way of plain requests gives the answers that aiohttp's way gives."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from branch_mock import BranchMock, FrozenClock
from branch_mock.api.call import Reply
from branch_mock.quick import MAX_REQUEST, Quick, _message
from tests.client import TIMEOUT

KEY = "key_live_feebgAAhbH9Tv85H5wLQhpdaefiZv5Dv"
SECRET = "secret_live_0Zq8mTn4Wc7Yb2Rk6Xp9Ls3Vd1Hf5Jg0"
DESKTOP = "User-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36"
PHONE = "User-Agent: Mozilla/5.0 (iPhone; CPU iPhone OS 9_3 like Mac OS X) Safari/601.1"
OTHER_WAY = b"GET /_mock/health HTTP/1.1\r\nHost: x\r\n\r\n"
"""What a connection is aiohttp's after."""


def message(line: str, *headers: str, body: Any = b"") -> bytes:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    length = [f"Content-Length: {len(sent)}"] if sent else []
    lines = [f"{line} HTTP/1.1", "Host: 127.0.0.1", *headers, *length, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + sent


def link(**fields: Any) -> bytes:
    return message("POST /v1/url", body={"branch_key": KEY, **fields})


PLAIN = [
    link(alias="here", data={"$desktop_url": "https://example.com/?a=b#c", "a": "\u2028"}),
    link(alias="here", channel="other"),
    link(channel="x" * 128, type=9),
    link(data='{"a":1}', tags="one"),
    message("POST /v1/url", body=b"{"),
    message("POST /v1/url", body=b"[]"),
    message("POST /v1/url", body=b"\xff"),
    message("POST /v1/url"),
    message(f"POST /v1/url/bulk/{KEY}", body=[{}, {"type": 7}]),
    message(f"GET /v1/url?url={quote('https://bnc.lt/test-link')}&branch_key={KEY}"),
    message("GET /v1/url?url=nowhere"),
    message(f"GET /v1/url?branch_key={KEY}&url=%ff"),
    message("GET //v1//credits/?branch_key=" + KEY + "&identity=a%20b"),
    message("PUT /v1/url", body={"branch_key": KEY, "branch_secret": SECRET, "url": "x"}),
    message("DELETE /v1/url", body={"branch_key": KEY, "branch_secret": SECRET, "url": "x"}),
    message("DELETE /v1/credits"),
    message("GET /test-link", DESKTOP),
    message("GET /test-link", PHONE, "Accept: text/html"),
    message("GET /test-link", "User-Agent: facebookexternalhit/1.1"),
    message("GET /l/none", "Accept: text/html"),
    message("GET /none"),
    message("GET /", "Accept: text/html"),
    message("GET /", "X-Forwarded-Host: proxy.example", "X-Forwarded-Proto: https"),
    message("GET /%E0%A4%A"),
    message("GET /v1/url?callback=f&data=" + quote("eyJicmFuY2hfa2V5IjoieCJ9")),
    message("POST /v1/event", body={"branch_key": KEY, "event": "buy", "identity": "ann"}),
]


@contextmanager
def connected(mock: BranchMock) -> Iterator[socket.socket]:
    parts = urlsplit(mock.url)
    with socket.create_connection((parts.hostname, parts.port or 0), TIMEOUT) as sock:
        yield sock


def ask(sock: socket.socket, sent: bytes) -> tuple[int, dict[str, str], bytes]:
    """One answer on a connection that stays open."""
    sock.sendall(sent)
    with HTTPResponse(sock, method=sent.partition(b" ")[0].decode()) as response:
        response.begin()
        body = response.read()
        return response.status, dict(response.getheaders()), body


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each piece that came was answered the short way."""
    taken: list[bool] = []
    take = Quick.take

    def noted(quick: Quick, data: bytes) -> bool:
        taken.append(take(quick, data))
        return taken[-1]

    monkeypatch.setattr(Quick, "take", noted)
    return taken


@pytest.fixture
def mock() -> Iterator[BranchMock]:
    with BranchMock(clock=FrozenClock(), public_url="http://links.example") as mock:
        yield mock
    assert mock.failures == []


def test_both_ways_give_the_same_answers_and_leave_the_same_state(
    ways: list[bool], mock: BranchMock
) -> None:
    with BranchMock(clock=FrozenClock(), public_url="http://links.example") as other:
        with connected(mock) as short, connected(other) as long:
            ask(long, OTHER_WAY)
            for sent in PLAIN:
                expected = ask(long, sent)
                assert ask(short, sent) == expected, sent
        mock.stop()
        other.stop()
        assert ways == [False] + [True] * len(PLAIN)
        assert mock.state() == other.state()
        ours, theirs = ([e.view() for e in m.requests.all()] for m in (mock, other))
        for entry in (*ours, *theirs):
            del entry["ms"]
        assert ours == theirs


@pytest.mark.parametrize(
    "sent",
    [
        message("HEAD /test-link"),
        message("OPTIONS /v1/url"),
        message("GET /v1/none", "Connection: close"),
        message("GET /v1/none", "Expect: 100-continue"),
        message("GET /v1/none", "Upgrade: h2c", "Connection: upgrade"),
        message("GET http://127.0.0.1/v1/none"),
        message("GET /v1/none#part"),
        message("GET /v1/none").replace(b"HTTP/1.1", b"HTTP/1.0"),
        message("GET /v1/none", "User-Agent: \udcff"),
        message("GET /v1/none", "X-Folded: a\r\n b"),
        message("GET /v1/none", *["X: 1"] * 200),
        message("GET /_mock/health"),
        message("GET /branch-exports/none.csv.gz"),
        message("GET /v1/none", "X-Branch-Mock: status=404"),
        message("POST /v1/url", "Transfer-Encoding: chunked", body=b"") + b"2\r\n{}\r\n0\r\n\r\n",
        message(
            "POST /v1/url", "Content-Encoding: deflate", body=b"x\x9c\xab\xae\x05\x00\x01u\x00\xf9"
        ),
        message("GET /v1/none", f"X-Long: {'x' * 9000}"),
        message("POST /v1/url", body=b'{"data":"' + b"x" * MAX_REQUEST + b'"}'),
        message("GET /v1/none", "Content-Length: 0", "Content-Length: 1"),
    ],
)
def test_what_is_not_plain_is_aiohttps(ways: list[bool], mock: BranchMock, sent: bytes) -> None:
    with connected(mock) as sock:
        status, *_ = ask(sock, sent)
    assert status in {200, 204, 307, 400, 404, 413}
    mock.stop()  # all that came has been looked at then
    assert ways[0] is False


def test_a_request_in_two_pieces_is_aiohttps(ways: list[bool], mock: BranchMock) -> None:
    whole = link(channel="halves")
    with connected(mock) as sock:
        assert ask(sock, link())[0] == 200
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(whole[:-5])
        while len(ways) < 2:
            mock.requests.wait_for("POST /v1/url", times=1, timeout=TIMEOUT)
        assert ask(sock, whole[-5:])[0] == 200
        assert ask(sock, link())[0] == 200
    mock.stop()
    assert ways == [True, False]


def test_pipelined_requests_are_answered_in_order(ways: list[bool], mock: BranchMock) -> None:
    with connected(mock) as sock:
        sock.sendall(message("GET /v1/first") + message("GET /v1/second"))
        stream = sock.makefile("rb")
        for name in ("first", "second"):
            assert stream.readline().startswith(b"HTTP/1.1 404")
            headers = dict(line.split(b": ", 1) for line in iter(stream.readline, b"\r\n"))
            assert name.encode() in stream.read(int(headers[b"Content-Length"]))
    mock.stop()
    assert ways == [False]


def test_faults_hit_plain_requests(ways: list[bool], mock: BranchMock) -> None:
    fault = mock.faults.add(match={"path": "/v1/url"}, status=503)
    with connected(mock) as sock:
        assert ask(sock, link())[0] == 503
    mock.faults.clear(fault.id)
    with connected(mock) as sock:
        assert ask(sock, link())[0] == 200
    mock.stop()
    assert ways == [False, True]


def test_a_connection_that_rests_too_long_is_closed(ways: list[bool]) -> None:
    with BranchMock(idle_timeout=1) as mock, connected(mock) as sock:
        assert ask(sock, link())[0] == 200
        assert ask(sock, link())[0] == 200
        assert sock.recv(1) == b""
    assert ways == [True, True]


def test_no_header_can_be_broken() -> None:
    with pytest.raises(ValueError, match="header Location has a line break"):
        _message(Reply.redirect("https://example.com/\r\nSet-Cookie: a=b"), 0)
