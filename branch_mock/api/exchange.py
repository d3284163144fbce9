"""One request on its way through the emulator, and what the journal says of it (contract 12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from branch_mock.api.call import Call, Caller, Reply
from branch_mock.api.hosts import Place
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


@dataclass(slots=True, kw_only=True)
class Exchange:
    """What is known of a request so far.

    control: whether it is for the control plane, which the journal leaves out.
    call: once the request is read. query, body: as they were sent. branch_key: as far as it is
    known whose request it is. connection: what a fault does.
    """

    at_ms: int
    method: str
    caller: Caller
    where: Place
    control: bool
    endpoint: str | None = None
    call: Call | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    branch_key: str | None = None
    fault: str | None = None
    connection: Connection | None = None
    hint: str | None = None

    @property
    def sent(self) -> Sent:
        """What the request says."""
        path, headers = "/" + self.where.path, self.caller.headers
        return Sent(self.method, path, self.query, headers, self.body, self.branch_key)

    def entry(self, id_: int, reply: Reply, ms: float) -> Entry:
        """The journal's entry, once there is a reply; `ms` is the real time that it took."""
        app = None if self.call is None else self.call.resolved
        return Entry(
            id=id_,
            at_ms=self.at_ms,
            sent=self.sent,
            endpoint=self.endpoint,
            app_id=None if app is None else app.id,
            status=None if self.connection is not None else reply.status,
            reply=reply.body,
            ms=ms,
            note=reply.note,
            hint=self.hint,
            fault=self.fault,
        )


_REMEDIES: tuple[tuple[type[ApiError], str], ...] = (
    (
        InvalidCredentials,
        "branch_key: send a key that this server knows (GET / shows one) and its secret if needed",
    ),
    (InvalidBody, "body: send UTF-8 JSON of the kind the endpoint takes"),
    (BodyTooLarge, "body: send less, or in several calls"),
    (LinkNotFound, "url: send the address of a link of this app; another app's links are hidden"),
    (AliasConflict, "alias: choose another, or send the very parameters it was made with"),
    (NotEnoughCredits, "amount: send at most the balance that GET /v1/credits tells"),
)


def hint_of(error: ApiError) -> str:
    """The field at fault and the remedy, in one line of printable ASCII."""
    if isinstance(error, InvalidRequest):
        text = "; ".join(map(str, error.violations))
    else:
        text = next((hint for kind, hint in _REMEDIES if isinstance(error, kind)), error.message)
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in text)[:_MAX_HINT]


_MAX_HINT = 1000
