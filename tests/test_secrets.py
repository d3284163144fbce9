"""Secrets are masked wherever they stand, however they are encoded (contract 12)."""

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest

from branch_mock import BranchMock, WaitTimedOut
from branch_mock.clock import Stopwatch
from branch_mock.secrets import MASK, mask, masked_path, masked_text
from tests.client import Client
from tests.sending import make, report

SECRET = "secret_live_0123456789abcdefghijABCDEFGHIJ01"
HUSH = "hush-hush"


def base64_of(value: object) -> str:
    return b64encode(json.dumps(value).encode()).decode()


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04x}" for character in text)


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"branch_secret={HUSH}&a=1",
        quote(f"https://x/?branch_secret={HUSH}&a=1"),
        quote(quote(f"https://x/?branch_secret={HUSH}&a=1")),
        quote(quote(quote(SECRET.replace("_", "%5F")))),
        json.dumps({"password": HUSH}),
        json.dumps({"a": json.dumps({"password": HUSH})}),
        json.dumps({"a": json.dumps({"b": json.dumps({"password": HUSH})})}),
        json.dumps({"a": quote(json.dumps({"b": SECRET}).replace("_", "%5F"))}),
        json.dumps({"a": escaped(SECRET)}),
        quote(json.dumps({"to\u006ben": HUSH})),
        f"https://ann:{HUSH}@example.com/",
        quote(f"https://ann:{HUSH}@example.com/"),
        base64_of({"a": SECRET}),
        base64_of({"password": HUSH, "b": 1}).rstrip("="),
        urlsafe_b64encode(f' {{"?>?>": 1, "a": "{SECRET}"}}'.encode()).decode(),
        f"?data={quote(base64_of({'~~~>>>???': 1, 'password': HUSH}))}&a=1",
        base64_of({"a": base64_of({"b": quote(SECRET.replace("_", "%5F"))})}),
        base64_of({"password": HUSH, "long": "x" * 100})[:-7],
        json.dumps({"data": base64_of({"password": HUSH})}),
    ],
)
def test_a_text_is_masked_however_it_is_encoded(text: str) -> None:
    for shown in (
        masked_text(text),
        masked_text(f"before {text}"),
        json.dumps(mask({"x": [text]})),
    ):
        assert MASK in shown
        for layer in (shown, shown.encode().decode("unicode_escape")):
            assert HUSH not in layer
            assert SECRET[12:] not in layer
            assert base64_of(HUSH)[4:10] not in layer


def test_the_pluses_of_base64_are_blanks_in_a_parameter() -> None:
    encoded = base64_of({"~~~>>>???": 1, "password": HUSH})
    assert "+" in encoded
    assert mask({"data": encoded.replace("+", " ")}) == {"data": MASK}
    harmless = base64_of({"~~~>>>???": 1, "a": HUSH}).replace("+", " ")
    assert mask({"data": harmless}) == {"data": harmless}


@pytest.mark.parametrize(
    "text",
    [
        "100%25 of it, 50% off",
        "https://example.com/?next=https%3A%2F%2Fexample.com%2F%253F",
        r"C:\\new\\u0041",
        "a+b=c",
        "",
        "https://ann@example.com:80/a:b@c",
        f"/a/key_live_{'e' * 32}?data={base64_of({'a': 'b', 'c': [1, 2]})}",
        "Did everything else in CamelCaseWords go well",
        "eeeeeeeeeeeeeeeeeeeeeeeee",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert masked_text(text) == text
    assert masked_path(text) == text


@pytest.mark.parametrize("value", [HUSH, [HUSH, HUSH], {"a": HUSH}, 12345678, 1.5])
def test_a_field_with_a_telling_name_is_masked_whatever_it_holds(value: Any) -> None:
    assert mask({"branch_secret": value}) == {"branch_secret": MASK}


def test_a_field_that_can_give_nothing_away_is_not() -> None:
    assert mask({"token": None, "is_secret": True}) == {"token": None, "is_secret": True}


def test_masking_takes_time_in_proportion() -> None:
    text = quote(quote(json.dumps({"a": "x%" * 100_000})))
    watch = Stopwatch()
    masked_text(text)
    assert watch.ms() < 5000


def test_no_secret_is_in_the_journal_however_it_was_sent(mock: BranchMock, client: Client) -> None:
    inner = json.dumps({"secret": HUSH, "s": client.secret})
    sent: tuple[dict[str, Any], ...] = (
        {"data": json.dumps({"a": inner})},
        {"data": {"$desktop_url": f"https://x/?next={quote(quote(f'/?{client.secret}'))}"}},
        {"data": {"tokens": [HUSH]}},
    )
    for body in sent:
        client.post("/v1/url", body)
    client.get(f"/v1/url?branch_secret={HUSH}&branch_secret={HUSH}")
    client.get("/v1/url", params={"url": quote(quote(client.secret))})
    client.get(f"/a/{client.key}", params={"data": base64_of({"a": client.secret})})
    client.post("/v1/url", {"type": client.secret})
    client.post("/v1/url", {"duration": f"password={HUSH}"})
    client.post("/v1/url", {"branch_key": client.secret})
    shown = client.get("/_mock/requests").text
    assert len(json.loads(shown)) == 9
    entries = mock.requests.all()
    said = [shown, *mock.timeline(), *(entry.line() for entry in entries), *map(repr, entries)]
    for text in said:
        assert HUSH not in text
        assert client.secret[12:] not in text
        assert base64_of({"a": client.secret})[8:-4] not in text


def test_no_secret_of_a_receivers_address_is_in_a_report(mock: BranchMock, hanging: str) -> None:
    url = f"{hanging}?token={HUSH}".replace("//", f"//ann:{HUSH}@")
    make(mock.branch, url)
    report(mock.branch)
    with pytest.raises(WaitTimedOut, match=r"0 of 1 webhooks .* pending: .*\*\*\*") as late:
        mock.webhooks.wait(timeout=0.01)
    (delivery,) = mock.webhooks.wait(timeout=20)
    with pytest.raises(AssertionError, match="was not delivered") as found:
        mock.check()
    said = [str(late.value), str(found.value), *mock.timeline()]
    assert len(delivery.attempts) == 2
    assert HUSH not in "\n".join(said)
