"""`branch-mock health`, `ready` and `wait`."""

import json

import click

from branch_mock.cli.ends import fail, refuse
from branch_mock.cli.remote import Server, verb
from branch_mock.clock import Stopwatch
from branch_mock.errors import BranchMockError, SettingsError

_POLL_SECONDS = 0.1
_place = click.argument("place", metavar="[URL]", required=False)
_timeout = click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=2.0,
    show_default=True,
    help="Seconds to wait for the answer.",
)


@click.command()
@_place
@click.option("--url", envvar="BRANCH_MOCK_URL", show_envvar=True, help="The same as URL.")
@click.option("--json", "as_json", is_flag=True, help="Print what the server answers, as JSON.")
@_timeout
def health(place: str | None, url: str | None, timeout: float, *, as_json: bool) -> None:
    """Exit with 0 when the emulator at URL is there, else with 1.

    URL is what BRANCH_MOCK_URL says, or else BRANCH_MOCK_HOST and BRANCH_MOCK_PORT, unless given.
    """
    from branch_mock.health import version_at  # noqa: PLC0415
    from branch_mock.settings import Settings  # noqa: PLC0415

    try:
        url = place or url or Settings.from_env().url
        version = version_at(url, timeout)
        told = json.dumps({"status": "ok", "version": version}, indent=2)
        click.echo(told if as_json else f"{url} is up: branch_mock {version}")
    except SettingsError as error:
        refuse(str(error))
    except BranchMockError as error:
        fail(str(error))


@click.command()
@_place
@_timeout
@verb
def ready(server: Server, timeout: float) -> None:
    """Exit with 0 when the emulator answers calls, its seeds being loaded, else with 1."""
    _tell(server, server.call("GET", "/_mock/ready", timeout=timeout))


@click.command()
@_place
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds to wait.",
)
@verb
def wait(server: Server, timeout: float) -> None:
    """Wait until the emulator answers calls; exit with 1 if it does not in time."""
    from threading import Event  # noqa: PLC0415

    watch, pause = Stopwatch(), Event()
    while True:
        try:
            told = server.call("GET", "/_mock/ready", timeout=timeout)
        except BranchMockError as error:
            if watch.ms() / 1000 + _POLL_SECONDS > timeout:
                fail(f"{error} (waited {timeout:g} s)")
            pause.wait(_POLL_SECONDS)
        else:
            _tell(server, told)
            return


def _tell(server: Server, told: dict[str, str]) -> None:
    server.say(f"{server.url} is ready: branch_mock {told['version']}", told)
