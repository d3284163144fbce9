"""The fixtures, the marker and the options of the pytest plugin, read off its text.

The plugin imports pytest, which a server need not have.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from branch_mock.reference.python_entries import Entry

_PLUGIN = Path(__file__).parent.parent / "pytest_plugin"


def plugin_entries() -> Iterator[Entry]:
    """Every fixture, then the marker, then every option."""
    factory = _tree("factory.py")
    for node in _tree("__init__.py").body:
        if isinstance(node, ast.FunctionDef):
            scope = _scope_of_fixture(node)
            if scope is not None:
                told = f"{node.name}: {_type_of(node.returns, _aliases(factory))}"
                doc = f"{ast.get_docstring(node) or ''}\n\nScope: {_SCOPES[scope]}."
                members = tuple(_call(node.name, factory)) if "factory" in node.name else ()
                yield Entry(node.name, "fixture", told, doc, members=members)
    said = _constants(_tree("options.py"))
    marker, about = str(said["MARKER"]).split("): ", 1)
    about = f"{about[0].upper()}{about[1:]}\n\nThe keywords are those of `branch_mock_factory`."
    yield Entry("mark.branch_mock", "marker", f"@pytest.mark.{marker})", about)
    for name, text in said["_ABOUT"].items():
        forms = f"In the ini file `branch_mock_{name}`, as a variable `BRANCH_MOCK_{name.upper()}`."
        doc = f"{text[0].upper()}{text[1:]}.\n\n{forms}"
        option = f"--branch-mock-{name}"
        yield Entry(option, "option", f"{option} {name.upper()}", doc)


_SCOPES = {"function": "one for each test", "session": "one for the whole session"}


def _call(name: str, tree: ast.Module) -> Iterator[Entry]:
    """How the factory is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__call__":
            given = ast.unparse(node.args).removeprefix("self, ")
            doc = ast.get_docstring(node) or ""
            yield Entry(f"{name}.call", "method", f"{name}({given})", doc)


def _aliases(tree: ast.Module) -> dict[str, str]:
    """What short names of types stand for."""
    return {
        node.targets[0].id: ast.unparse(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.BinOp)
    }


def _tree(file: str) -> ast.Module:
    return ast.parse((_PLUGIN / file).read_text("utf-8"))


def _scope_of_fixture(function: ast.FunctionDef) -> str | None:
    """How long a fixture lasts; None for what is no fixture."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr == "fixture":
            given = decorator.keywords if isinstance(decorator, ast.Call) else []
            named = {word.arg: ast.literal_eval(word.value) for word in given}
            return str(named.get("scope", "function"))
    return None


def _type_of(returns: ast.expr | None, aliases: dict[str, str]) -> str:
    """What a test gets: of a generator, what it yields."""
    text = ast.unparse(returns) if returns else ""
    if isinstance(returns, ast.Constant):
        text = str(returns.value)
    if text.startswith("Iterator["):
        text = text.removeprefix("Iterator[").removesuffix("]")
    return aliases.get(text, text)


def _constants(tree: ast.Module) -> dict[str, Any]:
    """Constants of a module that are literals, by name."""
    found = {}
    for node in tree.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ):
                try:
                    found[name] = ast.literal_eval(value)
                except ValueError:  # made by a call
                    continue
    return found
