"""The command line: a thin skin over settings, seeds and server."""

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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


_ROWS_HELP = (
    "Rows invented for each day of an export: LINKS,CLICKS,EVENTS, or a number of events alone; "
    "0 exports only what was recorded.  [default: 20,50,100]"
)


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
@click.option("--export-rows", metavar="ROWS", help=_ROWS_HELP)
@click.option(
    "--export-rows-per-file", type=int, help="More make further files.  [default: 200000]"
)
@click.option(
    "--export-retention-days", type=int, help="Days that exports reach back.  [default: 7]"
)
@click.option("--export-ready-hour", type=int, help="UTC hour when files appear.  [default: 7]")
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


@cli.command(epilog=_ENV)
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="The UTC day.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option("--key", help="Branch key or id of the app.  [default: the first app's]")
@click.option("--rows", "export_rows", metavar="ROWS", help=_ROWS_HELP)
@click.option("--rows-per-file", "export_rows_per_file", type=int, help="More make further files.")
@click.option("--seed", multiple=True, metavar="FILE|default|demo|empty", help="Seed data.")
@click.option("--profile", help="documented or observed, with ,flag=value overrides.")
@click.option("--random-seed", type=int, help="Another seed, other rows.  [default: 0]")
def export(
    day: str, out: Path, key: str | None, seed: tuple[str, ...], **options: str | int | None
) -> None:
    """Write the export files of a day, without a server."""
    from branch_mock.branch import Branch  # noqa: PLC0415 - other verbs need none of these
    from branch_mock.domain.exports import read_day  # noqa: PLC0415
    from branch_mock.export_files.files import ExportFiles  # noqa: PLC0415
    from branch_mock.export_files.writing import write  # noqa: PLC0415
    from branch_mock.seeds import plant  # noqa: PLC0415
    from branch_mock.settings import Settings  # noqa: PLC0415

    try:
        branch = Branch(Settings.from_env(seed=seed or None, **options))
        plant(branch)
        app = branch.apps.find(key) if key else branch.apps.default
        wanted = [
            file for kind in branch.exports.files(app, read_day(day)).values() for file in kind
        ]
        files = ExportFiles(branch)
        lines = sum(files.rows(file) + 1 for file in wanted)
        with _progress(lines) as advance:
            written = [
                write(files, branch.exports.name(file), file, out, advance) for file in wanted
            ]
    except BranchMockError as error:
        _refuse(str(error))
    for path, file in zip(written, wanted, strict=True):
        click.echo(f"{path}  {files.rows(file):,} rows, {path.stat().st_size:,} bytes")


@contextmanager
def _progress(length: int) -> Iterator[Callable[[int], object]]:
    """What to tell of lines that were written: a bar, where somebody watches one."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label="Writing", file=sys.stderr) as bar:
        yield bar.update


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
