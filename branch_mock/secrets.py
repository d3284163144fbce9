"""Keeps secrets out of whatever is shown: logs, journal, errors."""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
_FIELD = re.compile(r"secret|password|token|authorization|cookie", re.IGNORECASE)
_IN_QUERY = re.compile(rf"([^?&=\s]*(?:{_FIELD.pattern})[^&=\s]*=)[^&\s]*", re.IGNORECASE)
_IN_JSON = re.compile(rf'("[^"]*(?:{_FIELD.pattern})[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
_VALUE = re.compile(r"secret_(live|test)_\w+")


def masked_text(text: str) -> str:
    """A text, such as an address or a message, with every secret in it masked."""
    text = _IN_JSON.sub(rf'\1"{MASK}"', _IN_QUERY.sub(rf"\1{MASK}", text))
    return _VALUE.sub(rf"secret_\1_{MASK}", text)


def mask(value: Any) -> Any:
    """The same for a value of JSON: the value of every field with a telling name is masked."""
    if isinstance(value, Mapping):
        return {
            name: MASK if _FIELD.search(name) and isinstance(item, str) else mask(item)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [mask(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value
