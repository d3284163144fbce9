"""Health and state over HTTP (contract 12)."""

from branch_mock import __version__
from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.errors import NotReady


def health(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - says only that it is there
    return Reply.json({"status": "ok", "version": __version__})


def ready(emulator: Emulator, call: Call) -> Reply:
    if not emulator.branch.ready:
        raise NotReady
    return health(emulator, call)


def reset(emulator: Emulator, call: Call) -> Reply:
    emulator.reset(**call.body)
    return Reply.json(summary(emulator), note="reset")


def seed(emulator: Emulator, call: Call) -> Reply:
    emulator.seed(call.body, keep=call.query.get("keep") == "true")
    return Reply.json(summary(emulator), note="seed loaded")


def read(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json(emulator.state())


def write(emulator: Emulator, call: Call) -> Reply:
    emulator.put_state(call.body)
    return Reply.json(summary(emulator), note="state put in")


def summary(emulator: Emulator) -> dict[str, int]:
    """How much there is now."""
    state = emulator.branch.store.state
    return {"apps": len(state.apps), "links": len(state.links)}
