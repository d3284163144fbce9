"""JSON as it goes out: compact, not escaped to ASCII, never NaN or Infinity."""

import json.encoder
from collections.abc import Callable
from json import JSONEncoder

Encode = Callable[[object], str]

_plain = JSONEncoder(
    separators=(",", ":"), ensure_ascii=False, allow_nan=False, check_circular=False
)


def encoder() -> Encode:
    """What makes a value compact JSON text. It raises TypeError and ValueError as `json` does.

    `JSONEncoder.encode` prepares its C part anew for each value, which takes longer than a usual
    answer does; where Python lets us, it is prepared once.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    try:
        chunks = make(  # type: ignore[misc]
            markers=None,
            default=_plain.default,
            encoder=json.encoder.encode_basestring,
            indent=None,
            key_separator=_plain.key_separator,
            item_separator=_plain.item_separator,
            sort_keys=_plain.sort_keys,
            skipkeys=_plain.skipkeys,
            allow_nan=_plain.allow_nan,
        )
    except TypeError:  # there is none, or not of this form
        return _plain.encode

    def encode(value: object) -> str:
        return "".join(chunks(value, 0))

    return encode


encode = encoder()
"""A value as compact JSON text. Raises TypeError and ValueError as `json` does."""
