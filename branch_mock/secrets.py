"""Keeps secrets out of whatever is shown: logs, journal, errors."""

import re
from base64 import b64decode
from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import unquote

MASK = "***"
VALUE = re.compile(r"secret_(live|test)_\w+")
"""A Branch secret, wherever it stands."""

_NAME = "(?:secret|password|token|authorization|cookie)"
_FIELD = re.compile(_NAME, re.IGNORECASE)
_IN_QUERY = re.compile(rf"((?<![^?&=\s])[^?&=\s]*{_NAME}[^&=\s]*=)[^&\s]*", re.IGNORECASE)
_IN_JSON = re.compile(rf'("[^"]*{_NAME}[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_IN_ADDRESS = re.compile(r"(//[^/?#@:\s\"']*:)[^/?#@\s\"']+@")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_LAYERS = 4
"""How often a text may be encoded for its secrets to be found still."""

_ESCAPED = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/]))')

_WRAPPED = 2
"""How often a text may be the base64 of another for its secrets to be found still."""

_LEAST = 12
_BASE64 = re.compile(rf"(?<![A-Za-z0-9+_-])[eICD][A-Za-z0-9+/_-]{{{_LEAST - 1},}}={{0,2}}")
"""What may be the base64 of a JSON object, either alphabet: of a brace, or of a blank before it."""

_SPACED = re.compile(r"[A-Za-z0-9/_ -]+={0,2}")
"""The same as a parameter, in which every plus has become a blank."""

_TO_STANDARD = str.maketrans({"-": "+", "_": "/", " ": "+"})


def masked_text(text: str) -> str:
    """A text, such as an address or a message, with every secret in it masked.

    Where a secret is found only once percent-encoding or JSON escapes are undone, all is shown with
    them undone. The base64 of a JSON object that has a secret is masked whole.
    """
    return _layers_masked(text, _WRAPPED)


def _layers_masked(text: str, wrapped: int) -> str:
    shown = layer = _masked(text, wrapped)
    for _ in range(_LAYERS):
        inner = _ESCAPED.sub(_unescaped, unquote(layer))
        if inner == layer:
            break
        layer = _masked(inner, wrapped)
        if layer != inner:
            shown = layer
    return shown


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]


def _masked(text: str, wrapped: int) -> str:
    text = _IN_JSON.sub(rf'\1"{MASK}"', _IN_QUERY.sub(rf"\1{MASK}", text))
    text = VALUE.sub(rf"secret_\1_{MASK}", text)
    if "@" in text:
        text = _IN_ADDRESS.sub(rf"\1{MASK}@", text)
    if not wrapped or len(text) < _LEAST:
        return text
    if " " in text and _SPACED.fullmatch(text) and _hides_secret(text, wrapped - 1):
        return MASK
    return _BASE64.sub(partial(_unless_hidden, wrapped - 1), text)


def _unless_hidden(wrapped: int, found: re.Match[str]) -> str:
    return MASK if _hides_secret(found[0], wrapped) else found[0]


def _hides_secret(text: str, wrapped: int) -> bool:
    """Whether a text is the base64 of a JSON object, or of its beginning, that has a secret."""
    bare = text.translate(_TO_STANDARD).rstrip("=")
    whole = bare[: len(bare) // 4 * 4] if len(bare) % 4 == 1 else bare + "=" * (-len(bare) % 4)
    inner = b64decode(whole).decode(errors="replace")
    return inner.lstrip().startswith("{") and _layers_masked(inner, wrapped) != inner


def masked_path(raw_path: str) -> str:
    """A request's path and query with every secret masked, however it is percent-encoded."""
    path, mark, query = raw_path.partition("?")
    if "%" in query:
        query = "&".join(map(_masked_pair, query.split("&")))
    if "%" in path and VALUE.search(decoded := unquote(path)):
        path = decoded
    return masked_text(path + mark + query)


def _masked_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if VALUE.search(unquote(name)):
        return MASK
    if _FIELD.search(unquote(name)) or VALUE.search(unquote(value)):
        return f"{name}{equals}{MASK}"
    return pair


def one_line(text: str) -> str:
    """A text with control characters escaped, so that nobody can write log lines of their own."""
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def mask(value: Any) -> Any:
    """A value of JSON with every secret masked: each field with a telling name, each known form."""
    if isinstance(value, Mapping):
        return {
            name: MASK if _FIELD.search(name) and not _is_plain(item) else mask(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def _is_plain(value: Any) -> bool:
    """Whether it can give nothing away, whatever it is called."""
    return value is None or isinstance(value, bool)
