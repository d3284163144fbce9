"""The command line: a thin skin over settings, seeds and server."""

import asyncio
import json
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from branch_mock import __version__
from branch_mock.errors import BranchMockError, SettingsError

if TYPE_CHECKING:
    from branch_mock.branch import Branch

_REFUSED = 2
_INTERRUPTED = 130
_UNHEALTHY = 1
_ENV = "Each option can be set as BRANCH_MOCK_OPTION in the environment too."


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="branch-mock")
@click.pass_context
def cli(context: click.Context) -> None:
    """A local emulator of the Branch.io HTTP API."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


@cli.command(epilog=_ENV)
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port; 0 picks a free one.  [default: 8080]")
@click.option(
    "--seed",
    multiple=True,
    metavar="FILE|default|demo|empty",
    help="Seed data; may be given several times.  [default: default]",
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
@click.option("--log-level", help="debug, info, warning or error.  [default: info]")
@click.option("--log-format", help="text or json.  [default: text]")
def serve(
    seed: tuple[str, ...], webhook_allow: tuple[str, ...], **options: str | int | None
) -> None:
    """Run the emulator until it is told to stop."""
    from branch_mock import request_log  # noqa: PLC0415 - other verbs need no server
    from branch_mock.server import run_server  # noqa: PLC0415
    from branch_mock.settings import Settings  # noqa: PLC0415

    try:
        settings = Settings.from_env(
            seed=seed or None, webhook_allow=webhook_allow or None, **options
        )
        request_log.configure(settings.log_level, settings.log_format)
        asyncio.run(run_server(settings, announce=_announce, signals=_SIGNALS))
    except BranchMockError as error:
        _refuse(str(error))


_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _announce(branch: "Branch", url: str) -> None:
    app = branch.apps.default
    body = json.dumps({"branch_key": app.key, "channel": "email"})
    click.echo(f"branch_mock {__version__} listens on {url}")
    click.echo(f"  key     {app.key}")
    click.echo(f"  secret  {app.secret}")
    click.echo(f"  try     curl {url}/v1/url -d '{body}'")


@cli.command()
@click.argument("url", required=False)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3600, min_open=True),
    default=2.0,
    show_default=True,
    help="Seconds to wait for the answer.",
)
def health(url: str | None, timeout: float) -> None:
    """Exit with 0 when the emulator at URL is there, else with 1.

    URL is what BRANCH_MOCK_HOST and BRANCH_MOCK_PORT say, unless given.
    """
    from branch_mock.health import version_at  # noqa: PLC0415
    from branch_mock.settings import Settings  # noqa: PLC0415

    try:
        url = url or Settings.from_env().url
        click.echo(f"{url} is up: branch_mock {version_at(url, timeout)}")
    except SettingsError as error:
        _refuse(str(error))
    except BranchMockError as error:
        click.echo(f"branch-mock: {error}", err=True)
        sys.exit(_UNHEALTHY)


def _refuse(reason: str) -> NoReturn:
    click.echo(f"branch-mock: {reason}", err=True)
    sys.exit(_REFUSED)


def main() -> None:
    """The entry point of `branch-mock`. What is refused is one line and exit status 2."""
    try:
        sys.exit(cli.main(prog_name="branch-mock", standalone_mode=False))
    except click.ClickException as error:
        _refuse(error.format_message())
    except click.Abort:
        sys.exit(_INTERRUPTED)
