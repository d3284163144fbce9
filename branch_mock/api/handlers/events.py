"""Events over HTTP (contract 9)."""

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain.identities import anyone


def create(branch: Branch, call: Call) -> Reply:
    body = call.body
    event = branch.events.create(
        call.app,
        body["event"],
        identity=anyone(body),
        session_id=body.get("session_id"),
        metadata=body.get("metadata"),
        ip=call.caller.ip,
    )
    done = [f"event {event.name} {event.id}", *map(str, branch.rules.outcomes(event))]
    return Reply.json({}, note="; ".join(done))
