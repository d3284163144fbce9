"""Finds the endpoint of a path in a table (contract 2 and 3)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from branch_mock.api.call import Endpoint
from branch_mock.domain.links import CONTROL_PREFIX, RESERVED_PATHS
from branch_mock.errors import MethodNotAllowed, UnknownRoute

_REMEMBERED = 1024
_NEVER_LINKS = frozenset(name for name in RESERVED_PATHS if len(name) > 1)
Methods = dict[str, Endpoint[Any]]
Parameters = Mapping[str, str]


class Router:
    """Endpoints by path. Paths come as their non-empty segments joined by slashes.

    What is found, or is not there, is remembered for the paths that were looked up last.
    """

    def __init__(self, endpoints: Iterable[Endpoint[Any]]) -> None:
        self._exact: dict[str, Methods] = {}
        self._templates: dict[str, list[_Template]] = {}
        self._known: dict[str, str] = {}
        for endpoint in endpoints:
            self._add(endpoint)
        self._prefixes = _NEVER_LINKS | {path.split("/", 1)[0] for path in self._known}
        self.find = lru_cache(maxsize=_REMEMBERED)(self._find)
        self.owns = lru_cache(maxsize=_REMEMBERED)(self._owns)

    def _add(self, endpoint: Endpoint[Any]) -> None:
        path = endpoint.path.strip("/")
        self._known.setdefault(path, f"{endpoint.method} {endpoint.path}")
        if "{" not in path:
            self._exact.setdefault(path, {})[endpoint.method] = endpoint
            return
        templates = self._templates.setdefault(_first_of(path), [])
        template = next((known for known in templates if known.path == path), None)
        if template is None:
            template = _Template(path)
            templates.append(template)
        template.methods[endpoint.method] = endpoint

    def _owns(self, path: str) -> bool:
        """Whether no link can be at a path: endpoints begin so, or no alias may."""
        first, slash, _ = path.partition("/")
        return first in self._prefixes and (bool(slash) or first == CONTROL_PREFIX)

    def _find(self, path: str) -> tuple[Methods, Parameters] | None:
        """The endpoints at a path, by method, and what its parameters stand for."""
        methods = self._exact.get(path)
        if methods is not None:
            return methods, {}
        for first in (_first_of(path), _ANY):
            for template in self._templates.get(first, ()):
                parameters = template.match(path)
                if parameters is not None:
                    return template.methods, parameters
        return None

    def refuse(self, method: str, path: str) -> UnknownRoute:
        """The error for a path that no endpoint has."""
        from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few need it

        (nearest,) = get_close_matches(path, self._known, n=1, cutoff=0)
        return UnknownRoute(method, f"/{path}", self._known[nearest])


def choose(methods: Methods, method: str, path: str) -> Endpoint[Any]:
    """The endpoint for a method, which is GET for HEAD. Raises MethodNotAllowed."""
    endpoint = methods.get(method)
    if endpoint is None:
        raise MethodNotAllowed(method, f"/{path}", allowed(methods))
    return endpoint


def allowed(methods: Methods) -> list[str]:
    """What `Allow` says of a path."""
    names = {*methods, "OPTIONS"}
    if "GET" in names:
        names.add("HEAD")
    return sorted(names)


_ANY = "{"
"""Where templates are that begin with a parameter."""


def _first_of(path: str) -> str:
    return _ANY if path.startswith("{") else path.partition("/")[0]


class _Template:
    """A path with parameters, and the endpoints at such paths."""

    __slots__ = ("_expected", "_names", "_whole", "methods", "path")

    def __init__(self, path: str) -> None:
        self.path = path
        self.methods: Methods = {}
        segments = path.split("/")
        names = [part.strip("{*}") if part.startswith("{") else None for part in segments]
        self._whole = names[0] if path.endswith("*}") and len(segments) == 1 else None
        self._names = names
        self._expected = segments

    def match(self, path: str) -> Parameters | None:
        """What the parameters stand for in `path`; None where it is not such a path."""
        if self._whole is not None:
            return {self._whole: path}
        segments = path.split("/")
        if len(segments) != len(self._expected):
            return None
        parameters = {}
        for name, expected, segment in zip(self._names, self._expected, segments, strict=True):
            if name is not None:
                parameters[name] = segment
            elif expected != segment:
                return None
        return parameters
