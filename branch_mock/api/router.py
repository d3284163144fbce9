"""Finds the endpoint of a path in a table (contract 2 and 3)."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from branch_mock.api.call import Endpoint
from branch_mock.domain.links import CONTROL_PREFIX, RESERVED_PATHS
from branch_mock.errors import MethodNotAllowed, UnknownRoute

_NEVER_LINKS = frozenset(name for name in RESERVED_PATHS if len(name) > 1)
Methods = dict[str, Endpoint[Any]]
Parameters = dict[str, str]


class Router:
    """Endpoints by path. Paths come as their non-empty segments joined by slashes."""

    def __init__(self, endpoints: Iterable[Endpoint[Any]]) -> None:
        self._exact: dict[str, Methods] = {}
        self._templates: list[tuple[list[str], Methods]] = []
        self._known: dict[str, str] = {}
        for endpoint in endpoints:
            self._add(endpoint)
        self._prefixes = _NEVER_LINKS | {path.split("/", 1)[0] for path in self._known}

    def _add(self, endpoint: Endpoint[Any]) -> None:
        path = endpoint.path.strip("/")
        self._known.setdefault(path, f"{endpoint.method} {endpoint.path}")
        if "{" not in path:
            self._exact.setdefault(path, {})[endpoint.method] = endpoint
            return
        segments = path.split("/")
        for known, methods in self._templates:
            if known == segments:
                methods[endpoint.method] = endpoint
                return
        self._templates.append((segments, {endpoint.method: endpoint}))

    def owns(self, path: str) -> bool:
        """Whether no link can be at a path: endpoints begin so, or no alias may."""
        first, slash, _ = path.partition("/")
        return first in self._prefixes and (bool(slash) or first == CONTROL_PREFIX)

    def find(self, path: str) -> tuple[Methods, Parameters] | None:
        """The endpoints at a path, by method, and what its parameters stand for."""
        methods = self._exact.get(path)
        if methods is not None:
            return methods, {}
        segments = path.split("/")
        for template, found in self._templates:
            parameters = _match(template, segments)
            if parameters is not None:
                return found, parameters
        return None

    def serves(self, method: str, path: str) -> bool:
        """Whether an endpoint at a path is for that method."""
        found = self.find(path)
        return found is not None and (method == "OPTIONS" or method in found[0])

    def refuse(self, method: str, path: str) -> UnknownRoute:
        """The error for a path that no endpoint has."""
        nearest = get_close_matches(path, self._known, n=1, cutoff=0.5)
        return UnknownRoute(method, f"/{path}", self._known[nearest[0]] if nearest else None)


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


def _match(template: list[str], segments: list[str]) -> Parameters | None:
    if template[-1].endswith("*}"):  # takes all that is left
        at = len(template) - 1
        segments = [*segments[:at], "/".join(segments[at:])]
    if len(template) != len(segments):
        return None
    parameters = {}
    for expected, segment in zip(template, segments, strict=True):
        if expected.startswith("{"):
            parameters[expected.strip("{*}")] = segment
        elif expected != segment:
            return None
    return parameters
