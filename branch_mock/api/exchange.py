"""One request on its way through the emulator, and what the journal says of it (contract 12)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from branch_mock.api.access import claimed_key
from branch_mock.api.call import Call, Endpoint, Reply
from branch_mock.api.hosts import Place, Surface
from branch_mock.api.incoming import Incoming
from branch_mock.api.reading import has_body
from branch_mock.api.router import Parameters
from branch_mock.clock import moment
from branch_mock.errors import (
    AliasConflict,
    ApiError,
    BodyTooLarge,
    InvalidBody,
    InvalidCredentials,
    InvalidRequest,
    LinkNotFound,
    NotEnoughCredits,
)
from branch_mock.faults import Connection
from branch_mock.journal import Entry
from branch_mock.matching import Sent
from branch_mock.operations.apps import Apps


class Exchange(Struct):
    """What is known of a request so far.

    method: what its endpoint is looked up by: HEAD is answered as GET is.
    control: whether it is for the control plane, which the journal leaves out. at_ms: when it came,
    by the emulated clock. began: the same as a `branch_mock.clock.moment`.
    endpoint, parameters: once it has been found. call: once the request is read. query, body: as
    they were sent. parse: makes such a body anew. size: bytes of the request. error: what it is
    refused with. connection: what a fault does. direct: whether it is a test's own set-up, which no
    fault is meant for.
    """

    incoming: Incoming
    method: str
    where: Place
    control: bool
    at_ms: int
    began: int
    endpoint: Endpoint[Any] | None = None
    parameters: Parameters = {}
    call: Call | None = None
    query: Mapping[str, Any] = {}
    body: Any = None
    parse: "partial[Any] | None" = None
    size: int = 0
    error: ApiError | None = None
    fault: str | None = None
    connection: Connection | None = None
    hint: str | None = None
    direct: bool = False

    @property
    def is_home(self) -> bool:
        """Whether it is for the root of a host that is no link domain."""
        return not self.where.path and self.where.surface is Surface.API

    @property
    def max_body(self) -> int | None:
        """Bytes that its body may have; None when no body is read."""
        endpoint = self.endpoint
        if endpoint is None or self.error is not None or not has_body(self.incoming, endpoint):
            return None
        return endpoint.max_body

    def sent(self, apps: Apps) -> Sent:
        """What the request says."""
        incoming, path = self.incoming, "/" + self.where.path
        key = claimed_key(apps, self.parameters, self.query, self.body)
        return Sent(incoming.method, path, self.query, incoming.headers, self.body, key)

    def entry(self, apps: Apps, reply: Reply) -> Entry:
        """The journal's entry, once there is a reply."""
        call, incoming, query, body, now = self.call, self.incoming, self.query, self.body, moment()
        app = None if call is None else call.resolved
        return Entry(
            self.at_ms,
            incoming.method,
            "/" + self.where.path,
            query,
            incoming.caller.headers,
            body if self.parse is None else self.parse,
            claimed_key(apps, self.parameters, query, body) if app is None else app.branch_key,
            None if self.endpoint is None else self.endpoint.name,
            None if app is None else app.id,
            reply.status if self.connection is None else None,
            reply.body,
            (now - self.began) / 1_000_000,
            reply.note,
            self.hint,
            self.fault,
            now,
            self.size + len(reply.body),
            direct=self.direct,
        )


_REMEDIES: tuple[tuple[type[ApiError], str], ...] = (
    (InvalidBody, "body: send UTF-8 JSON of the kind the endpoint takes"),
    (LinkNotFound, "url: send the address of a link of this app; another app's links are hidden"),
    (AliasConflict, "alias: choose another, or send the very parameters it was made with"),
    (NotEnoughCredits, "amount: send at most the balance that GET /v1/credits tells"),
)


_CREDENTIALS = {
    "branch_key": "branch_key: send a key that this server knows (GET / shows one)",
    "branch_secret": "branch_secret: send the secret of the app that the key is of",
}


def hint_of(error: ApiError) -> str:
    """The field at fault and the remedy, in one line of printable ASCII."""
    if isinstance(error, InvalidRequest):
        text = "; ".join(map(str, error.violations))
    elif isinstance(error, InvalidBody) and error.where:
        text = f"body: {error.where}; send UTF-8 JSON of the kind the endpoint takes"
    elif isinstance(error, BodyTooLarge):
        text = f"body: send at most {error.limit} bytes, or in several calls"
    elif isinstance(error, InvalidCredentials):
        text = _CREDENTIALS[error.field]
    else:
        text = next((hint for kind, hint in _REMEDIES if isinstance(error, kind)), error.message)
    return printable_hint(text)


def printable_hint(text: str) -> str:
    """A hint as a header can have it."""
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)[:_MAX_HINT]


_MAX_HINT = 1000
