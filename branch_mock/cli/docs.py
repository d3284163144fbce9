"""`branch-mock openapi`, `docs` and `parity`: what the emulator is, described.

What every server says alike needs none.
"""

import json
from pathlib import Path

import click

from branch_mock.cli.remote import Server, verb
from branch_mock.errors import SettingsError
from branch_mock.private_files import write_private


@click.command()
def openapi() -> None:
    """Print the emulator as an OpenAPI 3.1 document. Needs no server."""
    from branch_mock.control.endpoints import tables  # noqa: PLC0415 - other verbs need no tables
    from branch_mock.reference import openapi as described  # noqa: PLC0415

    click.echo(described.text(tables()), nl=False)


@click.command()
@click.option("--python", is_flag=True, help="The page of the Python API, which needs no server.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to a file.")
@verb
def docs(server: Server, out: Path | None, *, python: bool) -> None:
    """Print the page to read and to try the server with. Its first app's secret is in it."""
    page = _python_page() if python else server.text("/_mock/docs")
    if out is None:
        server.say(page.rstrip("\n"), page)
        return
    try:
        write_private(out, page)
    except OSError as error:
        raise SettingsError(f"out: {out}: {error.strerror}") from None
    server.say(f"page written to {out}", {"out": str(out)})


def _python_page() -> str:
    from branch_mock.reference import python_page  # noqa: PLC0415 - other verbs need no such page

    return python_page.html()


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As GET /_mock/parity answers.")
def parity(*, as_json: bool) -> None:
    """Tell what is documented, the test that proves it, and what differs. Needs no server."""
    from branch_mock.control.endpoints import tables  # noqa: PLC0415 - other verbs need no tables
    from branch_mock.reference import parity as parity_rows  # noqa: PLC0415
    from branch_mock.reference import parity_page  # noqa: PLC0415

    rows = parity_rows.rows(tables())
    if as_json:
        click.echo(json.dumps([row.view() for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo(parity_page.text(rows), nl=False)
