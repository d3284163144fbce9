"""What the control plane answers, for Python code that runs the server (contract 12)."""

from branch_mock.api.call import Call
from branch_mock.control.endpoints import CONTROL
from branch_mock.emulator import Emulator


def read(emulator: Emulator, path: str) -> bytes:
    """The body that GET of a path of the control plane answers, without the network.

    Raises the ApiError of a refusal.
    """
    (endpoint,) = (row for row in CONTROL if (row.method, row.path) == ("GET", path))
    return endpoint.handler(emulator, Call()).body
