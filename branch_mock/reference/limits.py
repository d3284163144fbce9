"""What a field's schema says, in words."""

from branch_mock.validation import Json

LIMITS = ("minLength", "maxLength", "minimum", "maximum", "enum", "const", "minItems", "maxItems")
"""The keywords that are limits."""

_WORDS = {
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "x-rule": "{}",
}
_MANY = 9


def kind(field: Json) -> str:
    """The type of a field: `text`, `list of text`, `whole number` …"""
    types = field.get("type", [])
    names = [_KINDS[name] for name in ([types] if isinstance(types, str) else types)]
    if field.get("type") == "array" and "type" in field.get("items", {}):
        return f"list of {kind(field['items'])}s"
    return " or ".join(names) or ("one of" if "enum" in field else "anything")


_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "object": "object",
    "array": "list",
    "boolean": "true or false",
    "null": "null",
}


def limits_of(field: Json) -> Json:
    """The limits in a field's schema, keyword by keyword."""
    return {key: field[key] for key in LIMITS if key in field}


def told(field: Json) -> str:
    """The limits of a field, in words."""
    said = [words.format(field[key]) for key, words in _WORDS.items() if key in field]
    values = field.get("enum", [field["const"]] if "const" in field else [])
    if values and len(values) <= _MANY:
        said.insert(0, ", ".join(map(str, values)))
    if field.get("x-json-text"):
        said.append("or its JSON text")
    if field.get("x-bare"):
        said.append("or a single text")
    items = told(field["items"]) if "items" in field else ""
    return "; ".join([*said, f"each {items}"] if items else said)
