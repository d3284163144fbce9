"""What handlers see: `Call` in, `Reply` out, one `Endpoint` per row of the table.

Nothing here knows the HTTP library.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from json import JSONEncoder
from threading import Event
from typing import Any

from branch_mock.branch import Branch
from branch_mock.domain.addresses import REAL, Origin
from branch_mock.domain.apps import App

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
TEXT_TYPE = "text/plain; charset=utf-8"
MAX_BODY = 1024 * 1024
MAX_BULK_BODY = 100 * 1024

encode = JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
"""A value as compact JSON text."""


class Credentials(Enum):
    """What an endpoint needs to know who calls."""

    NONE = "none"
    KEY = "branch_key"
    SECRET = "branch_key and branch_secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, and how it addressed the server."""

    host: str = ""
    origin: Origin = REAL
    user_agent: str = ""
    ip: str = "127.0.0.1"
    accepts_html: bool = False


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, read and checked: parts by name, as the endpoint's schema describes them.

    app: the app whose credentials it carries, where the endpoint asks for any.
    headers: of the request; upper and lower case are one where HTTP brought them.
    abandoned: set when nobody waits for the answer any more; only for slow endpoints.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)
    headers: Mapping[str, str] = field(default_factory=dict)
    abandoned: Event | None = None
    resolved: App | None = None

    @property
    def app(self) -> App:
        """The calling app. Only for endpoints that ask for credentials."""
        assert self.resolved is not None, "this endpoint asks for no credentials"
        return self.resolved


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer. `note` is what the log says was done.

    chunks: the body in pieces, in place of `body`, for what is too long to hold; `length` bytes
    in all. They are drawn in a thread of their own.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    note: str = ""
    chunks: Iterator[bytes] | None = None
    length: int = 0

    @classmethod
    def json(cls, value: object, *, status: int = 200, note: str = "") -> "Reply":
        """`value` as compact JSON."""
        return cls(status=status, body=encode(value).encode(), note=note)

    @classmethod
    def html(cls, text: str, *, status: int = 200, note: str = "") -> "Reply":
        """An HTML page."""
        return cls(status=status, body=text.encode(), content_type=HTML_TYPE, note=note)

    @classmethod
    def text(cls, text: str, *, status: int = 200) -> "Reply":
        """Plain text."""
        return cls(status=status, body=text.encode(), content_type=TEXT_TYPE)

    @classmethod
    def redirect(cls, url: str, *, note: str = "") -> "Reply":
        """307 to `url`."""
        return cls(status=307, content_type=TEXT_TYPE, headers={"Location": url}, note=note)


Handler = Callable[[Branch, Call], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One row of the table.

    name: `noun.operation`; its schemas are `schemas/noun/operation.json` and `….reply.json`.
    path: segments in braces are parameters; `{name*}` takes the rest of the path.
    section: the section of the contract that it follows.
    max_body: bytes. method: GET answers HEAD too. slow: its handler may take seconds, so it runs in
        a thread of its own and other calls are answered meanwhile.
    """

    name: str
    method: str
    path: str
    handler: Handler
    credentials: Credentials
    section: str
    summary: str
    max_body: int = MAX_BODY
    slow: bool = False

    @property
    def schema(self) -> str:
        """Where its call's schema is, below the folder of schemas."""
        return self.name.replace(".", "/") + ".json"
