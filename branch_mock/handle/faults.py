"""Faults, for Python code that runs the server (contract 12)."""

from collections.abc import Mapping
from typing import Any, Unpack

from branch_mock.emulator import Emulator
from branch_mock.faults import Fault, FaultFields, FaultRecord, fault_parts
from branch_mock.handle.body import as_sent
from branch_mock.handle.noted import noted
from branch_mock.handle.patterns import endpoint_parts
from branch_mock.validation import schema_of

Match = str | Mapping[str, Any]
"""`"POST /v1/url"`, `"POST"`, `"/v1/*"`, or the fields of a pattern."""


class Faults:
    """What goes wrong on purpose, laid over the real behaviour of the running server.

    The first that applies to a request hits it, in the order in which they were laid.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._laid = emulator.faults
        self._deeds = emulator.deeds

    @noted("faults.add")
    def add(self, match: Match | None = None, **fields: Unpack[FaultFields]) -> Fault:
        """Lay a fault over the requests that are like `match`, or over all of them.

        The fields are those of POST /_mock/faults, checked as it checks them. Raises
        InvalidRequest, and InvalidBody for what JSON cannot carry.
        """
        return self._laid.add(**fault_parts(checked(match, fields)))

    def all(self) -> list[FaultRecord]:
        """The faults that are laid, in that order, each with what became of it."""
        return self._laid.all()

    def hits(self, fault: Fault | str) -> int:
        """How often a fault has hit, by itself or its id; 0 for one that is not laid."""
        id_ = fault if isinstance(fault, str) else fault.id
        return sum(record.hits for record in self.all() if record.fault.id == id_)

    def never_hit(self) -> list[Fault]:
        """The faults that are laid and hit nothing."""
        return self._laid.never_hit()

    @noted("faults.clear")
    def clear(self, fault: Fault | str | None = None) -> int:
        """Take one fault away, by itself or its id, or all; how many there were."""
        return self._laid.clear(fault.id if isinstance(fault, Fault) else fault)


def checked(match: Match | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The body of POST /_mock/faults that says the same. Raises InvalidRequest and InvalidBody."""
    if match is not None:
        fields = {"match": endpoint_parts(match) if isinstance(match, str) else match, **fields}
    return schema_of("control/faults_add.json").check_body(as_sent(fields))
