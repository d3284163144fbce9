"""Users over HTTP, as the SDKs name them (contract 11)."""

from typing import Any

from branch_mock.api.call import Call, Reply
from branch_mock.api.handlers.links import identity_url
from branch_mock.api.handlers.sessions import session_of
from branch_mock.branch import Branch
from branch_mock.compact_json import encode_text
from branch_mock.domain.clicks import followed_address
from branch_mock.domain.identities import Identity, who
from branch_mock.domain.links import LinkType
from branch_mock.domain.sessions import referring_data
from branch_mock.errors import IdentityNotFound


def identify(branch: Branch, call: Call) -> Reply:
    session = session_of(branch, call)
    user = branch.sessions.identify(
        call.app, call.body["identity"], call.body.get("identity_id"), session
    )
    return Reply.json(_view(call, user), note=f"user {user.name} is {user.id}")


def profile(branch: Branch, call: Call) -> Reply:
    user = branch.identities.find(call.app, who(call.query))
    if user is None:
        raise IdentityNotFound
    return Reply.json(_view(call, user))


def _view(call: Call, user: Identity) -> dict[str, Any]:
    view = {"identity_id": str(user.id), "link": identity_url(call, call.app, user.id)}
    if user.name is not None:
        view["identity"] = user.name
    click = user.first_click
    if click is not None:
        view["link_click_id"] = str(click.id)
        if click.link.type != LinkType.ONE_TIME:
            view["referring_data"] = encode_text(
                referring_data(click, followed_address(call.caller.origin, click))
            )
    return view
