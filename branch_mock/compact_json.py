"""JSON as it goes out: compact, not escaped to ASCII. What was read strictly has no NaN."""

from msgspec.json import Encoder

encode = Encoder().encode
"""A value as JSON in UTF-8. Raises TypeError for what JSON has no form for, and ValueError for
lone surrogates."""


def encode_text(value: object) -> str:
    """The same as text."""
    return encode(value).decode()
