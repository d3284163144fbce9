"""Apps of the control plane (contract 12)."""

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch


def mint(branch: Branch, call: Call) -> Reply:
    app = branch.apps.mint(**call.body)
    return Reply.json(app.view(), note=f"app {app.id}")
