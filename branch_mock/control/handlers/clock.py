"""The clock over HTTP (contract 12)."""

from collections.abc import Callable, Mapping
from typing import Any

from branch_mock.api.call import Call, Reply
from branch_mock.clock import Clock, iso
from branch_mock.emulator import Emulator
from branch_mock.errors import InvalidRequest


def show(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    clock = emulator.branch.clock
    return Reply.json({"now": iso(clock.now_ms()), "frozen": clock.frozen})


def change(emulator: Emulator, call: Call) -> Reply:
    verb, value = move(emulator.branch.clock, call.body)
    reply = show(emulator, call)
    reply.note = f"clock: {verb} {value}"
    return reply


def move(clock: Clock, body: Mapping[str, Any]) -> tuple[str, Any]:
    """Do what a checked body says; its verb and value. Raises InvalidRequest for a time that is
    none, or that no id could carry."""
    ((verb, value),) = body.items()
    try:
        _VERBS[verb](clock, value)
    except ValueError as error:
        raise InvalidRequest.of(verb, f"cannot be {value!r}: {error}") from None
    return verb, value


_VERBS: dict[str, Callable[[Clock, Any], None]] = {
    "freeze": lambda clock, at: clock.freeze(None if at is True else at),
    "set": Clock.set,
    "advance": Clock.advance,
    "resume": lambda clock, _: clock.resume(),
}
