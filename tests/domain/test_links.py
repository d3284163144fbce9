"""What links carry (contract 5)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.domain.links import (
    LABELS,
    Link,
    custom_data,
    dynamic_fields,
    fingerprint,
    lift_labels,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(["~channel", "~id", "$x", "url", "a", "Z", "+y", "", "~tags"])


@given(st.dictionaries(KEYS | st.text(max_size=3), JSON))
def test_a_view_is_sorted_and_ends_with_the_address(data: dict[str, Any]) -> None:
    link = Link(id=1, app_id=2, domain="bnc.lt", path="x", data=custom_data(data), channel="c")
    shown = link.data_view("address")
    *keys, last = shown
    assert keys == sorted(keys)
    assert last == "url"
    assert shown["url"] == "address"
    assert shown["~channel"] == "c"
    assert {"$one_time_use", "~creation_source", "~id"} <= set(keys)
    assert list(link.view("address")) == ["channel", "data", "type", "alias"]


def test_labels_are_shown_in_order() -> None:
    link = Link(
        id=1, app_id=2, domain="d", path="p", tags=("t",), stage="s", channel="", campaign="k"
    )
    assert link.labels() == {"campaign": "k", "channel": "", "stage": "s", "tags": ["t"]}
    assert list(LABELS) == ["campaign", "channel", "feature", "stage", "tags"]


@pytest.mark.parametrize(
    ("path", "updatable"),
    [("l/x", True), ("m/x", True), ("cx", True), ("c/x", False), ("d/x", False), ("e/c/x", True)],
)
def test_click_and_quick_links_are_fixed(path: str, *, updatable: bool) -> None:
    assert Link(id=1, app_id=2, domain="d", path=path).updatable is updatable


def test_lifting_leaves_what_was_given_alone() -> None:
    given_data = {"~channel": "in", "$match_duration": 5, "~custom": 1, "url": "u", "a": 1}
    fields = {"data": given_data, "feature": "f"}
    assert lift_labels(fields) == {
        "channel": "in",
        "duration": 5,
        "feature": "f",
        "data": {"a": 1},
    }
    assert fields == {"data": given_data, "feature": "f"}
    assert len(given_data) == 5


@given(st.dictionaries(st.text(max_size=4), JSON, max_size=4))
def test_equal_parameters_have_equal_fingerprints(data: dict[str, Any]) -> None:
    fields = {"data": data, "channel": "c", "tags": ["a"], "alias": None}
    turned = {"tags": ("a",), "channel": "c", "data": dict(reversed(data.items())), "type": 0}
    assert fingerprint(1, fields) == fingerprint(1, turned)
    assert fingerprint(1, fields) != fingerprint(2, fields)
    assert fingerprint(1, fields) != fingerprint(1, {**fields, "data": {**data, "more": 1}})


@pytest.mark.parametrize(
    ("one", "two"),
    [({"a": 1}, {"a": True}), ({"a": 1}, {"a": "1"}), ({"a": None}, {}), ({"a": [1]}, {"a": 1})],
)
def test_values_of_other_types_are_other_values(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert fingerprint(1, {"data": one}) != fingerprint(1, {"data": two})


def test_fields_of_other_things_are_left_out() -> None:
    sent = {"alias": "a", "branch_key": "k", "data": {}, "sdk": 1}
    assert fingerprint(1, sent) == fingerprint(1, {"alias": "a", "data": {}})


def test_dynamic_fields_part_the_query() -> None:
    query = {"channel": "c", "~feature": "f", "$x": "1", "utm_source": "s", "utm_medium": "m"}
    fields = dynamic_fields(query, {"a": 1, "$x": "0"})
    assert fields == {
        "channel": "c",
        "data": {"a": 1, "$x": "1", "~feature": "f", "utm_source": "s", "utm_medium": "m"},
    }
