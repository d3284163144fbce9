"""The table of the control plane, `/_mock` (contract 12)."""

from branch_mock.api.call import Credentials, Endpoint
from branch_mock.control.handlers import apps, state

CONTROL = (
    Endpoint(
        name="control.health",
        method="GET",
        path="/_mock/health",
        handler=state.health,
        credentials=Credentials.NONE,
        section="12",
        summary="Is the server there?",
    ),
    Endpoint(
        name="control.ready",
        method="GET",
        path="/_mock/ready",
        handler=state.ready,
        credentials=Credentials.NONE,
        section="12",
        summary="Are the seeds loaded?",
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
    Endpoint(
        name="control.apps",
        method="POST",
        path="/_mock/apps",
        handler=apps.mint,
        credentials=Credentials.NONE,
        section="12",
        summary="Mint an app: a tenant",
    ),
)
"""On every host but the link and export hosts."""
