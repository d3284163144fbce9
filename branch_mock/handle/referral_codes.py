"""Direct operations on referral codes, for Python code that runs the server (contract 11)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.domain.apps import App
from branch_mock.domain.identities import Who, anyone, named
from branch_mock.domain.referral_codes import ReferralCode, read_expiration
from branch_mock.errors import IdentityNotFound, InvalidRequest
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.validation import schema_of


class ReferralCodes:
    """Referral codes of the running server, checked as the HTTP API checks them.

    A user is named by the identity in the developer's own system, or by the id in Branch, an int.
    `app` is the server's first app unless another is given.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds
        self._codes = host.branch.referral_codes

    @noted("referral_codes.create")
    def create(
        self,
        identity: Who,
        *,
        amount: int,
        calculation_type: int,
        location: int,
        bucket: str | None = None,
        prefix: str | None = None,
        expiration: str | None = None,
        app: App | None = None,
    ) -> ReferralCode:
        """A new code of a user, as POST /v1/referralcode makes it.

        amount: credits that it is good for. calculation_type: 0 again and again, 1 once for each
        user. location: 0 rewards who applies it, 2 who made it, 3 both. bucket: of those credits.
        prefix: what it begins with. expiration: ISO 8601 date from which on it is good no more.
        Raises InvalidRequest.
        """
        fields = {"amount": amount, "calculation_type": calculation_type, "location": location}
        optional = {"bucket": bucket, "prefix": prefix, "expiration": expiration}
        sent = as_sent({**named(identity), **fields, **optional})
        given = schema_of("referral_codes/create.json").check_body(sent)
        return self._codes.create(
            app or self._host.app,
            _user(given),
            expires_ms=read_expiration(given),
            bucket=given.get("bucket"),
            prefix=given.get("prefix"),
            **{name: given[name] for name in fields},
        )

    def validate(self, code: str, *, app: App | None = None) -> ReferralCode:
        """The app's code that reads so and is good still. Raises ReferralCodeNotFound, as
        POST /v1/referralcode/CODE does."""
        return self._codes.find(app or self._host.app, code)

    @noted("referral_codes.apply")
    def apply(self, code: str, identity: Who, *, app: App | None = None) -> ReferralCode:
        """Give its credits to whom the code says, as POST /v1/applycode/CODE does.

        Raises InvalidRequest, ReferralCodeNotFound, and ReferralCodeUsed when this user has applied
        it and it is good only once.
        """
        sent = as_sent(named(identity))
        _, given = schema_of("referral_codes/apply.json").check({"code": code}, {}, sent)
        return self._codes.apply(app or self._host.app, code, _user(given))

    def referrals(self, identity: Who, *, app: App | None = None) -> dict[str, dict[str, int]]:
        """By the name of an event, how often those whom a user referred did it, `total`, and how
        many of them, `unique`: as GET /v1/referrals/ID tells. Raises IdentityNotFound."""
        user = self._host.branch.identities.find(app or self._host.app, identity)
        if user is None:
            raise IdentityNotFound
        return self._codes.referrals(user)


def _user(given: Mapping[str, Any]) -> Who:
    """Raises InvalidRequest where what was named is blank, and so is absent."""
    user = anyone(given)
    if user is None:
        raise InvalidRequest.of("identity", "is required")
    return user
