"""Rows for people to read: a table on a terminal where rich is installed, else plain columns."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click


def show(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Print some columns of rows."""
    texts = [[text(row.get(column)) for column in columns] for row in rows]
    if not sys.stdout.isatty() or not _show_rich(texts, columns):
        _show_plain(texts, columns)


def text(value: Any) -> str:
    """A value in one line."""
    if value is None:
        return "-"
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(said.split()) or "-"


def _show_plain(texts: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
    lines = [[column.upper() for column in columns], *texts]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(map(str.ljust, line, widths)).rstrip())


def _show_rich(texts: Sequence[Sequence[str]], columns: Sequence[str]) -> bool:
    """Whether rich is there; it is what `branch-mock[cli]` installs."""
    try:
        from rich.console import Console  # noqa: PLC0415
        from rich.table import Table  # noqa: PLC0415
        from rich.text import Text  # noqa: PLC0415
    except ImportError:
        return False
    table = Table(*columns, box=None, header_style="bold")
    for line in texts:
        table.add_row(*map(Text, line))
    Console().print(table)
    return True
