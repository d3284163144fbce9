"""The clock over HTTP (contract 12)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.agenda import Happening
from branch_mock.api.call import Call, Reply
from branch_mock.clock import iso
from branch_mock.emulator import Emulator
from branch_mock.errors import InvalidRequest


def show(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json(_view(emulator))


def change(emulator: Emulator, call: Call) -> Reply:
    happened = move(emulator, call.body)
    ((verb, value),) = call.body.items()
    view = {**_view(emulator), "happened": [happening.view() for happening in happened]}
    return Reply.json(view, note=f"clock: {verb} {value}")


def move(emulator: Emulator, body: Mapping[str, Any]) -> list[Happening]:
    """Do what a checked body says; what fell due on the way, in order. Raises InvalidRequest for a
    time that is none, or that no id could carry."""
    ((verb, value),) = body.items()
    try:
        return emulator.change_clock(verb, None if value is True else value)
    except ValueError as error:
        raise InvalidRequest.of(verb, f"cannot be {value!r}: {error}") from None


def _view(emulator: Emulator) -> dict[str, Any]:
    clock = emulator.branch.clock
    return {"now": iso(clock.now_ms()), "frozen": clock.frozen}
