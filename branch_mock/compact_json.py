"""JSON as it goes out: compact, not escaped to ASCII. What was read strictly has no NaN."""

from collections.abc import Callable
from typing import Any

from msgspec.json import Encoder

_PLAIN: dict[type, Callable[[Any], object]] = {
    str: str.__str__,
    int: int.__int__,
    float: float.__float__,
}


def _plain(value: object) -> object:
    """What a user's own kind of text or number is a kind of."""
    for kind, plain in _PLAIN.items():
        if isinstance(value, kind):
            return plain(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")


encode = Encoder(enc_hook=_plain).encode
"""A value as JSON in UTF-8, of what was read as JSON: sets and dates, which JSON has no form for,
are written in one of msgspec's. Raises TypeError for other objects, ValueError for lone surrogates.
"""


def encode_text(value: object) -> str:
    """The same as text."""
    return encode(value).decode()
