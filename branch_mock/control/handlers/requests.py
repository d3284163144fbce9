"""The journal over HTTP (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.journal import Entry
from branch_mock.matching import Pattern


def all_(emulator: Emulator, call: Call) -> Reply:
    after = call.query.get("after", 0)
    return Reply.json([entry.view() for entry in emulator.journal.all() if entry.id > after])


def clear(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    removed = emulator.journal.clear()
    return Reply.json({"removed": removed}, note=f"entries removed: {removed}")


def find(emulator: Emulator, call: Call) -> Reply:
    return Reply.json([entry.view() for entry in _found(emulator, call)])


def count(emulator: Emulator, call: Call) -> Reply:
    return Reply.json({"count": len(_found(emulator, call))})


def _found(emulator: Emulator, call: Call) -> list[Entry]:
    direct = call.body.pop("direct", False)
    return emulator.journal.find(Pattern(**call.body), direct=direct)
