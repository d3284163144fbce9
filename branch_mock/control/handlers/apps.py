"""Apps of the control plane (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator


def mint(emulator: Emulator, call: Call) -> Reply:
    app = emulator.branch.apps.mint(**call.body)
    return Reply.json(app.view(), note=f"app {app.id}")


def all_(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
    return Reply.json([app.view() for app in emulator.branch.apps.all()])
