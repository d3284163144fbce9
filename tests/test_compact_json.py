"""JSON as it goes out."""

import json
import json.encoder
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock import compact_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


@given(VALUES)
def test_it_is_what_json_makes(value: object) -> None:
    expected = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    assert compact_json.encode(value) == expected


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, {"deep": [math.nan]}])
def test_what_is_no_json_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        compact_json.encode(value)


def test_what_json_has_no_form_for_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        compact_json.encode({"tags": {"a"}})


def test_a_python_without_the_c_encoder_does_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json.encoder, "c_make_encoder", None)
    encode = compact_json.encoder()
    assert encode({"name": "Zoë", "tags": [1, None]}) == '{"name":"Zoë","tags":[1,null]}'
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode(math.nan)
