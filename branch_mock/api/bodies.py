"""Reads what a request carries, JSON or form, into plain values (contract 3)."""

from base64 import b64decode
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from branch_mock.errors import InvalidBody, InvalidRequest
from branch_mock.strict_json import MAX_DEPTH, read_json

FORM_TYPE = "application/x-www-form-urlencoded"
_MAX_FIELDS = 10_000
_SHOWN = 80


def read_body(raw: bytes, content_type: str, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a body: JSON whatever its type says, or else a form if its type says so."""
    if not raw or raw.isspace():
        return {}
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidBody(f"The body is not UTF-8: byte {error.start} is invalid") from None
    text = text.removeprefix("\ufeff")
    try:
        return read_json(text, max_depth)
    except InvalidBody:
        if not content_type.lower().startswith(FORM_TYPE) or text.lstrip()[:1] in {"{", "["}:
            raise
    return nest(read_pairs(text))


def read_pairs(text: str) -> dict[str, Any]:
    """The fields of a query or form. Repeated ones, and those named `name[]`, become lists."""
    found: dict[str, Any] = {}
    for name, value in _pairs(text):
        bare = name.removesuffix("[]")
        if bare in found:
            known = found[bare]
            if isinstance(known, list):
                known.append(value)
            else:
                found[bare] = [known, value]
        else:
            found[bare] = [value] if bare != name else value
    return found


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    if text.count("&") >= _MAX_FIELDS:
        raise InvalidBody(f"More than {_MAX_FIELDS} query or form fields")
    escaped = "%" in text or "+" in text or "\0" in text or not text.isascii()
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            yield (_unquoted(name, name), _unquoted(value, name)) if escaped else (name, value)


def _unquoted(text: str, field: str) -> str:
    try:
        plain = unquote_plus(text, errors="strict")
        plain.encode()
    except UnicodeError:
        raise InvalidBody("A query or form field is not UTF-8") from None
    if "\0" in plain:
        name = unquote_plus(field)
        raise InvalidBody(f"NUL characters are not allowed, got one in field {name[:_SHOWN]!r}")
    return plain


def nest(fields: dict[str, Any]) -> dict[str, Any]:
    """Form fields with dotted names as nested objects. Raises InvalidBody where names clash."""
    nested: dict[str, Any] = {}
    for name, value in fields.items():
        *parents, last = name.split(".")
        if len(parents) >= MAX_DEPTH:
            raise InvalidBody(f"Form field nested deeper than {MAX_DEPTH} levels: {name[:80]}…")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise InvalidBody(f"Form field {parent!r} is both a value and an object")
        if last in place:
            raise InvalidBody(f"Form field {name!r} is both a value and an object")
        place[last] = value
    return nested


def read_base64_json(text: object) -> dict[str, Any]:
    """The object in the `data` parameter of a dynamic link: base64 of JSON, either alphabet.

    Raises InvalidRequest when it is neither absent nor that.
    """
    if text is None:
        return {}
    try:
        bare = str(text).translate(_TO_STANDARD).rstrip("=")
        value = read_json(b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode())
    except (ValueError, InvalidBody) as error:
        raise InvalidRequest.of("data", f"must be the base64 of a JSON object ({error})") from None
    if not isinstance(value, dict):
        raise InvalidRequest.of("data", "must be the base64 of a JSON object")
    return value


_TO_STANDARD = str.maketrans({"-": "+", "_": "/", " ": "+"})
