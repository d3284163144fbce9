"""Fields that a valid call has and nobody knows, so like a known one that they may be misspelt.

Branch passes them over, and so does the emulator; but it says so (contract 3).
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from branch_mock.validation import Json, load

_ALIKE = 0.82
_MAX_NAME = 64
_LOOKED_AT = 8
"""Unknown fields of one call; looking for what they may mean is slow."""

_ANYWHERE = frozenset({"branch_key", "branch_secret", "identity_id"})
_SIGNS = frozenset("$~")
"""What the keys begin with that mean something to Branch, among those of link data."""


class Names:
    """The names of the fields that a schema of calls knows; of objects inside them, those with a
    sign."""

    __slots__ = ("_body", "_nested", "_query")

    def __init__(self, schema: Json) -> None:
        parts: Json = schema.get("properties", {})
        fields: Json = parts.get("body", {}).get("properties", {})
        self._query = _known(parts.get("query", {}))
        self._body = _known(parts.get("body", {}))
        self._nested = {
            name: signed
            for name, field in fields.items()
            if (signed := frozenset(k for k in field.get("properties", ()) if k[:1] in _SIGNS))
        }

    def misspelt(self, query: Json, body: Any) -> str | None:
        """Which fields of a call may be misspelt, and what they may mean; None where none is."""
        said: list[str] = []
        if query and not query.keys() <= self._query:
            said += _near(query, query, self._query, "")
        if type(body) is dict:
            if not body.keys() <= self._body:
                said += _near(body, body, self._body, "")
            for name, known in self._nested.items():
                inner = body.get(name)
                if inner and type(inner) is dict:
                    signed = [key for key in inner if key not in known and key[:1] in _SIGNS]
                    if signed:
                        said += _near(signed, inner, known, f"{name}.")
        return " ".join(said) or None


def _known(part: Json) -> frozenset[str]:
    names = part.get("properties")
    return _ANYWHERE.union(names) if names else frozenset()


def _near(names: Iterable[str], beside: Json, known: frozenset[str], place: str) -> Iterator[str]:
    """What those of some names may mean that nobody knows, unless that is there besides."""
    unknown = (name for name in names if name not in known and len(name) <= _MAX_NAME)
    for name in islice(unknown, _LOOKED_AT):
        near = _nearest(name, known)
        if near is not None and near not in beside:
            yield f"{place}{name} means nothing here, did you mean {place}{near}?"


@lru_cache(maxsize=1024)
def _nearest(name: str, known: frozenset[str]) -> str | None:
    """The known name that another is most like, if it is much like it."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few need it

    near = next(iter(get_close_matches(name, sorted(known), n=1, cutoff=_ALIKE)), None)
    goes_on = near is not None and name.startswith(f"{near}_")  # $ios_url_us is Branch's own, too
    return None if goes_on else near


@cache
def names_of(schema: str) -> Names:
    """The names that the calls of that schema file know."""
    return Names(load(schema))
