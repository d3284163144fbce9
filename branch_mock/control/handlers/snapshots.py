"""Named snapshots over HTTP (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator


def save(emulator: Emulator, call: Call) -> Reply:
    taken = emulator.snapshots.save(call.path["name"])
    return Reply.json(taken.view(), note=f"snapshot {taken.name}")


def restore(emulator: Emulator, call: Call) -> Reply:
    kept = emulator.snapshots.restore(call.path["name"])
    return Reply.json(kept.view(), note=f"back to snapshot {kept.name}")


def all_(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json([snapshot.view() for snapshot in emulator.snapshots.all()])


def delete(emulator: Emulator, call: Call) -> Reply:
    emulator.snapshots.delete(call.path["name"])
    return Reply.json({"removed": 1}, note=f"snapshot {call.path['name']} removed")
