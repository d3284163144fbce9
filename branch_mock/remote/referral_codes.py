"""Referral codes of an app on an emulator elsewhere (contract 11)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from branch_mock.clock import parse_iso
from branch_mock.domain.referral_codes import Beneficiary
from branch_mock.domain.rules import CalculationType
from branch_mock.errors import IdentityNotFound, LinkNotFound
from branch_mock.remote.transport import Remote


class RemoteReferralCode(Struct, frozen=True, kw_only=True):
    """A referral code, as far as the server tells of it. code: what it reads. amount, bucket: the
    credits that it is good for. calculation_type: again and again, or once for each user. location:
    whom it rewards. expires_ms: when it stops to be good, in milliseconds since 1970; None for
    never."""

    code: str
    amount: int
    bucket: str
    calculation_type: CalculationType
    location: Beneficiary
    expires_ms: int | None


class ReferralCodes:
    """Referral codes of the app, whose users are named by the identity in the developer's own
    system."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def create(
        self,
        identity: str,
        *,
        amount: int,
        calculation_type: int,
        location: int,
        bucket: str | None = None,
        prefix: str | None = None,
        expiration: str | None = None,
    ) -> RemoteReferralCode:
        """A new code of a user, as `BranchMock.referral_codes.create`. Raises InvalidRequest."""
        body = self._remote.signed(
            identity=identity,
            amount=amount,
            calculation_type=calculation_type,
            location=location,
            bucket=bucket,
            prefix=prefix,
            expiration=expiration,
        )
        return _read(self._remote.call("POST", "/v1/referralcode", body))

    def validate(self, code: str) -> RemoteReferralCode:
        """The code that reads so and is good still. Raises ReferralCodeNotFound."""
        path = f"/v1/referralcode/{quote(code, safe='')}"
        return _read(self._remote.call("POST", path, self._remote.signed()))

    def apply(self, code: str, identity: str) -> RemoteReferralCode:
        """Give its credits to whom the code says. Raises InvalidRequest, ReferralCodeNotFound and
        ReferralCodeUsed."""
        body = self._remote.signed(identity=identity)
        return _read(self._remote.call("POST", f"/v1/applycode/{quote(code, safe='')}", body))

    def referrals(self, identity: str) -> dict[str, dict[str, int]]:
        """What those did whom a user referred, as `BranchMock.referral_codes.referrals`. Raises
        IdentityNotFound."""
        key = {"branch_key": self._remote.app.key}
        query = urlencode({**key, "identity": identity})
        try:
            user = self._remote.call("GET", f"/v1/profile?{query}")
        except LinkNotFound:  # whose message is the same
            raise IdentityNotFound from None
        path = f"/v1/referrals/{user['identity_id']}?{urlencode(key)}"
        return dict(self._remote.call("GET", path))


def _read(view: Mapping[str, Any]) -> RemoteReferralCode:
    expiration = view["expiration"]
    return RemoteReferralCode(
        code=view["referral_code"],
        amount=view["metadata"]["amount"],
        bucket=view["metadata"]["bucket"],
        calculation_type=CalculationType(view["calculation_type"]),
        location=Beneficiary(view["location"]),
        expires_ms=None if expiration is None else parse_iso(expiration),
    )
