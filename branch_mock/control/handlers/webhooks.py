"""The delivery log and the inboxes over HTTP (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.domain.webhooks import Message
from branch_mock.emulator import Emulator
from branch_mock.secrets import mask


def all_(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json([mask(delivery.view()) for delivery in emulator.branch.webhooks.all()])


def redeliver(emulator: Emulator, call: Call) -> Reply:
    delivery = emulator.branch.webhooks.redeliver(int(call.path["id"]))
    return Reply.json(mask(delivery.view()), note=f"webhook {delivery.id} again")


def collect(emulator: Emulator, call: Call) -> Reply:
    at_ms, agent = emulator.branch.clock.now_ms(), call.caller.user_agent
    message = Message(at_ms=at_ms, user_agent=agent, body=call.sent)
    emulator.branch.webhooks.collect(call.path["name"], message)
    return Reply.json({}, note=f"inbox {call.path['name']}")


def inbox(emulator: Emulator, call: Call) -> Reply:
    messages = emulator.branch.webhooks.inbox(call.path["name"])
    return Reply.json([message.view() for message in messages])


def empty(emulator: Emulator, call: Call) -> Reply:
    removed = emulator.branch.webhooks.empty(call.path["name"])
    return Reply.json({"removed": removed}, note=f"messages removed: {removed}")
