"""JSON as it goes out."""

import json
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.compact_json import encode, encode_text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)
KINDS = StrEnum("KINDS", ["FIRST"])
NUMBERS = IntEnum("NUMBERS", ["FIRST"])


@given(VALUES)
def test_it_reads_as_what_was_written(value: object) -> None:
    assert json.loads(encode(value)) == value


@given(st.recursive(st.integers() | TEXTS, st.lists, max_leaves=20))
def test_texts_and_whole_numbers_are_as_json_writes_them(value: object) -> None:
    assert encode_text(value) == json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def test_members_of_enumerations_are_their_values() -> None:
    assert encode({"kind": KINDS.FIRST, "number": NUMBERS.FIRST}) == b'{"kind":"first","number":1}'


@pytest.mark.parametrize(
    ("value", "error"), [({"at": object()}, TypeError), (["\ud800"], UnicodeEncodeError)]
)
def test_what_json_has_no_form_for_is_refused(value: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        encode(value)
