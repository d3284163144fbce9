"""What handlers see: `Call` in, `Reply` out, one `Endpoint` per row of the table.

Nothing here knows the HTTP library.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import ip_address
from json import JSONEncoder
from typing import Any, Generic, TypeVar

from branch_mock.domain.addresses import REAL, Origin
from branch_mock.domain.apps import App
from branch_mock.strict_json import MAX_DEPTH

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=utf-8"
EVENT_STREAM_TYPE = "text/event-stream; charset=utf-8"
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
    EVENT = "branch_key, and branch_secret unless the profile makes it optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, and how it addressed the server.

    host: the Host that it used. origin: where answers to it say things are. headers: the request's,
    names in any case. remote: the address of the connection's other end.
    """

    host: str = ""
    origin: Origin = REAL
    headers: Mapping[str, str] = field(default_factory=dict)
    remote: str | None = None

    @property
    def user_agent(self) -> str:
        """The user agent; `?` for what of it is not UTF-8."""
        return printable(self.headers.get("User-Agent", ""))

    @property
    def accepts_html(self) -> bool:
        """Whether it is a browser that wants a page."""
        return "text/html" in self.headers.get("Accept", "")

    @property
    def ip(self) -> str:
        """Its address: the first of `X-Forwarded-For` where a proxy in front wrote one."""
        first = self.headers.get("X-Forwarded-For", "").partition(",")[0].strip()
        return first if _is_address(first) else self.remote or "127.0.0.1"


def printable(text: str) -> str:
    """Bytes of a request that are not UTF-8 arrive as lone surrogates; make them `?`."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@dataclass(slots=True, kw_only=True)
class Call:
    """One request, read and checked: parts by name, as the endpoint's schema describes them.

    app: the app whose credentials it carries, where the endpoint asks for any.
    sent: the body as it came, before it was read by its schema.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    caller: Caller = field(default_factory=Caller)
    resolved: App | None = None
    sent: Any = None

    @property
    def app(self) -> App:
        """The calling app. Only for endpoints that ask for credentials."""
        assert self.resolved is not None, "this endpoint asks for no credentials"
        return self.resolved


@dataclass(slots=True, kw_only=True)
class Reply:
    """One answer. `note` is what the log says was done.

    chunks: the body in pieces as they come to be, in place of `body`.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    note: str = ""
    chunks: AsyncIterator[bytes] | None = None

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


S_contra = TypeVar("S_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint(Generic[S_contra]):
    """One row of a table. Its handler works on a `Branch`, or on what the table is about.

    name: `noun.operation`. schema: where its call's schema is below the folder of schemas,
        `noun/operation.json`; its reply's is `noun/operation.reply.json`.
    path: segments in braces are parameters; `{name*}` takes the rest of the path.
    section: the section of the contract that it follows.
    max_body: bytes. max_depth: levels of arrays and objects in its body.
    method: GET answers HEAD too.
    needs_seeds: whether it is refused with NotReady until the seeds are loaded.
    """

    name: str
    method: str
    path: str
    handler: Callable[[S_contra, Call], Reply]
    credentials: Credentials
    section: str
    summary: str
    max_body: int = MAX_BODY
    max_depth: int = MAX_DEPTH
    needs_seeds: bool = True
    schema: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", self.name.replace(".", "/") + ".json")
