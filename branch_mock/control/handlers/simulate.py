"""What devices and users do, over HTTP (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.domain.apps import App
from branch_mock.emulator import Emulator


def referral(emulator: Emulator, call: Call) -> Reply:
    branch, body = emulator.branch, call.body
    user = branch.identities.introduce(app_of(emulator, call), body["referrer"], body["referred"])
    first = branch.identities.get(user.referrer_id) if user.referrer_id is not None else None
    referrer = None if first is None else first.name
    return Reply.json({"referrer": referrer, "referred": user.name}, note=f"by {referrer}")


def app_of(emulator: Emulator, call: Call) -> App:
    """The app whose key the body names, or else the first. Raises InvalidCredentials."""
    key = call.body.get("branch_key")
    return emulator.branch.apps.default if key is None else emulator.branch.apps.find(key)
