"""`/_mock/docs/python`: the public Python API on one page, made of its docstrings (contract 12)."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape

from branch_mock import __version__
from branch_mock.reference.docs_style import STYLE
from branch_mock.reference.python_api import public
from branch_mock.reference.python_entries import Entry, Field

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
"""What the page may load: nothing. It has no script."""

_CODE = re.compile(r"`([^`]+)`")
_WORD = re.compile(r"\b[A-Z]\w+\b")
_HEADINGS = ("h3", "h4", "h5")


@cache
def html() -> str:
    """The page, the same for as long as the process lives."""
    groups = public().groups
    known = {entry.name for entries in groups.values() for entry in entries}
    nav = " ".join(f'<a href="#{_id(name)}">{escape(name)}</a>' for name in groups)
    sections = "\n".join(
        f'<section id="{_id(name)}"><h2>{escape(name)}</h2>\n'
        f"<p>{_index(entries)}</p>\n{''.join(_shown(entries, known))}</section>"
        for name, entries in groups.items()
    )
    return _PAGE.format(style=STYLE + _STYLE, version=escape(__version__), nav=nav, main=sections)


def _index(entries: Iterable[Entry]) -> str:
    return " ".join(f'<a href="#{escape(e.name)}">{escape(e.name)}</a>' for e in entries)


def _id(group: str) -> str:
    return "group-" + group.lower().replace(" ", "-")


def _shown(entries: Iterable[Entry], known: set[str], depth: int = 0) -> Iterator[str]:
    """Each entry with what is in it."""
    heading = _HEADINGS[min(depth, len(_HEADINGS) - 1)]
    for entry in entries:
        yield (
            f'<article class="entry" id="{escape(entry.name)}" data-kind="{entry.kind}">'
            f"<{heading}><code>{_linked(entry.signature, known - {entry.name})}</code> "
            f"<small>{entry.kind}</small></{heading}>\n{_paragraphs(entry.doc, known)}"
            f"{_table(entry.fields, known)}{''.join(_shown(entry.members, known, depth + 1))}"
            "</article>\n"
        )


def _paragraphs(doc: str, known: set[str]) -> str:
    return "".join(f"<p>{_marked(part, known)}</p>\n" for part in doc.split("\n\n") if part)


def _marked(text: str, known: set[str]) -> str:
    """A paragraph with its code as code, and public names as links outside of it."""
    parts = _CODE.split(text)
    return "".join(
        f"<code>{escape(part)}</code>" if number % 2 else _linked(part, known)
        for number, part in enumerate(parts)
    )


def _linked(text: str, known: set[str]) -> str:
    def link(found: re.Match[str]) -> str:
        name = found[0]
        return f'<a href="#{name}">{name}</a>' if name in known else name

    return _WORD.sub(link, escape(text, quote=False))


def _table(fields: tuple[Field, ...], known: set[str]) -> str:
    if not fields:
        return ""
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(field.name)}</code></th>'
        f"<td><code>{_linked(field.type, known)}</code></td><td>{escape(field.about)}</td></tr>\n"
        for field in fields
    )
    return (
        '<div class="wide"><table><thead><tr><th scope="col">field</th><th scope="col">type</th>'
        '<th scope="col">meaning and limits, default or value</th></tr></thead><tbody>\n'
        f"{rows}</tbody></table></div>\n"
    )


_STYLE = """
.entry { border-left: 2px solid var(--line); padding-left: 1rem; margin: 1rem 0 }
.entry p { white-space: pre-line; margin: .5rem 0 }
h3, h4, h5 { margin: .5rem 0; font-size: 1rem; font-weight: 600 } h3 { font-size: 1.1rem }
h3 code, h4 code, h5 code { overflow-wrap: anywhere }
.entry:target { border-left-color: var(--link) }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>branch_mock: Python</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<header>
<h1>branch_mock {version} in Python</h1>
<p>What <code>import branch_mock</code> and its pytest plugin give, from their own docstrings.
"Contract" there means the emulator's own, by section: <a href="/_mock/parity">parity</a> tells what
each holds.
The HTTP API is <a href="/_mock/docs">a page of its own</a>.</p>
<nav aria-label="Parts">{nav}</nav>
</header>
<main>
{main}
</main>
</body>
</html>
"""
