"""The clock over HTTP (contract 12)."""

from typing import Any

from branch_mock.api.call import Call, Reply
from branch_mock.clock import iso
from branch_mock.emulator import Emulator


def show(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json(_view(emulator))


def change(emulator: Emulator, call: Call) -> Reply:
    ((verb, value),) = call.body.items()
    happened = emulator.change_clock(verb, value)
    view = {**_view(emulator), "happened": [happening.view() for happening in happened]}
    return Reply.json(view, note=f"clock: {verb} {value}")


def _view(emulator: Emulator) -> dict[str, Any]:
    clock = emulator.branch.clock
    return {"now": iso(clock.now_ms()), "frozen": clock.frozen}
