"""`branch-mock run`."""

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from branch_mock.cli.ends import refuse
from branch_mock.cli.options import CA_DIR_HELP, ENV
from branch_mock.errors import BranchMockError


@click.command(
    epilog=ENV, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.option("--seed", multiple=True, metavar="FILE|default|demo|empty", help="Seed data.")
@click.option("--profile", help="documented or observed, with ,flag=value overrides.")
@click.option("--random-seed", type=int, help="Seed of ids and keys.  [default: 0]")
@click.option(
    "--allow-host", multiple=True, metavar="PATTERN", help="Another host that is let through."
)
@click.option("--allow-all", is_flag=True, help="Let every host through that is not Branch's.")
@click.option("--ca-dir", metavar="FOLDER", help=CA_DIR_HELP)
@click.option("--log-level", help="debug, info, warning or error.  [default: warning]")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def run(
    command: tuple[str, ...],
    seed: tuple[str, ...],
    allow_host: tuple[str, ...],
    *,
    allow_all: bool,
    log_level: str | None,
    **options: str | int | None,
) -> None:
    """Run COMMAND so that Branch's real hosts are an emulator, and end with its exit status.

    The emulator and a proxy listen on free ports while COMMAND runs. Its environment leads clients
    of many languages there, and has BRANCH_KEY, BRANCH_SECRET, BRANCH_APP_ID and BRANCH_API_URL.
    Hosts that are not Branch's are refused. Put -- before a COMMAND with options of its own.
    """
    if command[0].startswith("-"):  # it was not asked about it, being of the command's words
        raise click.NoSuchOption(command[0])
    from branch_mock import child, request_log  # noqa: PLC0415 - other verbs need none of these
    from branch_mock.child.process import CannotRun  # noqa: PLC0415
    from branch_mock.server import BranchMock  # noqa: PLC0415
    from branch_mock.settings import Settings, inherited, variable  # noqa: PLC0415

    try:
        settings = Settings.from_env(
            host="127.0.0.1",
            port=0,
            proxy_port=0,
            seed=seed or None,
            allow_host=("*",) if allow_all else allow_host or None,
            log_level=log_level or variable("log_level") or "warning",
            **options,
        )
        request_log.configure(settings.log_level, settings.log_format)
        with (
            BranchMock(replace(settings, tls_port=None)) as mock,
            TemporaryDirectory(prefix="branch_mock-") as folder,
        ):
            assert mock.emulator.authority is not None
            environ = inherited()
            files = child.Files(Path(folder), environ, mock.emulator.authority.certificate_pem)
            status = child.run(
                command,
                child.environment(
                    environ, proxy_url=mock.proxy_url, api_url=mock.url, app=mock.app, files=files
                ),
            )
    except CannotRun as error:
        click.echo(f"branch-mock: {error}", err=True)
        sys.exit(error.status)
    except BranchMockError as error:
        refuse(str(error))
    sys.exit(status)
