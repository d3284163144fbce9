"""The command line: a thin skin over settings, seeds and server.

One file per noun. Verbs that talk to a running server do so with nothing but urllib, so that they
start fast and work wherever Python does.
"""

import sys

import click

from branch_mock import __version__
from branch_mock.cli.apps import apps
from branch_mock.cli.ca import ca
from branch_mock.cli.clock import clock
from branch_mock.cli.ends import INTERRUPTED, refuse
from branch_mock.cli.export import export
from branch_mock.cli.faults import faults
from branch_mock.cli.health import health, wait
from branch_mock.cli.parity import parity
from branch_mock.cli.requests import requests
from branch_mock.cli.run import run
from branch_mock.cli.serve import serve
from branch_mock.cli.simulate import simulate
from branch_mock.cli.state import reset, seed, snapshot, state
from branch_mock.cli.webhooks import webhooks


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.version_option(__version__, prog_name="branch-mock")
@click.pass_context
def cli(context: click.Context) -> None:
    """A local emulator of the Branch.io HTTP API."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _command in (
    serve, run, ca, health, wait, reset, seed, state, snapshot, clock, faults, requests, webhooks,
    simulate, apps, export, parity,
):  # fmt: skip
    cli.add_command(_command)


def main() -> None:
    """The entry point of `branch-mock`. What is refused is one line and exit status 2."""
    try:
        sys.exit(cli.main(prog_name="branch-mock", standalone_mode=False))
    except click.ClickException as error:
        refuse(error.format_message())
    except click.Abort:
        sys.exit(INTERRUPTED)
