"""Bodies, paths and hosts from people who mean harm: a 4xx or a closed connection (contract 3)."""

import gzip
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from tests.raw import Answer, chunked, exchange, request
from tests.state import unchanged

FORM = b"Content-Type: application/x-www-form-urlencoded"
CHUNKED = b"Transfer-Encoding: chunked"
MIB = 1024 * 1024


def link_body(mock: BranchMock, field: bytes) -> bytes:
    """A call that would make a link if `field` were good."""
    return b'{"branch_key":"%s",%s}' % (mock.app.key.encode(), field)


@pytest.fixture(autouse=True)
def lives_on(mock: BranchMock) -> Iterator[None]:
    """Whatever a test sent, the server is healthy afterwards and nothing unforeseen happened."""
    with unchanged(mock.branch):
        yield
    assert mock.failures == []
    assert request(mock, body=link_body(mock, b'"channel":"a"')).status == 200


def nested(levels: int) -> bytes:
    """`data` with that many levels in all, itself and the body counted."""
    inner = levels - 1
    return b'"data":' + b'{"a":' * inner + b"1" + b"}" * inner


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 65 + b"]" * 65,
    ],
)
def test_deep_nesting_is_refused(mock: BranchMock, body: bytes) -> None:
    answer = request(mock, body=body)
    assert answer.status == 400
    assert answer.message == "Invalid JSON: nested deeper than 64 levels"


def test_nesting_past_the_limit_inside_data_is_refused(mock: BranchMock) -> None:
    answer = request(mock, body=link_body(mock, nested(65)))
    assert answer.message == "Invalid JSON: nested deeper than 64 levels"


def test_deep_nesting_in_a_form_is_refused(mock: BranchMock) -> None:
    answer = request(mock, headers=[FORM], body=b"a." * 100_000 + b"a=1")
    assert answer.status == 400
    assert "nested deeper than 64 levels" in answer.message


@pytest.mark.parametrize("place", [b'"type":%s', b'"data":{"a":%s}', b'"a":[%s]'])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (b"NaN", "NaN is not a JSON number"),
        (b"Infinity", "Infinity is not a JSON number"),
        (b"-Infinity", "-Infinity is not a JSON number"),
        (b"1e999", "the number 1e999 is too large"),
        (b"-1e999", "the number -1e999 is too large"),
        (b"9" * 10**5, "a number has too many digits"),
        (b"-" + b"9" * 10**5, "a number has too many digits"),
    ],
)
def test_numbers_that_are_none_are_refused(
    mock: BranchMock, place: bytes, number: bytes, reason: str
) -> None:
    answer = request(mock, body=link_body(mock, place % number))
    assert answer.status == 400
    assert answer.message == f"Invalid JSON: {reason}"


@pytest.mark.parametrize("field", [b"type", b"duration"])
@pytest.mark.parametrize("number", [b"9" * 4300, b"-" + b"9" * 4300, b"9" * 400, b"1e308"])
def test_huge_numbers_are_outside_every_range(
    mock: BranchMock, field: bytes, number: bytes
) -> None:
    answer = request(mock, body=link_body(mock, b'"%s":%s' % (field, number)))
    assert answer.status == 400
    assert answer.message.startswith(f"{field.decode()} must be ")
    assert len(answer.message) < 200


@pytest.mark.parametrize("field", [b"branch_key", b"app_id"])
@pytest.mark.parametrize("value", [b"9" * 4300, b"1e308", b"[1]", b'{"a":1}', b"true", b'"\\""'])
def test_odd_credentials_are_invalid_ones(mock: BranchMock, field: bytes, value: bytes) -> None:
    answer = request(mock, body=b'{"%s":%s}' % (field, value))
    assert answer.status == 400
    assert answer.message == "Invalid or missing app id, Branch key, or secret"


PLACES = [b'"channel":%s', b'"data":{"a":%s}', b'"data":{%s:1}', b"%s:1", b'"tags":[%s]']


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (rb'"\ud800"', "Invalid JSON: a lone surrogate is no character"),
        (rb'"\udfff x"', "Invalid JSON: a lone surrogate is no character"),
        (rb'"\ude00\ud83d"', "Invalid JSON: a lone surrogate is no character"),
        (rb'"\u0000"', "Invalid JSON: NUL characters are not allowed"),
        (rb'"\\\u0000"', "Invalid JSON: NUL characters are not allowed"),
        (b'"\0"', "Invalid JSON"),
        (b'"\n"', "Invalid JSON"),
    ],
)
def test_characters_that_are_none_are_refused(
    mock: BranchMock, place: bytes, text: bytes, message: str
) -> None:
    answer = request(mock, body=link_body(mock, place % text))
    assert answer.status == 400
    assert answer.message == message


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("raw", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"])
def test_bytes_that_are_not_utf8_are_refused(mock: BranchMock, place: bytes, raw: bytes) -> None:
    body = link_body(mock, place % (b'"%s"' % raw))
    answer = request(mock, body=body)
    assert answer.status == 400
    assert answer.message == f"The body is not UTF-8: byte {body.index(raw)} is invalid"


@pytest.mark.parametrize(
    "text", [rb"{\"a\":\"\\ud800\"}", rb"{\"a\":\"\\u0000\"}", rb"{\"a\":NaN}"]
)
def test_json_text_in_data_is_read_as_strictly(mock: BranchMock, text: bytes) -> None:
    answer = request(mock, body=link_body(mock, b'"data":"%s"' % text))
    assert answer.status == 400
    assert answer.message.startswith("data must be an object or its JSON text, got ")


@pytest.mark.parametrize(
    ("field", "message"),
    [
        (b"channel=%00", "NUL characters are not allowed, got one in field 'channel'"),
        (b"channel=\0", "NUL characters are not allowed, got one in field 'channel'"),
        (b"chan%00nel=1", r"NUL characters are not allowed, got one in field 'chan\x00nel'"),
        (b"channel=%ff", "A query or form field is not UTF-8"),
        (b"channel=%ed%a0%80", "A query or form field is not UTF-8"),
        (b"%ff=1", "A query or form field is not UTF-8"),
        (b"a=1&a.b=2", "Form field 'a' is both a value and an object"),
        (b"a.b=2&a=1", "Form field 'a' is both a value and an object"),
        (b"a=&" * 10_001, "More than 10000 query or form fields"),
    ],
)
def test_hostile_forms_are_refused(mock: BranchMock, field: bytes, message: str) -> None:
    body = b"branch_key=" + mock.app.key.encode() + b"&" + field
    answer = request(mock, headers=[FORM], body=body)
    assert answer.status == 400
    assert answer.message == message


@pytest.mark.parametrize("target", [b"/v1/url?url=%s", b"/test-link?%s=1", b"/v1/url?%s"])
@pytest.mark.parametrize("text", [b"%00", b"%ff", b"%ed%a0%80", b"\xff", b"\xc3\xa9"])
def test_hostile_queries_are_refused(mock: BranchMock, target: bytes, text: bytes) -> None:
    answer = request(mock, "GET", target % text)
    assert answer.status == 400
    assert answer.message


def test_a_flood_of_query_fields_is_refused(mock: BranchMock) -> None:
    assert request(mock, "GET", b"/v1/url?" + b"a=1&" * 2500).status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/%2e%2e/%2e%2e/etc/passwd", 404),
        (b"/../../etc/passwd", 404),
        (b"/%00", 404),
        (b"/l/%00", 404),
        (b"/%ff", 404),
        (b"/l/%ff", 404),
        (b"/a/%ff", 404),
        (b"/%zz", 404),
        (b"/%", 404),
        (b"/\xff", 400),
        (b"/\0", 400),
        (b"/" + b"x" * 7000, 404),
        (b"/" + b"x/" * 3000, 404),
        (b"/" + b"x" * 9000, 400),
        (b"*", 400),
        (b"test-link", 400),
        (b"http://[::1/test-link", 400),
    ],
)
def test_odd_paths_are_refused(mock: BranchMock, path: bytes, status: int) -> None:
    assert request(mock, "GET", path).status == status


@pytest.mark.parametrize(
    "host",
    [
        b"[::1",
        b"]",
        b":80",
        b"a b",
        b"a\tb",
        b'"><script>',
        b"\xff",
        b"\xc3\xa9.test",
        b"...",
        b"x,y",
        b"user@bnc.lt",
        b"/",
        b"http://x",
        b"mock.test:port",
        b"mock.test:123456",
    ],
)
@pytest.mark.parametrize("path", [b"/", b"/test-link", b"/v1/url", b"/_mock/health"])
def test_a_host_that_is_none_is_refused(mock: BranchMock, host: bytes, path: bytes) -> None:
    answer = request(mock, "GET", path, host=host, headers=[b"Accept: */*"])
    assert answer.status == 400
    assert answer.message.startswith("Host must be a host name or address")


def test_a_request_without_host_is_refused(mock: BranchMock) -> None:
    assert request(mock, "GET", b"/_mock/health", host=None).status == 400


def test_garbage_in_forwarded_headers_is_passed_over(mock: BranchMock) -> None:
    headers = [
        b"X-Forwarded-Host: \xff",
        b"X-Forwarded-Proto: javascript",
        b"X-Forwarded-For: \xff",
    ]
    answer = request(mock, "GET", b"/", headers=headers)
    assert answer.status == 200
    assert b"Health:  http://mock.test/_mock/health" in answer.body
    assert b"Docs:    http://mock.test/_mock/docs" in answer.body


@pytest.mark.parametrize("name", [b"Access-Control-Request-Headers", b"User-Agent", b"Accept"])
def test_bytes_in_headers_do_no_harm(mock: BranchMock, name: bytes) -> None:
    answer = request(mock, "OPTIONS", b"/v1/url", headers=[name + b": \xff"])
    assert answer.status == 204


@pytest.mark.parametrize(
    ("ending", "headers"),
    [
        (b"", [CHUNKED]),
        (b"5", [CHUNKED]),
        (b"zz\r\nabc", [CHUNKED]),
        (b"5\r\nab", [CHUNKED]),
        (b"", [b"Content-Length: 5000"]),
        (b"", [b"Transfer-Encoding: bogus"]),
    ],
)
def test_a_truncated_body_changes_nothing(
    mock: BranchMock, ending: bytes, headers: list[bytes]
) -> None:
    body = link_body(mock, b'"channel":"a"')
    sent = chunked(body) + ending if CHUNKED in headers else body
    answer = request(mock, headers=headers, body=sent, length=False, end=True)
    assert answer.status in {0, 400}


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Length: -5"],
        [b"Content-Length: " + b"9" * 5000],
        [b"Content-Length: abc"],
        [b"Content-Length: 5", b"Content-Length: 6"],
        [b"Content-Length: 5", CHUNKED],
        [b"Content-Length: 5"],
    ],
)
def test_a_wrong_length_is_refused(mock: BranchMock, headers: list[bytes]) -> None:
    body = link_body(mock, b'"channel":"a"')
    answer = request(mock, headers=headers, body=body, length=False)
    assert answer.status == 400
    assert answer.message.startswith("Inv")


def compressed(mock: BranchMock, body: bytes, encoding: bytes = b"gzip") -> Answer:
    """The answer to a body sent under a Content-Encoding."""
    return request(mock, headers=[b"Content-Encoding: " + encoding], body=body)


def test_broken_gzip_is_refused(mock: BranchMock, caplog: pytest.LogCaptureFixture) -> None:
    good = gzip.compress(link_body(mock, b'"channel":"a"'))
    for body in (b"abc", good[:-12], good[:-8] + b"\0" * 8, good + b"junk", b"\x1f\x8b" * 50):
        assert compressed(mock, body).status == 400
    assert compressed(mock, good, b"deflate").status == 400
    assert "Unhandled exception" not in caplog.text


@pytest.mark.parametrize("encoding", [b"gzip", b"deflate"])
def test_a_bomb_is_cut_off_at_the_limit(mock: BranchMock, encoding: bytes) -> None:
    bomb = b" " * (20 * MIB)
    body = gzip.compress(bomb, 1) if encoding == b"gzip" else zlib.compress(bomb, 1)
    assert len(body) < MIB
    answer = compressed(mock, body, encoding)
    assert answer.status == 413
    assert answer.message == "request entity too large"


@pytest.fixture(scope="module")
def gigabyte() -> bytes:
    """Less than a megabyte on the wire, a gigabyte if anybody unpacked it."""
    packing, blank = zlib.compressobj(9), b" " * MIB
    first, further = (packing.compress(blank) + packing.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    assert len(further) < MIB / 900
    return first + further * ((MIB - len(first)) // len(further))


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("POST", b"/v1/url", 413),
        ("POST", b"/nowhere", 404),
        ("PUT", b"/v1/event", 405),
        ("GET", b"/test-link", 307),
    ],
)
def test_a_bomb_takes_neither_room_nor_time(
    mock: BranchMock, gigabyte: bytes, method: str, target: bytes, status: int
) -> None:
    headers = [b"Content-Encoding: deflate", b"Content-Length: %d" % len(gigabyte)]
    tracemalloc.start()
    watch = Stopwatch()
    try:
        answer = request(mock, method, target, headers=headers, body=gigabyte, length=False)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == status
    assert peak < 40 * MIB
    assert watch.ms() < 5000
    mock.reset()  # a link that is followed has a click


def test_a_large_declared_bomb_is_not_unpacked_either(mock: BranchMock, gigabyte: bytes) -> None:
    headers = [b"Content-Encoding: deflate", b"Content-Length: %d" % (3 * MIB)]
    watch = Stopwatch()
    answer = request(mock, headers=headers, body=gigabyte * 3, length=False)
    assert answer.status == 413
    assert watch.ms() < 5000


@pytest.mark.parametrize("encoding", [b"bogus", b"compress", b"x"])
def test_an_unknown_encoding_is_not_json(mock: BranchMock, encoding: bytes) -> None:
    body = gzip.compress(link_body(mock, b'"channel":"a"'))
    assert compressed(mock, body, encoding).status == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"FOO /v1/url HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v1/url HTTP/9\r\nHost: x\r\n\r\n",
        b"GET /v1/url HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /v1/url HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
        b"GET /v1/url HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 200 + b"\r\n",
    ],
)
def test_what_is_not_http_gets_the_envelope(mock: BranchMock, sent: bytes) -> None:
    answer = exchange(mock, sent)
    assert answer.status == 400
    assert answer.message.startswith("Invalid HTTP request: ")
    assert "Content-Type: application/json; charset=utf-8" in answer.head


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"\0" * 100, b"", b"\r\n"])
def test_other_protocols_are_turned_away(mock: BranchMock, sent: bytes) -> None:
    assert exchange(mock, sent, end=True).status in {0, 400}


def test_secrets_in_a_broken_request_are_in_no_log(
    mock: BranchMock, caplog: pytest.LogCaptureFixture
) -> None:
    secret = mock.app.secret.encode()
    answer = request(mock, "GET", b"/v1/url?branch_secret=" + secret + b"&x=\xff")
    assert answer.status == 400
    assert mock.app.secret not in caplog.text
    assert secret not in answer.body
