"""`branch-mock serve`."""

import gc
import json
import signal
from typing import TYPE_CHECKING

import click

from branch_mock import __version__
from branch_mock.cli.ends import refuse
from branch_mock.cli.options import CA_DIR_HELP, ENV, ROWS_HELP
from branch_mock.errors import BranchMockError

if TYPE_CHECKING:
    from branch_mock.branch import Branch
    from branch_mock.doors import Doors


@click.command(epilog=ENV)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port; 0 picks a free one.  [default: 8080]")
@click.option(
    "--seed",
    multiple=True,
    metavar="FILE|default|demo|empty",
    help="Seed data; may be given several times.  [default: default]",
)
@click.option(
    "--init-dir",
    metavar="FOLDER",
    help="Its *.json files are seeds too, in the order of their names.",
)
@click.option("--profile", help="documented or observed, with ,flag=value overrides.")
@click.option("--public-url", metavar="URL", help="Address to hand out links under.")
@click.option(
    "--webhook-allow",
    multiple=True,
    metavar="HOST|CIDR",
    help="Further webhook receivers; loopback and private addresses always may.",
)
@click.option("--random-seed", type=int, help="Seed of ids and keys.  [default: 0]")
@click.option(
    "--request-timeout", type=int, help="Seconds to send a head, or a body.  [default: 60]"
)
@click.option(
    "--idle-timeout", type=int, help="Seconds until an idle connection ends.  [default: 600]"
)
@click.option(
    "--journal-bytes", type=int, help="What the journal keeps at most.  [default: 33554432]"
)
@click.option("--export-rows", metavar="ROWS", help=ROWS_HELP)
@click.option(
    "--export-rows-per-file", type=int, help="More make further files.  [default: 200000]"
)
@click.option(
    "--export-retention-days", type=int, help="Days that exports reach back.  [default: 7]"
)
@click.option("--export-ready-hour", type=int, help="UTC hour when files appear.  [default: 7]")
@click.option(
    "--import", "import_file", metavar="FILE", help="State document to begin with, not the seeds."
)
@click.option("--export-on-exit", metavar="FILE", help="Where to write the state at the stop.")
@click.option("--control", help="on, or off for none of /_mock but its health.  [default: on]")
@click.option(
    "--control-token-file",
    metavar="FILE",
    help="Holds the token that calls of /_mock must carry.",
)
@click.option(
    "--tls-port", type=int, help="Answer Branch's real hosts over HTTPS there; 0 picks a free port."
)
@click.option(
    "--proxy-port", type=int, help="Be a proxy there that leads Branch's hosts here; 0 as above."
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="PATTERN",
    help="Other hosts the proxy lets through.",
)
@click.option("--allow-all", is_flag=True, help="The proxy lets every other host through.")
@click.option("--ca-dir", metavar="FOLDER", help=CA_DIR_HELP)
@click.option("--log-level", help="debug, info, warning or error.  [default: info]")
@click.option("--log-format", help="text or json.  [default: text]")
def serve(
    seed: tuple[str, ...],
    webhook_allow: tuple[str, ...],
    allow_host: tuple[str, ...],
    *,
    allow_all: bool,
    **options: str | int | None,
) -> None:
    """Run the emulator until it is told to stop."""
    gc.disable()  # until it serves: what is imported is no garbage
    import asyncio  # noqa: PLC0415

    from branch_mock import request_log  # noqa: PLC0415 - other verbs need no server
    from branch_mock.process import run_server  # noqa: PLC0415
    from branch_mock.settings import Settings, misspelt  # noqa: PLC0415

    for line in misspelt():
        click.echo(f"branch-mock: {line}", err=True)
    try:
        settings = Settings.from_env(
            seed=seed or None,
            webhook_allow=webhook_allow or None,
            allow_host=("*",) if allow_all else allow_host or None,
            **options,
        )
        request_log.configure(settings.log_level, settings.log_format)
        asyncio.run(run_server(settings, announce=_announce, signals=_SIGNALS))
    except BranchMockError as error:
        refuse(str(error))


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _announce(branch: "Branch", doors: "Doors") -> None:
    app, url = branch.apps.default, doors.url
    body = json.dumps({"branch_key": app.key, "channel": "email"})
    click.echo(f"branch_mock {__version__} listens on {url}")
    click.echo(f"  key     {app.key}")
    click.echo(f"  secret  {app.secret}")
    for name, where in doors.lines:
        click.echo(f"  {name:7} {where}")
    if branch.settings.control == "on":
        click.echo(f"  docs    {url}/_mock/docs")
    click.echo(f"  try     curl {url}/v1/url -d '{body}'")
