"""Our schemas are about fields as they are read; these are about fields as they may be sent.

`x-json-text`, `x-blank`, `x-bare`, `x-boolean` and texts of digits become plain alternatives, and
what counts as absent becomes null (contract 3), so that a document says all that is accepted.
"""

from typing import Any

from branch_mock.reference import digits
from branch_mock.validation import Json

JSON_TEXT_FORMAT = "json-text"
"""Of a text that is the JSON of the object beside it."""

MAX_DIGITS = 25
_NULL: Json = {"type": "null"}
_READING = ("x-json-text", "x-blank", "x-bare", "x-boolean", "x-keys")
_NOT_NULL: Json = {"not": _NULL}
_NO_TEXTS = ("object", "number", "boolean")
_OF_FORMS = ("type", "required", "anyOf", "additionalProperties", "minProperties")
_REFUSING_BLANK = ("minLength", "pattern", "enum")
_COMBINING = ("anyOf", "allOf", "oneOf")


def json_body(schema: Json) -> Json:
    """A body as it may be sent in JSON. Every field that is not required may be null."""
    if schema.get("type") != "object":
        return schema
    return _object(schema, lambda name, _: name not in schema.get("required", ()))


def form_body(schema: Json) -> Json | None:
    """A body as it may be sent as a form; None where it is no object.

    Objects are JSON text there; those that may not be are left out, for they take dotted keys.
    """
    if schema.get("type") != "object":
        return None
    fields = schema.get("properties", {})
    return {
        **{key: value for key, value in schema.items() if key in _OF_FORMS},
        "properties": {
            name: text for name, field in fields.items() if (text := form_field(field)) is not None
        },
    }


def form_field(field: Json) -> Json | None:
    """A field as it may be sent in a query or a form, where everything is a text.

    None for what no text is read as.
    """
    plain = _plain(field)
    if field.get("x-json-text"):
        return _text_of(plain)
    if field.get("type") == "integer" and "enum" not in field:
        plain.setdefault("minimum", 0)  # digits have no sign
    if field.get("type") in _NO_TEXTS or "properties" in field or "oneOf" in field:
        return None
    if isinstance(field.get("const"), bool):
        return None
    if not field.get("x-blank") or plain.keys().isdisjoint(_REFUSING_BLANK):
        return plain
    described = {"description": plain.pop("description")} if "description" in plain else {}
    return {**described, "anyOf": [plain, {"const": ""}]}


def _object(schema: Json, nullable: Any) -> Json:
    sent = _plain(schema)
    if "properties" in sent:
        sent["properties"] = {
            name: field_sent(field, null=nullable(name, field))
            for name, field in schema["properties"].items()
        }
    if sent.get("additionalProperties") is False:
        sent["additionalProperties"] = _NULL
    if sent.get("minProperties") == 1:
        sent["not"] = {"additionalProperties": _NULL}
    return _present(sent)


def field_sent(field: Json, *, null: bool) -> Json:
    """A field of an object in JSON. null: whether null counts as absent."""
    read = _object(field, _has_rule) if field.get("properties") else _plain(field)
    if not field.get("properties"):
        read = _present(read)
    choices = [read, *_other_forms(field)]
    if null and len(choices) == 1 and isinstance(read.get("type"), str) and "enum" not in read:
        return {**read, "type": [read["type"], "null"]}
    if null:
        choices.append(_NULL)
    if len(choices) == 1:
        return read
    described = {"description": read.pop("description")} if "description" in read else {}
    return {**described, "anyOf": [choice for choice in choices if choice]} if read else {}


def _has_rule(_: str, field: Json) -> bool:
    """Whether a field of an inner object is read, and may be null for that."""
    return (
        field.get("type") == "integer" or "properties" in field or any(k in field for k in _READING)
    )


def _other_forms(field: Json) -> list[Json]:
    forms: list[Json] = []
    if field.get("type") == "integer":
        forms.append(_digits(field))
    if field.get("x-json-text"):
        forms.append(_text_of(_plain(field)))
    if field.get("x-bare"):
        forms.append({**_plain(field.get("items", {})), "type": "string"})
    if field.get("x-boolean"):
        forms.append({"type": "boolean"})
    if field.get("x-blank"):
        forms.append({"enum": ["", []]})
    return forms


def _digits(field: Json) -> Json:
    if "enum" in field:
        pattern = f"^0*(?:{'|'.join(map(str, field['enum']))})$"
    else:
        pattern = digits.pattern(max(field.get("minimum", 0), 0), field.get("maximum"))
    return {"type": "string", "pattern": pattern, "maxLength": MAX_DIGITS}


def _text_of(read: Json) -> Json:
    described = {"description": read.pop("description")} if "description" in read else {}
    return {
        **described,
        "type": "string",
        "format": JSON_TEXT_FORMAT,
        "contentMediaType": "application/json",
        "contentSchema": read,
    }


def _plain(schema: Json) -> Json:
    """A schema without the annotations that say how it is read, here and further inside."""
    return {
        key: _plain(value)
        if isinstance(value, dict) and key != "properties"
        else {name: _plain(field) for name, field in value.items()}
        if key == "properties"
        else [_plain(item) if isinstance(item, dict) else item for item in value]
        if key in _COMBINING
        else value
        for key, value in schema.items()
        if key not in _READING
    }


def _present(schema: Json) -> Json:
    """With the meaning of `required` in choices and conditions: a null there is a field missing."""
    for key in _COMBINING:
        if key in schema:
            schema = {**schema, key: [_with_presence(choice) for choice in schema[key]]}
    return schema


def _with_presence(choice: Json) -> Json:
    names = choice.get("required", ())
    fields = {name: dict(field) for name, field in choice.get("properties", {}).items()}
    for name in names:
        fields[name] = {**_NOT_NULL, **fields.get(name, {})}
    nested = {name: _with_presence(field) for name, field in fields.items()}
    found = {**choice, "properties": nested} if nested else dict(choice)
    for key in ("then", "else"):
        if key in found:
            found[key] = _with_presence(found[key])
    return found
