"""The server that a handle belongs to."""

from typing import Protocol

from branch_mock.branch import Branch
from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import App
from branch_mock.emulator import Emulator


class Host(Protocol):
    """What a handle needs of the server it belongs to."""

    branch: Branch
    emulator: Emulator

    @property
    def url(self) -> str: ...

    @property
    def origin(self) -> Origin: ...

    @property
    def app(self) -> App: ...
