"""What handlers see: `Call` in, `Reply` out, one `Endpoint` per row of the table.

Nothing here knows the HTTP library.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from enum import Enum
from threading import Event
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct, field
from msgspec.structs import force_setattr

from branch_mock.api.incoming import Caller
from branch_mock.compact_json import encode
from branch_mock.domain.apps import App
from branch_mock.errors import ApiError
from branch_mock.strict_json import MAX_DEPTH

MEDIA_JSON = "application/json"
MEDIA_HTML = "text/html"
MEDIA_PNG = "image/png"
MEDIA_SCRIPT = "application/javascript"
MEDIA_EVENTS = "text/event-stream"
JSON_TYPE = f"{MEDIA_JSON}; charset=utf-8"
HTML_TYPE = f"{MEDIA_HTML}; charset=utf-8"
SCRIPT_TYPE = f"{MEDIA_SCRIPT}; charset=utf-8"
EVENT_STREAM_TYPE = f"{MEDIA_EVENTS}; charset=utf-8"
CERTIFICATE_TYPE = "application/x-x509-ca-cert"
"""What phones take for a certificate that they are to trust; PEM and DER alike."""

TEXT_TYPE = "text/plain; charset=utf-8"
MAX_BODY = 1024 * 1024
MAX_BULK_BODY = 100 * 1024


class Credentials(Enum):
    """What an endpoint needs to know who calls."""

    NONE = "none"
    KEY = "branch_key"
    SECRET = "branch_key and branch_secret"
    EVENT = "branch_key, and branch_secret unless the profile makes it optional"


class Call(Struct):
    """One request, read and checked: parts by name, as the endpoint's schema describes them.

    app: the app whose credentials it carries, where the endpoint asks for any.
    sent: the body as it came, before it was read by its schema.
    hint: what may be wrong with it though it is valid.
    abandoned: set when nobody waits for the answer any more; only for slow endpoints.
    """

    path: Mapping[str, str] = {}
    query: dict[str, Any] = {}
    body: Any = {}
    caller: Caller = field(default_factory=Caller)
    abandoned: Event | None = None
    resolved: App | None = None
    sent: Any = None
    hint: str | None = None

    @property
    def given_up(self) -> bool:
        """Whether nobody waits for the answer any more."""
        return self.abandoned is not None and self.abandoned.is_set()

    @property
    def app(self) -> App:
        """The calling app. Only for endpoints that ask for credentials."""
        assert self.resolved is not None, "this endpoint asks for no credentials"
        return self.resolved


class Reply(Struct, kw_only=True):
    """One answer. `note` is what the log says was done.

    chunks: the body in pieces, in place of `body`: those of an iterator are drawn in a thread of
    their own, for what is too long to hold; those of an asynchronous one come as things happen.
    length: bytes of the chunks in all, None where nobody can know.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = {}
    note: str = ""
    chunks: Iterator[bytes] | AsyncIterator[bytes] | None = None
    length: int | None = None

    @classmethod
    def json(cls, value: object, *, status: int = 200, note: str = "") -> "Reply":
        """`value` as compact JSON."""
        return cls(status=status, body=encode(value), note=note)

    @classmethod
    def html(cls, text: str, *, status: int = 200, note: str = "") -> "Reply":
        """An HTML page."""
        return cls(status=status, body=text.encode(), content_type=HTML_TYPE, note=note)

    @classmethod
    def text(cls, text: str, *, status: int = 200) -> "Reply":
        """Plain text."""
        return cls(status=status, body=text.encode(), content_type=TEXT_TYPE)

    @classmethod
    def script(cls, text: str, *, note: str = "") -> "Reply":
        """JavaScript."""
        safe = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        headers = {"X-Content-Type-Options": "nosniff"}
        return cls(body=safe.encode(), content_type=SCRIPT_TYPE, headers=headers, note=note)

    def called_back(self, callback: str) -> "Reply":
        """This JSON reply as a script that hands it to a function (JSONP)."""
        return Reply.script(f"/**/{callback}({self.body.decode()});", note=self.note)

    @classmethod
    def redirect(cls, url: str, *, note: str = "") -> "Reply":
        """307 to `url`."""
        return cls(status=307, content_type=TEXT_TYPE, headers={"Location": url}, note=note)


S_contra = TypeVar("S_contra", contravariant=True)


class Endpoint(Struct, Generic[S_contra], frozen=True, kw_only=True):
    """One row of a table. Its handler works on a `Branch`, or on what the table is about.

    name: `noun.operation`. schema: where its call's schema is below the folder of schemas,
        `noun/operation.json`; its reply's is `noun/operation.reply.json`.
    path: segments in braces are parameters; `{name*}` takes a whole path.
    section: the section of the contract that it follows.
    max_body: bytes. max_depth: levels of arrays and objects in its body.
    method: GET answers HEAD too.
    generation: "documented", or "later" for what clients in the wild call besides (contract 11).
    jsonp: whether its JSON may be asked for as a script that calls `callback`.
    field_errors: whether its invalid fields are answered in the family of the SDKs (contract 3).
    needs_seeds: whether it is refused with NotReady until the seeds are loaded.
    slow: its handler may take seconds, so it runs in a thread of its own and other calls are
        answered meanwhile.
    errors: what it refuses a valid call with, by the state that it finds.
    produces: the media type of its answer.
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
    generation: Literal["documented", "later"] = "documented"
    jsonp: bool = False
    field_errors: bool = False
    needs_seeds: bool = True
    slow: bool = False
    errors: tuple[type[ApiError], ...] = ()
    produces: str = MEDIA_JSON
    schema: str = ""

    def __post_init__(self) -> None:
        force_setattr(self, "schema", self.name.replace(".", "/") + ".json")
