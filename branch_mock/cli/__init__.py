"""The command line: a thin skin over settings, seeds and server.

One file per noun. Verbs that talk to a running server do so with nothing but urllib, so that they
start fast and work wherever Python does.
"""

import sys
from importlib import import_module

import click

from branch_mock import __version__
from branch_mock.cli.ends import INTERRUPTED, USAGE, refuse

_FILES = {
    "wait": "health", "ready": "health", "reset": "state", "seed": "state",
    "openapi": "docs", "parity": "docs",
}  # fmt: skip
"""Verbs that are in another verb's file."""

_VERBS = (
    "serve", "run", "ca", "health", "ready", "wait", "reset", "seed", "state", "snapshots", "clock",
    "faults", "requests", "events", "webhooks", "simulate", "apps", "export", "openapi", "docs",
    "parity",
)  # fmt: skip

_ONCE_CALLED = {"snapshot": "snapshots"}
"""Names that verbs had, for scripts that know them so."""


class _Verbs(click.Group):
    """Loads a verb when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        cmd_name = _ONCE_CALLED.get(cmd_name, cmd_name)
        if cmd_name not in _VERBS:
            return None
        home = import_module(f"branch_mock.cli.{_FILES.get(cmd_name, cmd_name)}")
        verb: click.Command = getattr(home, cmd_name)
        return verb


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__, prog_name="branch-mock")
@click.pass_context
def cli(context: click.Context) -> None:
    """A local emulator of the Branch.io HTTP API."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> None:
    """The entry point of `branch-mock`. What is refused is one line and exit status 2."""
    try:
        sys.exit(cli.main(prog_name="branch-mock", standalone_mode=False))
    except click.ClickException as error:
        if "\n" in error.format_message():  # the help, of a group of verbs without one of them
            click.echo(error.format_message(), err=True)
            sys.exit(USAGE)
        refuse(error.format_message())
    except click.Abort:
        sys.exit(INTERRUPTED)
