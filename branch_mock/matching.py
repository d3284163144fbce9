"""Which requests something is about: for faults, for the journal, for assertions (contract 12)."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple, Protocol

from msgspec import Struct
from msgspec.structs import asdict

from branch_mock.errors import InvalidBody
from branch_mock.strict_json import read_json

_SHOWN = 200


class Request(Protocol):
    """What of a request anything can be matched by."""

    @property
    def method(self) -> str:
        """Such as `POST`."""

    @property
    def path(self) -> str:
        """Without query, and without the link domain that a path-style address begins with."""

    @property
    def query(self) -> Mapping[str, Any]:
        """The query's parameters; repeated ones are lists."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any case."""

    @property
    def body(self) -> Any:
        """As it was parsed."""

    @property
    def branch_key(self) -> str | None:
        """The key that it carries, or that of the app whose link it follows."""


class Sent(NamedTuple):
    """A request as it was sent."""

    method: str
    path: str
    query: Mapping[str, Any]
    headers: Mapping[str, str]
    body: Any
    branch_key: str | None


class Pattern(Struct, frozen=True, kw_only=True):
    """What a request must be like; parts that are None or empty match anything.

    method: such as `POST`. path: shell wildcards allowed, `*` crosses slashes. branch_key: whole.
    headers: values with shell wildcards. query, json: every pair must be there with an equal value,
    nested objects likewise, also where they were sent as JSON text; lists must be of one length,
    their items likewise.
    """

    method: str | None = None
    path: str | None = None
    branch_key: str | None = None
    headers: Mapping[str, str] = {}
    query: Mapping[str, Any] = {}
    json: Any = None

    def parts(self) -> dict[str, Any]:
        """The parts that say something, by name."""
        return {name: value for name, value in asdict(self).items() if value not in (None, {})}

    @classmethod
    def of(cls, endpoint: str | None = None, **parts: Any) -> "Pattern":
        """A pattern from `"POST /v1/url"`, `"POST"` or `"/v1/url"` and further parts."""
        for word in (endpoint or "").split():
            parts["path" if word.startswith(("/", "*")) else "method"] = word
        return cls(**parts)

    def matches(self, sent: Request) -> bool:
        """Whether a request is like that."""
        return next(self.differences(sent), None) is None

    def differences(self, sent: Request) -> Iterator[str]:
        """Each way in which a request is not like that, in words."""
        if self.method is not None and self.method.upper() != sent.method:
            yield f"method: expected {self.method.upper()}, got {sent.method}"
        if self.path is not None and not fnmatchcase(sent.path, self.path):
            yield f"path: expected {self.path}, got {sent.path}"
        if self.branch_key is not None and self.branch_key != sent.branch_key:
            yield f"branch_key: expected {self.branch_key}, got {sent.branch_key}"
        for name, value in self.headers.items():
            found = sent.headers.get(name)
            if found is None or not fnmatchcase(found, value):
                yield f"header {name}: expected {value!r}, got {found!r}"
        yield from subset_differences(self.query, sent.query, "query")
        if self.json is not None:
            yield from subset_differences(self.json, sent.body, "json")


def subset_differences(expected: Any, found: Any, place: str) -> Iterator[str]:
    """Where `found` lacks or contradicts what `expected` has; extra fields are no difference."""
    if isinstance(expected, Mapping | list) and isinstance(found, str):
        found = _read(found)
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            if name in found:
                yield from subset_differences(value, found[name], f"{place}.{name}")
            else:
                yield f"{place}.{name}: expected {_shown(value)}, got nothing"
    elif _are_lists(expected, found) and len(expected) == len(found):
        for number, value in enumerate(expected):
            yield from subset_differences(value, found[number], f"{place}[{number}]")
    elif not _equal(expected, found):
        yield f"{place}: expected {_shown(expected)}, got {_shown(found)}"


def _read(text: str) -> Any:
    """What a text says, if it is JSON: `data` and `metadata` may be sent as such (contract 3)."""
    try:
        return read_json(text)
    except InvalidBody:
        return text


def _are_lists(*values: Any) -> bool:
    return all(isinstance(value, list | tuple) for value in values)


def _equal(one: Any, other: Any) -> bool:
    """As JSON has it: true is not 1."""
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
