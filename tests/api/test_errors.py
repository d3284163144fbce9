"""Every error: its status, its message and the order of checks (contract 3)."""

import json
from http.client import HTTPConnection

import pytest

from branch_mock import BranchMock
from branch_mock.api.call import MAX_BODY, MAX_BULK_BODY
from tests.client import Client, message_of
from tests.raw import TIMEOUT, chunked, request
from tests.state import unchanged

INVALID_CREDENTIALS = "Invalid or missing app id, Branch key, or secret"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("body", [b"{", b"hello", b"{'a': 1}", b'{"a":1}}', b'{"a":01}', b"\x00"])
@pytest.mark.parametrize("path", ["/v1/url", "/v1/url/bulk/KEY"])
def test_what_is_no_json_is_refused(
    client: Client, mock: BranchMock, path: str, body: bytes
) -> None:
    with unchanged(mock.branch):
        refused = client.call("POST", path, data=body, headers={"Content-Type": "text/plain"})
    assert refused.status_code == 400
    assert message_of(refused) == "Invalid JSON"


def test_broken_json_is_no_form(client: Client) -> None:
    for body in (b'{"branch_key":', b" [1,"):
        refused = client.call("POST", "/v1/url", data=body, headers=FORM)
        assert message_of(refused) == "Invalid JSON"


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        (b"hello", "body: is no JSON from line 1 column 1 on; send UTF-8 JSON"),
        (b'{\n"a" 1}', "body: is no JSON from line 2 column 5 on; send UTF-8 JSON"),
    ],
)
def test_the_hint_tells_where_json_breaks_off(client: Client, body: bytes, hint: str) -> None:
    refused = client.call("POST", "/v1/url", data=body)
    assert refused.headers["X-Branch-Mock-Hint"].startswith(hint)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[]", "array"),
        ("[{}]", "array"),
        ("null", "null"),
        ("true", "a boolean"),
        ('"x"', "a text"),
        ("3", "a number"),
        ("1.5", "a number"),
    ],
)
def test_the_wrong_kind_of_json_is_named(client: Client, body: str, kind: str) -> None:
    refused = client.call("POST", "/v1/url", data=body)
    assert refused.status_code == 400
    assert message_of(refused) == f"The body must be a JSON object, got {kind}"
    if kind != "array":
        refused = client.call("POST", f"/v1/url/bulk/{client.key}", data=body)
        assert message_of(refused) == f"The body must be a JSON array, got {kind}"


def test_a_bulk_call_takes_no_object(client: Client) -> None:
    refused = client.post(f"/v1/url/bulk/{client.key}", {"channel": "x"})
    assert message_of(refused) == "The body must be a JSON array, got object"


BAD_LINK = {
    "alias": "a b",
    "campaign": "x" * 129,
    "channel": 5,
    "data": 7,
    "duration": 0,
    "feature": ["x"],
    "identity": "i" * 128,
    "stage": {},
    "tags": ["ok", "t" * 65],
    "type": 3,
}
ALIAS_RULE = (
    "letters, digits, _ - and . in segments parted by single slashes, not under a reserved path"
)
BAD_LINK_MESSAGE = "; ".join(
    [
        f"alias must be {ALIAS_RULE}, got 'a b'",
        f"campaign must be at most 128 characters, got {'x' * 40!r}… (129 characters)",
        "channel must be a text, got 5",
        "data must be an object or its JSON text, got 7",
        "duration must be at least 1, got 0",
        'feature must be a text, got ["x"]',
        f"identity must be at most 127 characters, got {'i' * 40!r}… (128 characters)",
        "stage must be a text, got {}",
        f"tags[1] must be at most 64 characters, got {'t' * 40!r}… (65 characters)",
        "type must be one of 0, 1, 2, got 3",
    ]
)


def test_all_failing_fields_are_named_at_once(client: Client, mock: BranchMock) -> None:
    with unchanged(mock.branch):
        refused = client.post("/v1/url", BAD_LINK)
    assert refused.status_code == 400
    assert message_of(refused) == BAD_LINK_MESSAGE
    bulk = client.post(f"/v1/url/bulk/{client.key}", [BAD_LINK])
    assert bulk.json() == [{"error": BAD_LINK_MESSAGE}]


def test_a_missing_field_is_named(client: Client) -> None:
    for refused in (
        client.get("/v1/url", params={"branch_key": client.key}),
        client.put("/v1/url", {"channel": "x"}),
    ):
        assert refused.status_code == 400
        assert message_of(refused) == "url is required"


def test_missing_and_bad_fields_are_named_together(client: Client) -> None:
    refused = client.put("/v1/url", {"channel": 5, "data": {"~stage": 3, "$match_duration": "x"}})
    assert message_of(refused) == (
        "channel must be a text, got 5; "
        "data.$match_duration must be a whole number, got 'x'; "
        "data.~stage must be a text, got 3; "
        "url is required"
    )


def test_fields_with_secret_in_their_name_are_not_repeated(
    client: Client, mock: BranchMock
) -> None:
    refused = client.put("/v1/url?url=x", {"branch_secret": "secret_live_very_private"})
    assert "private" not in refused.text
    assert mock.app.secret not in refused.text


def test_the_envelope_is_compact_json(client: Client) -> None:
    refused = client.get("/v1/url")
    assert refused.headers["Content-Type"] == "application/json; charset=utf-8"
    assert refused.text == f'{{"error":{{"code":400,"message":"{INVALID_CREDENTIALS}"}}}}'


@pytest.mark.parametrize(
    ("method", "path", "nearest"),
    [
        ("GET", "/v1/urls", "/v1/url"),
        ("POST", "/v1/ulr", "/v1/url"),
        ("POST", "/v1/url/bulks/key_live", "POST /v1/url/bulk/{branch_key}"),
        ("GET", "/_mock/helth", "GET /_mock/health"),
        ("DELETE", "/v2/nothing/like/any/endpoint/there/is", None),
        ("POST", "/test-link", None),
    ],
)
def test_an_unknown_route_names_the_nearest_endpoint(
    client: Client, method: str, path: str, nearest: str | None
) -> None:
    refused = client.call(method, path)
    assert refused.status_code == 404
    message = message_of(refused)
    assert message.startswith(f"No endpoint {method} {path}")
    if nearest is not None:
        assert "; the nearest endpoint is " in message
        assert nearest in message


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/v1/url", "DELETE, GET, HEAD, OPTIONS, POST, PUT"),
        ("GET", "/v1/url/bulk/key", "OPTIONS, POST"),
        ("PUT", "/v1/url/bulk/key", "OPTIONS, POST"),
        ("POST", "/_mock/health", "GET, HEAD, OPTIONS"),
        ("GET", "/_mock/reset", "OPTIONS, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(
    client: Client, method: str, path: str, allowed: str
) -> None:
    refused = client.call(method, path)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == allowed
    assert message_of(refused) == f"{method} is not allowed on {path}; allowed: {allowed}"


def padded(client: Client, size: int) -> bytes:
    """A good link call of exactly that many bytes."""
    body = json.dumps({"branch_key": client.key, "channel": "x"}).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize("as_chunks", [False, True])
def test_a_body_may_be_a_mebibyte(client: Client, mock: BranchMock, *, as_chunks: bool) -> None:
    def post(size: int) -> int:
        body = padded(client, size)
        if not as_chunks:
            return request(mock, body=body).status
        sent = chunked(body[:1000], body[1000:]) + b"0\r\n\r\n"
        return request(
            mock, headers=[b"Transfer-Encoding: chunked"], body=sent, length=False
        ).status

    assert post(1_048_576) == 200
    with unchanged(mock.branch):
        assert post(1_048_577) == 413
    assert MAX_BODY == 1_048_576


@pytest.mark.parametrize("as_chunks", [False, True])
def test_a_bulk_body_may_be_100_kilobytes(
    client: Client, mock: BranchMock, *, as_chunks: bool
) -> None:
    target = b"/v1/url/bulk/" + client.key.encode()
    for size, status in ((102_400, 200), (102_401, 413)):
        body = b'[{"channel":"x"}' + b" " * (size - 17) + b"]"
        assert len(body) == size
        if as_chunks:
            headers = [b"Transfer-Encoding: chunked"]
            sent = chunked(body) + b"0\r\n\r\n"
            answer = request(mock, "POST", target, headers=headers, body=sent, length=False)
        else:
            answer = request(mock, "POST", target, body=body)
        assert answer.status == status
        if status == 413:
            assert answer.message == "request entity too large"
    assert MAX_BULK_BODY == 102_400


def test_a_client_that_expects_100_is_told_to_continue(client: Client, mock: BranchMock) -> None:
    body = padded(client, 100)
    answer = request(mock, headers=[b"Expect: 100-continue"], body=body)
    assert answer.status == 200


def test_a_client_that_expects_100_hears_of_the_limit_at_once(mock: BranchMock) -> None:
    connection = HTTPConnection(mock.url.removeprefix("http://"), timeout=TIMEOUT)
    connection.putrequest("POST", "/v1/url")
    connection.putheader("Expect", "100-continue")
    connection.putheader("Content-Length", str(MAX_BODY + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413
    assert b'"message":"request entity too large"' in answer.read()
    connection.close()


def test_size_is_checked_before_json(client: Client) -> None:
    refused = client.call("POST", "/v1/url", data=b"{" * (MAX_BODY + 1))
    assert refused.status_code == 413


def test_json_is_checked_before_credentials(client: Client) -> None:
    assert message_of(client.call("POST", "/v1/url", data=b"{")) == "Invalid JSON"
    wrong_kind = client.call("POST", "/v1/url/bulk/unknown", data=b"{}")
    assert message_of(wrong_kind) == "The body must be a JSON array, got object"


def test_credentials_are_checked_before_fields(client: Client) -> None:
    refused = client.call("POST", "/v1/url", json={"type": 9})
    assert message_of(refused) == INVALID_CREDENTIALS
    refused = client.put("/v1/url", {"branch_secret": "x", "type": "y"})
    assert message_of(refused) == INVALID_CREDENTIALS


def test_fields_are_checked_before_state(client: Client) -> None:
    refused = client.put("/v1/url?url=bnc.lt/nothing", {"channel": 5})
    assert message_of(refused) == "channel must be a text, got 5"
    refused = client.post("/v1/url", {"alias": "test-link", "type": 9})
    assert message_of(refused) == "type must be one of 0, 1, 2, got 9"


@pytest.mark.parametrize("body", [b"", b" \n"])
def test_an_empty_body_has_no_fields(client: Client, body: bytes) -> None:
    made = client.call("POST", "/v1/url", params={"branch_key": client.key}, data=body)
    assert made.status_code == 200


def test_an_unforeseen_exception_is_a_500_that_is_kept(
    client: Client, mock: BranchMock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("secret_live_inside")

    with monkeypatch.context() as patched:
        patched.setattr(mock.branch.links, "get", explode)
        query = {"url": "bnc.lt/test-link", "branch_key": client.key}
        failed = client.get("/v1/url", params=query)
        assert failed.status_code == 500
        assert message_of(failed).startswith("A bug in branch_mock: RuntimeError")
        assert "inside" not in failed.text
    assert client.get("/v1/url", params=query).status_code == 200
    assert [str(failure) for failure in mock.failures] == ["secret_live_inside"]
    mock.failures.clear()
