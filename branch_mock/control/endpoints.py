"""The table of the control plane, `/_mock` (contract 12)."""

from branch_mock.api.call import Credentials, Endpoint
from branch_mock.control.handlers import clock, faults, requests, state
from branch_mock.emulator import Emulator

CONTROL_PREFIX = "_mock/"

CONTROL: tuple[Endpoint[Emulator], ...] = (
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
        name="control.clock_show",
        method="GET",
        path="/_mock/clock",
        handler=clock.show,
        credentials=Credentials.NONE,
        section="12",
        summary="What time is it?",
    ),
    Endpoint(
        name="control.clock_change",
        method="POST",
        path="/_mock/clock",
        handler=clock.change,
        credentials=Credentials.NONE,
        section="12",
        summary="Freeze, set, advance or resume the clock",
    ),
    Endpoint(
        name="control.faults_all",
        method="GET",
        path="/_mock/faults",
        handler=faults.all_,
        credentials=Credentials.NONE,
        section="12",
        summary="The faults that are laid",
    ),
    Endpoint(
        name="control.faults_add",
        method="POST",
        path="/_mock/faults",
        handler=faults.add,
        credentials=Credentials.NONE,
        section="12",
        summary="Lay a fault",
    ),
    Endpoint(
        name="control.faults_clear",
        method="DELETE",
        path="/_mock/faults",
        handler=faults.clear,
        credentials=Credentials.NONE,
        section="12",
        summary="Take faults away",
    ),
    Endpoint(
        name="control.requests_all",
        method="GET",
        path="/_mock/requests",
        handler=requests.all_,
        credentials=Credentials.NONE,
        section="12",
        summary="The journal",
    ),
    Endpoint(
        name="control.requests_clear",
        method="DELETE",
        path="/_mock/requests",
        handler=requests.clear,
        credentials=Credentials.NONE,
        section="12",
        summary="Empty the journal",
    ),
    Endpoint(
        name="control.requests_find",
        method="POST",
        path="/_mock/requests/find",
        handler=requests.find,
        credentials=Credentials.NONE,
        section="12",
        summary="Find requests",
    ),
    Endpoint(
        name="control.requests_count",
        method="POST",
        path="/_mock/requests/count",
        handler=requests.count,
        credentials=Credentials.NONE,
        section="12",
        summary="Count requests",
    ),
)
"""On every host but the link and export hosts."""
