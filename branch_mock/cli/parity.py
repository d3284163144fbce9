"""`branch-mock parity`."""

import json

import click


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
