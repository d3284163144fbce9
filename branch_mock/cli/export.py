"""`branch-mock export`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from branch_mock.cli.ends import refuse
from branch_mock.cli.options import ENV, ROWS_HELP
from branch_mock.errors import BranchMockError


@click.command(epilog=ENV)
@click.option("--date", "day", required=True, metavar="YYYY-MM-DD", help="The UTC day.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to write into.")
@click.option("--key", help="Branch key or id of the app.  [default: the first app's]")
@click.option("--rows", "export_rows", metavar="ROWS", help=ROWS_HELP)
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
        refuse(str(error))
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
