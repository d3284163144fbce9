"""The table of the control plane, `/_mock` (contract 12)."""

from branch_mock.api.call import Credentials, Endpoint
from branch_mock.control.handlers import state

CONTROL = (
    Endpoint(
        name="control.health",
        method="GET",
        path="/_mock/health",
        handler=state.health,
        credentials=Credentials.NONE,
        section="12",
        summary="Is the server there?",
        needs_seeds=False,
    ),
    Endpoint(
        name="control.ready",
        method="GET",
        path="/_mock/ready",
        handler=state.ready,
        credentials=Credentials.NONE,
        section="12",
        summary="Are the seeds loaded?",
        needs_seeds=False,
    ),
    Endpoint(
        name="control.reset",
        method="POST",
        path="/_mock/reset",
        handler=state.reset,
        credentials=Credentials.NONE,
        section="12",
        summary="Back to the seed",
    ),
)
"""On every host but the link and export hosts."""
