"""Everything that a caller can be told of, and nothing else.

    BranchMockError
    |-- LeakError                   code that may not reach Branch was about to; names the call
    |-- SettingsError               a setting that cannot be used; the start is refused
    |-- WaitTimedOut                something that was waited for did not happen in time
    |-- SeedError                   seed data that cannot be used; names file, place and reason
    `-- ApiError                    an answer of the emulated API: status and message (contract 3)
        |-- InvalidCredentials      400
        |-- InvalidBody             400
        |-- NotHttp                 400
        |-- InvalidRequest          400, one Violation per failing field
        |   `-- InvalidFields       400, in the other family of error bodies
        |-- ExportNotReady          400, until some hour of the day after
        |-- TokenNeeded             401, on the control plane
        |-- NotEnoughCredits        402
        |-- OtherSite               403, on the control plane
        |-- LinkNotFound            404
        |-- ControlOff              404, on the control plane
        |-- DeliveryNotFound        404
        |-- IdentityNotFound        404
        |-- NoAuthority             404, where there is no TLS
        |-- NoSuchKey               404
        |-- ReferralCodeNotFound    404
        |-- SnapshotNotFound        404
        |-- UnknownRoute            404
        |-- MethodNotAllowed        405
        |-- RequestTimeout          408
        |-- AliasConflict           409
        |-- ReferralCodeUsed        409
        |-- BodyTooLarge            413
        |-- InvalidRange            416
        |-- InternalError           500, a bug of ours
        `-- NotReady                503, until the seeds are loaded

Raised where the rule lives, rendered in one place (`branch_mock.api.replies`).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

HINT_HEADER = "X-Branch-Mock-Hint"
"""The header in which an answer tells more than Branch's own words do."""


class BranchMockError(Exception):
    """The root of every error that branch_mock raises on purpose."""


class SettingsError(BranchMockError):
    """A setting that cannot be used. `str()` is one line naming the setting and what was given."""


class LeakError(BranchMockError):
    """Something would have reached Branch, or might have, and was stopped before it did.

    host: where to. call_site: `FILE:LINE` of the code that meant to. `str()` is one line with both
    and the reason. It is no OSError, so that no client takes it for a network that is down.
    """

    def __init__(self, host: str, call_site: str, reason: str) -> None:
        super().__init__(f"{call_site} must not reach {host}: {reason}")
        self.host = host
        self.call_site = call_site
        self.reason = reason


class WaitTimedOut(BranchMockError, TimeoutError):
    """Something that was waited for did not happen in time; `str()` says how far it came."""


class SeedError(BranchMockError):
    """Seed data that cannot be used. `str()` is one line: `FILE: PLACE: REASON`."""

    def __init__(self, source: str, place: str, reason: str) -> None:
        super().__init__(f"{source}: {place}: {reason}" if place else f"{source}: {reason}")
        self.source = source
        self.place = place
        self.reason = reason


class ApiError(BranchMockError):
    """An error answer of the emulated API: `status` is the HTTP status, `str()` the message."""

    status: ClassVar[int]

    @property
    def message(self) -> str:
        """The text of `error.message` in the envelope."""
        return str(self)

    def body(self) -> dict[str, Any]:
        """What is answered, as JSON: the envelope (contract 3)."""
        return {"error": {"code": self.status, "message": self.message}}


class InvalidCredentials(ApiError):
    """The key is unknown or missing, or a needed secret is wrong or missing: `field` is
    `branch_key` or `branch_secret`."""

    status = 400

    def __init__(self, field: str = "branch_key") -> None:
        self.field = field
        super().__init__("Invalid or missing app id, Branch key, or secret")


class InvalidBody(ApiError):
    """The body cannot be read: not JSON, nested too deeply, not UTF-8, not an object.

    where: from which place on it cannot be read, where that is known.
    """

    status = 400

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(message)
        self.where = where


class NotHttp(ApiError):
    """The request is not HTTP as RFC 9112 has it, or longer than the server reads."""

    status = 400

    def __init__(self, cause: BaseException | None) -> None:
        super().__init__(f"Invalid HTTP request: {type(cause).__name__}")


class Violation(NamedTuple):
    """One field that breaks one rule.

    field: its name, dotted where it is nested. problem: names the limit and what was sent.
    reason: what SDKs are told instead, where there is a fixed text or list of texts for it.
    """

    field: str
    problem: str
    reason: str | Sequence[str] | None = None

    def __str__(self) -> str:
        return f"{self.field} {self.problem}"


class InvalidRequest(ApiError):
    """One or more fields break their rules; the message names all of them at once."""

    status = 400

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations: Sequence[Violation] = tuple(violations)
        super().__init__("; ".join(map(str, self.violations)))

    @classmethod
    def of(cls, field: str, problem: str) -> "InvalidRequest":
        """The error for a single field."""
        return cls([Violation(field, problem)])


class InvalidFields(InvalidRequest):
    """The same for SDKs, which are told a reason per field (contract 3).

    Objects and lists of objects that were sent and are fine are echoed, empty.
    """

    def __init__(self, violations: Iterable[Violation], sent: Mapping[str, Any]) -> None:
        super().__init__(violations)
        self._sent = sent

    def body(self) -> dict[str, Any]:
        """`{"error": {FIELD: REASON}}`."""
        fields: dict[str, Any] = {}
        for violation in self.violations:
            *parents, last = violation.field.split(".")
            place = fields
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = violation.reason or violation.problem
        for name, value in self._sent.items():
            if isinstance(value, Mapping):
                fields.setdefault(name, {})
            elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
                fields.setdefault(name, [{} for _ in value])
        return {"error": fields}


class ExportNotReady(ApiError):
    """The day of an export file is not over, or its file is not written yet (contract 10)."""

    status = 400

    def __init__(self, day: object, ready: str) -> None:
        super().__init__(f"The export of {day} can be downloaded from {ready} on.")


class NotEnoughCredits(ApiError):
    """The bucket holds less than was to be redeemed."""

    status = 402

    def __init__(self) -> None:
        super().__init__("Not enough credits to redeem.")


class LinkNotFound(ApiError):
    """No link of this app has that address."""

    status = 404

    def __init__(self) -> None:
        super().__init__("The resource you were looking for could not be found.")


class DeliveryNotFound(ApiError):
    """The delivery log has no webhook with that id."""

    status = 404

    def __init__(self, id_: int) -> None:
        super().__init__(f"No webhook {id_} in the delivery log")


class IdentityNotFound(ApiError):
    """The app has seen no user of that name or id."""

    status = 404

    def __init__(self) -> None:
        super().__init__("The resource you were looking for could not be found.")


class NoSuchKey(ApiError):
    """No export file has that name, or its day lies before those that are kept."""

    status = 404

    def __init__(self) -> None:
        super().__init__("The specified key does not exist.")


class ReferralCodeNotFound(ApiError):
    """The app has no such referral code, or it has expired."""

    status = 404

    def __init__(self, code: str) -> None:
        super().__init__(f"No referral code {code!r}, or it has expired")


class ReferralCodeUsed(ApiError):
    """The code is good for each user only once, and this one has applied it."""

    status = 409

    def __init__(self, code: str) -> None:
        super().__init__(f"Referral code {code!r} was applied by this user already")


class NoAuthority(ApiError):
    """No certificates are made here, so there is no authority to trust."""

    status = 404

    def __init__(self) -> None:
        super().__init__("No authority: this server was started without tls_port and proxy_port")


class SnapshotNotFound(ApiError):
    """No snapshot has that name; the message names those that there are."""

    status = 404

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = ", ".join(known)
        super().__init__(f"No snapshot {name!r}; there are: {names or 'none'}")


class UnknownRoute(ApiError):
    """No endpoint has that path; the message names the nearest one."""

    status = 404

    def __init__(self, method: str, path: str, nearest: str) -> None:
        super().__init__(f"No endpoint {method} {path}; the nearest endpoint is {nearest}")


class MethodNotAllowed(ApiError):
    """The path is an endpoint, but not for this method. `allowed` goes into `Allow`."""

    status = 405

    def __init__(self, method: str, path: str, allowed: Sequence[str]) -> None:
        self.allowed = ", ".join(allowed)
        super().__init__(f"{method} is not allowed on {path}; allowed: {self.allowed}")


class RequestTimeout(ApiError):
    """The body did not come within the seconds that `Settings.request_timeout` allows."""

    status = 408

    def __init__(self, seconds: int) -> None:
        super().__init__(f"The body did not come within {seconds} seconds")


class AliasConflict(ApiError):
    """The alias belongs to a link that was made with other parameters."""

    status = 409

    def __init__(self, domain: str, alias: str) -> None:
        super().__init__(f"Link alias conflict: {domain}/{alias}")


class BodyTooLarge(ApiError):
    """The body is longer than the endpoint's limit, in bytes."""

    status = 413

    def __init__(self, limit: int) -> None:
        super().__init__("request entity too large")
        self.limit = limit


class InvalidRange(ApiError):
    """The range that was asked for begins past the end of the file, which has `size` bytes."""

    status = 416

    def __init__(self, size: int) -> None:
        super().__init__("The requested range is not satisfiable")
        self.size = size


class TokenNeeded(ApiError):
    """The control plane has a token, and the request does not carry it."""

    status = 401

    def __init__(self) -> None:
        super().__init__("The control plane needs its token: send Authorization: Bearer TOKEN")


class OtherSite(ApiError):
    """A browser sent the control plane's password for a page of another site, unasked."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "The control plane takes no password for a page of another site: "
            "send Authorization: Bearer TOKEN"
        )


class ControlOff(ApiError):
    """The control plane is switched off."""

    status = 404

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"No endpoint {method} /{path}: the control plane is off")


class NotReady(ApiError):
    """The seeds are still being loaded; `/_mock/ready` tells when they are."""

    status = 503

    def __init__(self) -> None:
        super().__init__("branch_mock is still loading its seeds; see /_mock/ready")


class InternalError(ApiError):
    """An exception that nobody meant. A bug in branch_mock; the server's log has its traceback."""

    status = 500

    def __init__(self, cause: Exception) -> None:
        super().__init__(f"A bug in branch_mock: {type(cause).__name__}; its log has the details")
