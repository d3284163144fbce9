"""Ids, short codes, keys: the only source of randomness (contract 4).

An id is a snowflake: `creation_ms = (id >> 22) + EPOCH_MS`, bits 12-21 the worker, bits 0-11 a
sequence. A link's short code is the base62 of its id, least significant digit first.
"""

import random  # noqa: TID251 - this is the one module that may
import string
from functools import lru_cache
from typing import NamedTuple

from branch_mock.clock import EARLIEST_MS, Clock

EPOCH_MS = EARLIEST_MS
MAX_ID = (1 << 63) - 1
_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits
_DIGITS = {character: value for value, character in enumerate(_ALPHABET)}
_BASE = len(_ALPHABET)
_PAIRED = _BASE * _BASE
_PAIRS = [low + high for high in _ALPHABET for low in _ALPHABET]
_MAX_CODE = 11
_WORKERS = 1 << 10
_TOKEN_LENGTH = 32
_LABEL_LENGTH = 4


def code_of(id_: int) -> str:
    """The short code of an id: 423196192848102356 is `WgiqvsepqF`."""
    rest, low = divmod(id_, _PAIRED)
    return _PAIRS[low] + _digits(rest) if rest else _digits(low)


@lru_cache(maxsize=64)
def _digits(number: int) -> str:
    """A number in base62; of ids, the part that those of one millisecond mostly share."""
    digits = []
    while number:
        number, digit = divmod(number, _BASE)
        digits.append(_ALPHABET[digit])
    return "".join(digits)


@lru_cache(maxsize=1024)
def id_of(code: str) -> int:
    """The id that a short code stands for. Raises ValueError for other characters, and for more
    than an id can have."""
    if len(code) > _MAX_CODE:
        raise ValueError(f"not a short code: {code[:_MAX_CODE]!r}…")
    id_ = 0
    for character in reversed(code):
        if character not in _DIGITS:
            raise ValueError(f"not a short code: {code!r}")
        id_ = id_ * _BASE + _DIGITS[character]
    return id_


def number_of(id_: object) -> int | None:
    """An id as a number, whether it was sent as one or as a text; None for what is no id."""
    text = str(id_)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


_MAX_DIGITS = 19


def created_ms(id_: int) -> int:
    """When an id was minted, in milliseconds since 1970."""
    return (id_ >> 22) + EPOCH_MS


def first_id_at(ms: int) -> int:
    """The smallest id that a moment (milliseconds since 1970) can have."""
    return max(ms - EPOCH_MS, 0) << 22


Generator = random.Random


def generator(*seed: object) -> Generator:
    """A generator of its own, for what must not depend on the ids that were minted before it.

    Seeds that print alike give generators that draw alike.
    """
    return Generator(repr(seed))


class IdsState(NamedTuple):
    """What `Ids.save` gives and `Ids.restore` takes."""

    last: int
    worker: int
    generator: object


class Ids:
    """Mints ids, keys and domain labels. Same seed, clock and calls: same values.

    Ids are strictly increasing; when more than 4,096 fall into one millisecond, they run ahead of
    the clock rather than repeat.

    last: the newest id. A transaction that fails sets it back: nobody has seen those after it.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self._clock = clock
        self.random = random.Random(seed)
        self._worker = self.random.randrange(_WORKERS) << 12
        self.last = 0

    @property
    def worker(self) -> int:
        """The worker in every id that is minted here, 0 to 1023."""
        return self._worker >> 12

    def next(self, *, after: int = 0) -> int:
        """A new snowflake for the clock's present moment, and above `after` in any case."""
        id_ = (self._clock.now_ms() - EPOCH_MS) << 22 | self._worker
        last = self.last if after < self.last else after
        if id_ <= last:
            id_ = last + 1
            if not id_ & 0xFFF:  # the sequence ran over into the worker's bits
                id_ = ((last >> 22) + 1) << 22 | self._worker
        self.last = id_
        return id_

    def key(self, *, live: bool = True) -> str:
        """A new Branch key: `key_live_` or `key_test_` and 32 letters and digits."""
        return f"key_{'live' if live else 'test'}_{self._token(_TOKEN_LENGTH)}"

    def secret(self, *, live: bool = True) -> str:
        """A new Branch secret, formed like a key."""
        return f"secret_{'live' if live else 'test'}_{self._token(_TOKEN_LENGTH)}"

    def domain_label(self) -> str:
        """Four lowercase letters or digits, the first label of an app.link domain."""
        return self._token(_LABEL_LENGTH, string.ascii_lowercase + string.digits)

    def referral_code(self, length: int) -> str:
        """Some capitals and digits, which people read to each other."""
        return self._token(length, string.ascii_uppercase + string.digits)

    def _token(self, length: int, alphabet: str = _ALPHABET) -> str:
        return "".join(self.random.choices(alphabet, k=length))

    def save(self) -> IdsState:
        """Where the sequence stands, for `restore`."""
        return IdsState(self.last, self._worker, self.random.getstate())

    def restore(self, state: IdsState) -> None:
        """Go on from a saved place."""
        self.last = state.last
        self._worker = state.worker
        self.random.setstate(state.generator)  # type: ignore[arg-type]
