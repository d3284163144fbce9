"""README.md as data: its code blocks, each with the mark that says how it is tested.

A mark is a comment, `<!-- block: RUNNER name=value -->`, straight above the block. Blocks of the
runner `output` are what the block before them prints.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
OUTPUT = "output"
_MARK = re.compile(r"<!-- block: (\S+)((?: \w+=\S+)*) -->\s*")


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block. line: where it begins, from 1. output: what it should print, if told."""

    runner: str
    language: str
    text: str
    line: int
    options: dict[str, str] = field(default_factory=dict)
    output: str | None = None

    def __str__(self) -> str:
        return f"{self.runner}-line-{self.line}"


def blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text, those of `output` joined to the one before them."""
    found: list[Block] = []
    mark = None
    for token in MarkdownIt().parse(text):
        if token.type in {"fence", "code_block"}:
            block = _block(mark, token.info.strip(), token.content, (token.map or [0])[0] + 1)
            if block.runner != OUTPUT:
                found.append(block)
            else:
                assert found, f"line {block.line}: the output of nothing"
                assert found[-1].output is None, f"line {block.line}: a second output"
                found[-1] = replace(found[-1], output=block.text)
        mark = _MARK.fullmatch(token.content) if token.type == "html_block" else None
    return found


def _block(mark: re.Match[str] | None, language: str, text: str, line: int) -> Block:
    assert mark is not None, f"README.md line {line}: no mark above it says how the block is tested"
    options = dict(pair.split("=", 1) for pair in mark[2].split())
    return Block(runner=mark[1], language=language, text=text, line=line, options=options)


def marked(runner: str) -> list[Block]:
    """The blocks of README.md for one runner, in order."""
    return [block for block in blocks(README.read_text("utf-8")) if block.runner == runner]


def is_as_shown(shown: str, printed: str) -> bool:
    """Whether a text is what a block of output shows; `…` there stands for anything."""
    parts = (re.escape(part) for part in shown.strip().split("…"))
    return re.fullmatch(".*".join(parts), printed.strip(), re.DOTALL) is not None
