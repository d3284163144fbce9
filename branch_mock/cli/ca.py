"""`branch-mock ca`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from branch_mock.cli.ends import fail, refuse
from branch_mock.cli.options import CA_DIR_HELP
from branch_mock.errors import BranchMockError, SettingsError

if TYPE_CHECKING:
    from branch_mock.tls import Authority

_folder = click.option(
    "--ca-dir", envvar="BRANCH_MOCK_CA_DIR", show_envvar=True, metavar="FOLDER", help=CA_DIR_HELP
)


@click.group()
def ca() -> None:
    """The authority of this machine that certifies Branch's hosts."""


@ca.command()
@_folder
def show(ca_dir: str | None) -> None:
    """Tell where it is, until when it holds, and its fingerprint."""
    _tell(_opened(ca_dir))


@ca.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File.  [default: print it]"
)
@click.option("--url", help="Ask the server there for its own.  [default: no server is needed]")
@_folder
def export(ca_dir: str | None, url: str | None, out: Path | None) -> None:
    """Give its certificate, for a phone or a container to trust. The key stays where it is."""
    pem = _opened(ca_dir).certificate_pem if url is None else _of_server(url)
    if out is None:
        click.echo(pem, nl=False)
        return
    try:
        out.write_text(pem, "ascii")
    except OSError as error:
        refuse(str(SettingsError(f"out: {out}: {error.strerror}")))
    click.echo(f"certificate written to {out}")


@ca.command()
@_folder
def rotate(ca_dir: str | None) -> None:
    """Make a new one. What trusts the old one must be told; servers must start again."""
    from branch_mock.tls import Authority  # noqa: PLC0415 - other verbs need none

    try:
        _tell(Authority.rotate(ca_dir))
    except BranchMockError as error:
        refuse(str(error))


def _of_server(url: str) -> str:
    from branch_mock.cli.remote import Server  # noqa: PLC0415 - other verbs need no server
    from branch_mock.settings import sent_token  # noqa: PLC0415

    try:
        return Server(url, token=sent_token()).text("/_mock/ca.pem")
    except SettingsError as error:
        refuse(str(error))
    except BranchMockError as error:
        fail(str(error))


def _opened(ca_dir: str | None) -> "Authority":
    from branch_mock.tls import Authority  # noqa: PLC0415 - other verbs need none

    try:
        return Authority.open(ca_dir)
    except BranchMockError as error:
        refuse(str(error))


def _tell(authority: "Authority") -> None:
    click.echo(f"certificate  {authority.certificate_path}")
    click.echo(f"expires      {authority.expires:%Y-%m-%dT%H:%M:%SZ}")
    click.echo(f"SHA-256      {authority.fingerprint}")
