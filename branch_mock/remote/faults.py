"""Faults that hit one app on an emulator elsewhere (contract 12)."""

from collections.abc import Mapping
from itertools import count
from typing import Any, Unpack
from urllib.parse import urlencode

from branch_mock.errors import InvalidRequest
from branch_mock.faults import Fault, FaultFields, FaultRecord, fault_parts
from branch_mock.handle.faults import Match, checked
from branch_mock.remote.transport import Remote


class Faults:
    """What goes wrong on purpose for requests that carry the app's key, or follow its links.

    Ids are the app's own; on the server they begin with the app's id.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        self._numbers = count(1)

    def add(self, match: Match | None = None, **fields: Unpack[FaultFields]) -> Fault:
        """Lay a fault over the requests of this app that are like `match`, or over all of them.

        Raises InvalidRequest and InvalidBody, as `BranchMock.faults.add` does.
        """
        body = checked(match, fields)
        key = self._remote.app.key
        wanted = body.get("match", {})
        if wanted.get("branch_key", key) != key:
            raise InvalidRequest.of("match.branch_key", "must be that of this app, or left out")
        name = body.get("id") or f"fault-{next(self._numbers)}"
        body |= {"match": {**wanted, "branch_key": key}, "id": self._prefix + name}
        return self._read(self._remote.call("POST", "/_mock/faults", body)).fault

    def all(self) -> list[FaultRecord]:
        """The faults of this app, in the order in which they were laid."""
        views = self._remote.call("GET", "/_mock/faults")
        return [self._read(view) for view in views if view["id"].startswith(self._prefix)]

    def hits(self, fault: Fault | str) -> int:
        """How often a fault has hit, by itself or its id; 0 for one that is not laid."""
        id_ = fault if isinstance(fault, str) else fault.id
        return sum(record.hits for record in self.all() if record.fault.id == id_)

    def never_hit(self) -> list[Fault]:
        """The faults of this app that hit nothing."""
        return [record.fault for record in self.all() if not record.hits]

    def clear(self, fault: Fault | str | None = None) -> int:
        """Take one fault of this app away, by itself or its id, or all; how many there were."""
        wanted = fault.id if isinstance(fault, Fault) else fault
        ids = [record.fault.id for record in self.all() if wanted in (None, record.fault.id)]
        for id_ in ids:
            query = urlencode({"id": self._prefix + id_})
            self._remote.call("DELETE", f"/_mock/faults?{query}")
        return len(ids)

    @property
    def _prefix(self) -> str:
        return f"{self._remote.app.id}."

    def _read(self, view: Mapping[str, Any]) -> FaultRecord:
        parts = dict(view)
        matched, hits = parts.pop("matched"), parts.pop("hits")
        parts["id"] = parts["id"].removeprefix(self._prefix)
        return FaultRecord(Fault(**fault_parts(parts)), matched, hits)
