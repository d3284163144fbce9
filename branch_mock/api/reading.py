"""From what came in to who calls and what is asked for (contract 2 and 3)."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any

from branch_mock.api.bodies import read_body, read_pairs
from branch_mock.api.call import Call, Endpoint
from branch_mock.api.hosts import is_authority, origin_for
from branch_mock.api.incoming import Caller, Incoming, printable
from branch_mock.api.router import Methods
from branch_mock.api.scripts import SCRIPT_BODIES, script_body
from branch_mock.domain.addresses import Origin
from branch_mock.errors import BodyTooLarge

_BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
_SCHEMES = frozenset({"http", "https"})


def caller_of(
    headers: Mapping[str, str],
    scheme: str,
    remote: Callable[[], str | None],
    public_url: str | None,
) -> Caller:
    """Who sends requests with those headers; `X-Forwarded-…` of a proxy in front are believed.

    scheme: the connection's, `http` or `https`. remote: tells the address of its other end.
    """
    get = headers.get
    host, origin = _addressed(
        get("Host", ""), scheme, get("X-Forwarded-Host"), get("X-Forwarded-Proto"), public_url
    )
    return Caller(host, origin, headers, remote)


@lru_cache(maxsize=1024)
def _addressed(
    host: str,
    scheme: str,
    forwarded_host: str | None,
    forwarded_scheme: str | None,
    public_url: str | None,
) -> tuple[str, Origin]:
    """The host that a request means, and where answers to it say things are."""
    host = printable(host)
    if forwarded_host and is_authority(_first(forwarded_host)):
        host = _first(forwarded_host) or host
    if forwarded_scheme and _first(forwarded_scheme).lower() in _SCHEMES:
        scheme = _first(forwarded_scheme).lower()
    return host, origin_for(scheme, host, public_url)


def _first(header: str) -> str:
    """The first of a list: each proxy on the way adds its own behind it."""
    return header.partition(",")[0].strip()


def method_of(incoming: Incoming, method: str, methods: Methods) -> str:
    """What a request means to do: a script's GET that carries a body is the POST that the SDKs
    make of it on old browsers (contract 11)."""
    post = methods.get("POST")
    if method == "GET" and post is not None and post.jsonp and "callback=" in incoming.query:
        query = read_pairs(printable(incoming.query))
        if not SCRIPT_BODIES.isdisjoint(query):
            return "POST"
    return method


def has_body(incoming: Incoming, endpoint: Endpoint[Any]) -> bool:
    """Whether the body of a request is part of the call; any other is passed over."""
    return endpoint.method not in _BODILESS and incoming.method not in _BODILESS


def parser(incoming: Incoming, raw: bytes, endpoint: Endpoint[Any]) -> "partial[Any] | None":
    """What parses the body of a call; None where it is no part of it. Raises BodyTooLarge."""
    if not has_body(incoming, endpoint):
        return None
    if len(raw) > endpoint.max_body:
        raise BodyTooLarge(endpoint.max_body)
    return partial(read_body, raw, incoming.headers.get("Content-Type", ""), endpoint.max_depth)


def read_call(
    incoming: Incoming,
    parse: "partial[Any] | None",
    endpoint: Endpoint[Any],
    path: Mapping[str, str],
) -> Call:
    """The call in a request, whose body `parse` parses. Raises InvalidBody."""
    query = read_pairs(printable(incoming.query)) if incoming.query else {}
    body: Any = {}
    if parse is not None:
        body = parse()
    elif endpoint.method not in _BODILESS:
        body = script_body(query)
    return Call(path, query, body, incoming.caller)
