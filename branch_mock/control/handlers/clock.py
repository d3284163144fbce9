"""The clock over HTTP (contract 12)."""

from collections.abc import Callable
from typing import Any

from branch_mock.api.call import Call, Reply
from branch_mock.clock import Clock, iso
from branch_mock.emulator import Emulator
from branch_mock.errors import InvalidRequest


def show(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    clock = emulator.branch.clock
    return Reply.json({"now": iso(clock.now_ms()), "frozen": clock.frozen})


def change(emulator: Emulator, call: Call) -> Reply:
    ((verb, value),) = call.body.items()
    try:
        _VERBS[verb](emulator.branch.clock, value)
    except ValueError as error:
        raise InvalidRequest.of(verb, f"cannot be {value!r}: {error}") from None
    reply = show(emulator, call)
    reply.note = f"clock: {verb} {value}"
    return reply


_VERBS: dict[str, Callable[[Clock, Any], None]] = {
    "freeze": lambda clock, at: clock.freeze(None if at is True else at),
    "set": Clock.set,
    "advance": Clock.advance,
    "resume": lambda clock, _: clock.resume(),
}
