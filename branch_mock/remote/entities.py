"""What an emulator elsewhere remembers of one app, picked out of its whole state (contract 12)."""

from typing import Any, TypeVar

from branch_mock.conversion import read_value
from branch_mock.remote.transport import Remote

_T = TypeVar("_T")


def entities(remote: Remote, table: str, kind: type[_T]) -> list[_T]:
    """Those of a table of the state document that are the app's, oldest first."""
    rows = _rows(remote, table)
    app_id = str(remote.app.id)
    return [read_value(row, kind) for row in rows if row["app_id"] == app_id]


def related(remote: Remote, table: str, id_: int, kind: Any) -> Any:
    """What a table of the state document has for an id; None where it has nothing."""
    found = (value for key, value in _rows(remote, table) if key == str(id_))
    value = next(found, None)
    return None if value is None else read_value(value, kind)


def _rows(remote: Remote, table: str) -> list[Any]:
    rows: list[Any] = remote.call("GET", "/_mock/state")["state"][table]
    return rows
