"""The parity table for people: as a page, and as text for a terminal."""

from collections.abc import Iterator, Sequence
from html import escape

from branch_mock.api.pages import page
from branch_mock.reference.parity import Row

_HEAD = "<style>body { max-width: 80rem } td, th { text-align: left; vertical-align: top; "
_HEAD += "padding: .25rem .75rem .25rem 0 } .wide { overflow-x: auto }</style>\n"
_COLUMNS = ("kind", "what", "document", "contract", "tests", "differs")


def html(rows: Sequence[Row]) -> str:
    """A page with one table for each endpoint."""
    head = "".join(f'<th scope="col">{column}</th>' for column in _COLUMNS)
    body = "".join(
        f'<h2 id="{escape(name)}">{escape(_title(mine[0]))}</h2>\n<div class="wide"><table><thead>'
        f"<tr>{head}</tr></thead>\n"
        f"<tbody>{''.join(map(_row, mine))}</tbody></table></div>\n"
        for name, mine in _grouped(rows).items()
    )
    return page("branch_mock: parity", f"<h1>Parity</h1>\n<p>{summary(rows)}</p>\n{body}", _HEAD)


def text(rows: Sequence[Row]) -> str:
    """A table for a terminal: a paragraph for each endpoint."""
    return "\n".join(_lines(rows)) + "\n"


def summary(rows: Sequence[Row]) -> str:
    """How much is documented, proved and different, in one sentence."""
    documented = [row for row in rows if row.document is not None]
    pending = sum(row.pending for row in documented)
    proved = sum(bool(row.tests) and not row.pending for row in documented)
    differing = sum(row.differs is not None for row in documented)
    others = len(rows) - len(documented)
    return (
        f"{len(documented)} documented things, {proved} proved by tests, "
        f"{differing} known to differ, {pending} without an endpoint yet; "
        f"{others} more of no document."
    )


def _grouped(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.endpoint, []).append(row)
    return found


def _proof(row: Row) -> str:
    if row.pending:
        return "pending"
    return {0: "no test", 1: "1 test"}.get(len(row.tests), f"{len(row.tests)} tests")


def _title(row: Row) -> str:
    return f"{row.method} {row.path}" if row.method else row.endpoint


def _row(row: Row) -> str:
    cells = (
        row.kind,
        _what(row),
        row.document or "",
        row.section,
        _proof(row) if row.pending else ", ".join(row.tests),
        row.differs or "",
    )
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"


def _what(row: Row) -> str:
    return f"{row.field.partition('.')[2]}: {row.what}" if row.field else row.what


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    for mine in _grouped(rows).values():
        yield _title(mine[0])
        for row in mine:
            proof = _proof(row)
            yield f"  {row.kind:<10} {row.section:>2}  {proof:<8}  {_what(row)}"
            if row.differs:
                yield f"  {'':<10}     differs: {row.differs}"
        yield ""
    yield summary(rows)
