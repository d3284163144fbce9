"""What the Python API is described in."""

from collections.abc import Iterator
from typing import NamedTuple


class Field(NamedTuple):
    """A field of a value. about: its limits, default or value; empty where there is none."""

    name: str
    type: str
    about: str


class Entry(NamedTuple):
    """One public thing.

    name: its own among all, such as `BranchMock.links.create`. kind: class, function, method,
    property, handle, constant, error, fixture, marker or option. signature: as one would write it.
    doc: its docstring.
    """

    name: str
    kind: str
    signature: str
    doc: str
    fields: tuple[Field, ...] = ()
    members: tuple["Entry", ...] = ()

    def every(self) -> Iterator["Entry"]:
        """This and all that is in it."""
        yield self
        for member in self.members:
            yield from member.every()
