"""Our schemas are about fields as they are read; these are about fields as they may be sent.

`x-json-text`, `x-blank`, `x-bare`, `x-boolean` and texts of digits become plain alternatives, and
what counts as absent becomes null (contract 3), so that a document says all that is accepted.
"""

from typing import Any

from branch_mock.reference import digits
from branch_mock.validation import Json

JSON_TEXT_FORMAT = "json-text"
"""Of a text that is the JSON of the object beside it."""

JSON_LIST_FORMAT = "json-text-list"
"""Of a text that is the JSON of a list of objects."""

MAX_DIGITS = 25
_NULL: Json = {"type": "null"}
_READING = ("x-json-text", "x-blank", "x-bare", "x-boolean", "x-keys")
_NOT_NULL: Json = {"not": _NULL}
_NO_TEXTS = ("object", "number", "boolean")
_OF_FORMS = ("type", "required", "anyOf", "additionalProperties", "minProperties")
_COMBINING = ("anyOf", "allOf", "oneOf")


def json_body(schema: Json) -> Json:
    """A body as it may be sent in JSON. Every field that is not required may be null."""
    if schema.get("type") != "object":
        return schema
    sent = _object(schema, lambda name, _: name not in schema.get("required", ()))
    if sent.get("additionalProperties") is False:
        sent["additionalProperties"] = _NULL
    return sent


def as_it_stands(schema: Json) -> Json:
    """A body that is not read by its schema, but for fields that are null: they are absent."""
    bare = plain(schema)
    fields = {name: {"anyOf": [field, _NULL]} for name, field in bare["properties"].items()}
    return {**bare, "properties": fields, "additionalProperties": _NULL}


def form_body(schema: Json) -> Json | None:
    """A body as it may be sent as a form; None where it is no object, or needs what no text is.

    Objects are JSON text there; those that may not be are left out, for they take dotted keys.
    """
    if schema.get("type") != "object":
        return None
    fields, required = schema.get("properties", {}), schema.get("required", ())
    texts = {name: form_field(field, required=name in required) for name, field in fields.items()}
    if any(texts.get(name, {}) is None for name in required):
        return None
    return {
        **{key: value for key, value in schema.items() if key in _OF_FORMS},
        "properties": {name: text for name, text in texts.items() if text is not None},
    }


def form_field(field: Json, *, required: bool = False) -> Json | None:
    """A field as it may be sent in a query or a form, where everything is a text.

    None for what no text is read as. required: whether it may not be absent, as a blank one is.
    """
    text = plain(field)
    if field.get("x-json-text"):
        return _text_of(text)
    if isinstance(field.get("type"), list) and "string" in field["type"]:
        text["type"] = "string"
    if field.get("type") == "integer" and "enum" not in field:
        text.setdefault("minimum", 0)  # digits have no sign
        text.setdefault("maximum", 10**MAX_DIGITS - 1)
    if field.get("type") in _NO_TEXTS or "properties" in field or "oneOf" in field:
        return None
    if isinstance(field.get("const"), bool):
        return None
    return _maybe_blank(field, text, required=required)


def _maybe_blank(field: Json, text: Json, *, required: bool) -> Json:
    if not field.get("x-blank"):
        return text
    if required:
        return _not_blank(text)
    text.pop("minLength", None)
    if "pattern" in text:
        text["pattern"] = f"^$(?![\\s\\S])|{text['pattern']}"
    if "enum" in text:
        text["enum"] = [*text["enum"], ""]
    return text


def _object(schema: Json, nullable: Any) -> Json:
    sent = plain(schema)
    if "properties" in sent:
        sent["properties"] = {
            name: field_sent(field, null=nullable(name, field))
            for name, field in schema["properties"].items()
        }
    if sent.get("minProperties") == 1:
        sent["not"] = {"additionalProperties": _NULL}
    return _present(sent)


def field_sent(field: Json, *, null: bool) -> Json:
    """A field of an object in JSON. null: whether it may be absent, as null and a blank are."""
    read = _object(field, _has_rule) if field.get("properties") else plain(field)
    if not field.get("properties"):
        read = _present(read)
    if field.get("x-blank") and not null:
        read = _not_blank(read)
    choices = [read, *_other_forms(field, blank=null)]
    if null and len(choices) == 1 and isinstance(read.get("type"), str) and "enum" not in read:
        return {**read, "type": [read["type"], "null"]}
    if null:
        choices.append(_NULL)
    if len(choices) == 1:
        return read
    described = {"description": read.pop("description")} if "description" in read else {}
    return {**described, "anyOf": [choice for choice in choices if choice]} if read else {}


def _not_blank(field: Json) -> Json:
    """A field that counts as absent when it is blank, where it may not be absent."""
    return {**field, "minLength": 1} if "string" in field.get("type", ()) else field


def _has_rule(_: str, field: Json) -> bool:
    """Whether a field of an inner object is read, and may be null for that."""
    return (
        field.get("type") == "integer" or "properties" in field or any(k in field for k in _READING)
    )


def _other_forms(field: Json, *, blank: bool) -> list[Json]:
    forms: list[Json] = []
    if field.get("type") == "integer":
        forms.append(_digits(field))
    if field.get("x-json-text"):
        forms.append(_text_of(plain(field)))
    if field.get("x-bare"):
        forms.append({**plain(field.get("items", {})), "type": "string"})
    if field.get("x-boolean"):
        forms.append({"type": "boolean"})
    if field.get("x-blank") and blank:
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
        "format": JSON_LIST_FORMAT if read.get("type") == "array" else JSON_TEXT_FORMAT,
        "contentMediaType": "application/json",
        "contentSchema": read,
    }


def plain(schema: Json) -> Json:
    """A schema without the annotations that say how it is read, here and further inside."""
    return {
        key: plain(value)
        if isinstance(value, dict) and key != "properties"
        else {name: plain(field) for name, field in value.items()}
        if key == "properties"
        else [plain(item) if isinstance(item, dict) else item for item in value]
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
