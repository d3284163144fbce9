"""Faults over HTTP (contract 12)."""

from typing import Any

from msgspec.structs import asdict

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.faults import Fault, FaultRecord, describe, fault_parts


def add(emulator: Emulator, call: Call) -> Reply:
    fault = emulator.faults.add(**fault_parts(call.body))
    return Reply.json(fault_view(FaultRecord(fault, 0, 0)), note=f"fault {describe(fault)}")


def all_(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json([fault_view(record) for record in emulator.faults.all()])


def clear(emulator: Emulator, call: Call) -> Reply:
    removed = emulator.faults.clear(call.query.get("id"))
    return Reply.json({"removed": removed}, note=f"faults removed: {removed}")


def fault_view(record: FaultRecord) -> dict[str, Any]:
    """A fault as answers show it: what differs from the defaults, and what became of it."""
    fault = record.fault
    plain = Fault(id=fault.id)
    shown = {name: value for name, value in asdict(fault).items() if value != getattr(plain, name)}
    if "match" in shown:
        shown["match"] = fault.match.parts()
    if "delay" in shown:
        shown["delay"] = list(fault.delay)
    return {"id": fault.id, **shown, "matched": record.matched, "hits": record.hits}
