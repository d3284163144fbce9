"""JSON from anybody (contract 3)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.errors import InvalidBody
from branch_mock.strict_json import MAX_DEPTH, depth, read_json

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_every_value_is_read_as_it_was_written(value: Any, ascii_only: bool) -> None:  # noqa: FBT001
    assert read_json(json.dumps(value, ensure_ascii=ascii_only)) == value


@given(st.text())
def test_any_text_is_read_as_json_reads_it_or_refused(text: str) -> None:
    try:
        value = read_json(text)
    except InvalidBody as error:
        value = error.message
    assert str(value).startswith("Invalid JSON") or value == json.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Invalid JSON"),
        ("{", "Invalid JSON"),
        ("[1,]", "Invalid JSON"),
        ("{'a':1}", "Invalid JSON"),
        ("[1] [2]", "Invalid JSON"),
        ('"\t"', "Invalid JSON"),
        ("NaN", "Invalid JSON: NaN is not a JSON number"),
        ("[-Infinity]", "Invalid JSON: -Infinity is not a JSON number"),
        ("1e400", "Invalid JSON: the number 1e400 is too large"),
        ("9" * 5000, "Invalid JSON: a number has too many digits"),
        (r'["\ud800"]', "Invalid JSON: a lone surrogate is no character"),
        (r'{"\udc00":1}', "Invalid JSON: a lone surrogate is no character"),
        (r'"\ud83d \ude00"', "Invalid JSON: a lone surrogate is no character"),
        (r'"\u0000"', "Invalid JSON: NUL characters are not allowed"),
        (r'{"a\u0000":1}', "Invalid JSON: NUL characters are not allowed"),
        (r'"\\\\\u0000"', "Invalid JSON: NUL characters are not allowed"),
    ],
)
def test_the_reason_is_given(text: str, message: str) -> None:
    with pytest.raises(InvalidBody) as caught:
        read_json(text)
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'"\\u0000"', "\\u0000"),
        (r'"\\ud800"', "\\ud800"),
        (r'"\u0001"', "\x01"),
        ("1e-999", 0.0),
        ("-0", 0),
        ('{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_only_looks_bad_is_read(text: str, value: object) -> None:
    assert read_json(text) == value


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_sixty_four_levels_are_read_and_no_more(opening: str, closing: str) -> None:
    def nested(levels: int) -> str:
        inner = "1" if opening != "[" else ""
        return opening * levels + inner + closing * levels

    assert depth(read_json(nested(MAX_DEPTH))) == MAX_DEPTH == 64
    for levels in (65, 1000, 100_000):
        with pytest.raises(InvalidBody, match="nested deeper than 64 levels"):
            read_json(nested(levels))


def test_wide_is_not_deep() -> None:
    assert depth(read_json("[" + ",".join(["[[]]"] * 1000) + "]")) == 3
    assert depth("[[[[") == 0


PIECES = (
    *("[", "]", "{", "}", ",", ":", '"', "-", ".", "0", "1", "9" * 20, "e", "E+", "400"),
    *("true", "null", "NaN", "Infinity", " ", "\t", "\n", "\\", "/", '"a":'),
    *(r"\u0000", r"\ud800", r"\udc00", r"\u00e9", r"\n", "é", "\x1f", "\x7f", "\ufeff"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_what_looks_like_json_is_read_as_json_reads_it_or_refused(text: str) -> None:
    try:
        expected = repr(json.loads(text))
    except ValueError:
        expected = ""
    try:
        read = repr(read_json(text))
    except InvalidBody:
        return
    assert read == expected
