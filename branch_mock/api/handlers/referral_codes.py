"""Referral codes over HTTP, as the SDKs make and apply them (contract 11)."""

from branch_mock.api.call import Call, Reply
from branch_mock.api.handlers.sessions import session_of
from branch_mock.branch import Branch
from branch_mock.domain.identities import Who, anyone
from branch_mock.domain.referral_codes import read_expiration
from branch_mock.errors import IdentityNotFound, InvalidRequest


def create(branch: Branch, call: Call) -> Reply:
    body = call.body
    code = branch.referral_codes.create(
        call.app,
        _user(branch, call),
        amount=body["amount"],
        calculation_type=body["calculation_type"],
        location=body["location"],
        bucket=body.get("bucket"),
        prefix=body.get("prefix"),
        expires_ms=read_expiration(body),
    )
    return Reply.json(code.view(), note=f"referral code {code.code}")


def validate(branch: Branch, call: Call) -> Reply:
    return Reply.json(branch.referral_codes.find(call.app, call.path["code"]).view())


def apply(branch: Branch, call: Call) -> Reply:
    code = branch.referral_codes.apply(call.app, call.path["code"], _user(branch, call))
    return Reply.json(code.view(), note=f"referral code {code.code} applied")


def referrals(branch: Branch, call: Call) -> Reply:
    """The web SDK sends no key with GET; the id alone tells whose user it is."""
    user = branch.identities.known(int(call.path["identity_id"]))
    key = call.query.get("branch_key")
    app = call.resolved or (branch.apps.find(key) if key else None)
    if user is None or (app is not None and app.id != user.app_id):
        raise IdentityNotFound
    return Reply.json(branch.referral_codes.referrals(user))


def _user(branch: Branch, call: Call) -> Who:
    """Whom a call is about: named, or the user of its session. Raises InvalidRequest."""
    named = anyone(call.body)
    if named is not None:
        return named
    session = session_of(branch, call)
    if session is None:
        raise InvalidRequest.of("identity_id", "is required, or a session_id")
    return session.identity_id
