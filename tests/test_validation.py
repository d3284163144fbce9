"""What a call's fields are read as, and how violations are told (contract 3)."""

from typing import Any

import pytest

from branch_mock.errors import ApiError, InvalidBody, InvalidRequest, Violation
from branch_mock.validation import CallSchema, load, schema_of, violations

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "query": {"type": "object", "required": ["url"]},
        "body": {
            "type": "object",
            "required": ["name", "list"],
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "minLength": 2, "maxLength": 4},
                "list": {"type": "array", "items": {"type": "integer", "maximum": 9}},
                "branch_secret": {"type": "string", "maxLength": 3},
                "kind": {"type": ["string", "null"], "enum": ["a", "b"]},
                "code": {"type": "string", "pattern": "^x+$"},
                "word": {"type": "string", "pattern": "^y+$", "x-rule": "one or more y"},
                "real": {"type": "number", "multipleOf": 2},
                "object": {
                    "type": "object",
                    "properties": {"flag": {"type": "boolean"}, "deep": {"type": "object"}},
                },
            },
        },
    },
}
GOOD: dict[str, Any] = {"name": "abc", "list": [1]}


def problems(body: dict[str, Any], query: dict[str, Any] | None = None) -> dict[str, str]:
    """What the schema finds wrong, by field."""
    with pytest.raises(InvalidRequest) as caught:
        CallSchema(SCHEMA).check({}, {"url": "x"} if query is None else query, body)
    found = {violation.field: violation.problem for violation in caught.value.violations}
    assert caught.value.message == "; ".join(f"{name} {text}" for name, text in found.items())
    return found


def test_a_good_call_is_read() -> None:
    assert CallSchema(SCHEMA).check({}, {"url": "x"}, GOOD) == ({"url": "x"}, GOOD)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"list": [1]}, {"name": "is required"}),
        ({}, {"list": "is required", "name": "is required"}),
        ({**GOOD, "name": "a"}, {"name": "must not be shorter than 2, got 'a'"}),
        ({**GOOD, "name": "abcde"}, {"name": "must be at most 4 characters, got 'abcde'"}),
        ({**GOOD, "name": None}, {"name": "is required"}),
        ({**GOOD, "name": {"a": 1}}, {"name": 'must be a text, got {"a": 1}'}),
        ({**GOOD, "list": 5}, {"list": "must be a list, got 5"}),
        ({**GOOD, "list": [1, "x", 10]}, {
            "list[1]": "must be a whole number, got 'x'",
            "list[2]": "must be at most 9, got 10",
        }),
        ({**GOOD, "kind": "c"}, {"kind": "must be one of a, b, got 'c'"}),
        ({**GOOD, "code": "y"}, {"code": "must be of the form ^x+$, got 'y'"}),
        ({**GOOD, "word": "x"}, {"word": "must be one or more y, got 'x'"}),
        ({**GOOD, "extra": 1}, {"extra": "is not a known field"}),
        ({**GOOD, "object": {"flag": 1}}, {"object.flag": "must be true or false, got 1"}),
        ({**GOOD, "branch_secret": "private"}, {
            "branch_secret": "must be at most 3 characters, got ***",
        }),
        ({**GOOD, "real": 3}, {"real": "is invalid (3 is not a multiple of 2), got 3"}),
    ],
)  # fmt: skip
def test_every_rule_is_told_in_words(body: dict[str, Any], expected: dict[str, str]) -> None:
    assert problems(body) == expected


def test_query_and_body_are_named_together() -> None:
    assert problems({"list": "x"}, {}) == {
        "list": "must be a list, got 'x'",
        "name": "is required",
        "url": "is required",
    }


def test_long_values_are_cut() -> None:
    assert problems({**GOOD, "name": "é" * 50}) == {
        "name": f"must be at most 4 characters, got {'é' * 40!r}… (50 characters)"
    }
    shown = problems({**GOOD, "name": list(range(100))})["name"]
    assert shown.endswith("…")
    assert len(shown) < 80


def test_a_call_as_a_whole_may_be_wrong() -> None:
    assert violations({"type": "object"}, 5) == [
        Violation("the call", "must be an object, got 5", "wrong field type")
    ]


@pytest.mark.parametrize("item", [None, 5, "x", [], True])
def test_an_item_that_is_no_object_is_refused(item: object) -> None:
    with pytest.raises(InvalidBody, match="The body must be a JSON object, got "):
        schema_of("links/create.json").check_body(item)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"type": "1", "duration": "060"}, {"type": 1, "duration": 60}),
        ({"type": 2.0}, {"type": 2}),
        ({"alias": "", "channel": "", "tags": ""}, {}),
        ({"tags": []}, {}),
        ({"alias": None, "data": None, "unknown": None}, {}),
        ({"tags": "one"}, {"tags": ["one"]}),
        ({"data": '{"a": 1}'}, {"data": {"a": 1}}),
        ({"data": {"~tags": "one", "~channel": "", "$match_duration": "5", "x": ""}},
         {"data": {"~tags": ["one"], "$match_duration": 5, "x": ""}}),
        ({"data": {"~stage": None, "x": None}}, {"data": {"x": None}}),
        ({"unknown": {"kept": 1}}, {"unknown": {"kept": 1}}),
    ],
)  # fmt: skip
def test_fields_are_read_as_what_they_stand_for(
    given: dict[str, Any], read: dict[str, Any]
) -> None:
    assert schema_of("links/create.json").check_body(given) == read


def test_references_are_resolved_and_may_be_refined() -> None:
    identity = load("links/create.json")["properties"]["body"]["properties"]["identity"]
    assert identity["maxLength"] == 127
    assert identity["x-blank"] == "absent"
    assert "$ref" not in str(load("seed.json"))


def test_bodies_are_checked_as_each_would_be() -> None:
    schema = schema_of("links/create.json")
    good, other = {"alias": "x", "data": '{"a": 1}'}, {"channel": "", "type": "2"}
    assert schema.check_bodies([good, other]) == [schema.check_body(good), schema.check_body(other)]
    bad = [good, {"alias": ["x"], "type": 9}, None, [good], other, "text"]
    for body, found in zip(bad, schema.check_bodies(bad), strict=True):
        if body in (good, other):
            assert found == schema.check_body(body)
            continue
        with pytest.raises(ApiError) as raised:
            schema.check_body(body)
        assert isinstance(found, type(raised.value))
        assert str(found) == str(raised.value)
    assert schema.check_bodies([]) == []
