"""What the modules of the tools have in common."""

import ast
import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

from tests.comparison.shop import Send

SetUp = Callable[..., object]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A tool as one test has it. send: what the code under test calls with; api: where."""

    send: Send
    api: str


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A way to test code that calls Branch.

    set_up: what its user writes for the flow; call: for POST /v1/url alone, any number of times.
    running: what lasts for a whole suite, such as a server. fresh: what each test gets of that, set
    up in one of the two ways.
    """

    name: str
    set_up: SetUp
    call: SetUp
    running: Callable[[], AbstractContextManager[Any]]
    fresh: Callable[[Any, SetUp], AbstractContextManager[Opened]]

    @property
    def lines(self) -> int:
        """Lines of `set_up`, formatted as everything here is; without its head and docstring."""
        source = dedent(inspect.getsource(self.set_up))
        (function,) = ast.parse(source).body
        assert isinstance(function, ast.FunctionDef)
        first, *_ = function.body[1:] if ast.get_docstring(function) else function.body
        told = source.splitlines()[first.lineno - 1 : function.end_lineno]
        return sum(bool(line.strip()) for line in told)
