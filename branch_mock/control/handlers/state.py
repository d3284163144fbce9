"""Health and state over HTTP (contract 12)."""

from branch_mock import __version__
from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.errors import NotReady


def health(branch: Branch, call: Call) -> Reply:  # noqa: ARG001 - says only that it is there
    return Reply.json({"status": "ok", "version": __version__})


def ready(branch: Branch, call: Call) -> Reply:
    if not branch.ready:
        raise NotReady
    return health(branch, call)


def reset(branch: Branch, call: Call) -> Reply:  # noqa: ARG001 - takes no options yet
    branch.reset()
    state = branch.store.state
    return Reply.json({"apps": len(state.apps), "links": len(state.links)}, note="reset")
