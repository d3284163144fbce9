"""How commands end: 0 done, 1 refused or not there, 2 wrong usage."""

import sys
from typing import NoReturn

import click

FAILED = 1
USAGE = 2
INTERRUPTED = 130


def fail(reason: str) -> NoReturn:
    """End with status 1: the server is not there, or refused."""
    _end(reason, FAILED)


def refuse(reason: str) -> NoReturn:
    """End with status 2: the command line or a setting cannot be used."""
    _end(reason, USAGE)


def _end(reason: str, status: int) -> NoReturn:
    click.echo(f"branch-mock: {reason}", err=True)
    sys.exit(status)
