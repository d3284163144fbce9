"""What `import branch_mock` gives: complete, typed, and loaded on first use."""

import ast
import subprocess
import sys
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from typing import get_type_hints

import pytest

import branch_mock
from branch_mock import errors
from branch_mock.handle.links import Links

TIMEOUT = 60


def python(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={},
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_else() -> None:
    code = (
        "import sys; before = set(sys.modules); import branch_mock;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(new - sys.stdlib_module_names, 'asyncio' in new)"
    )
    assert python(code) == "{'branch_mock'} False"


@pytest.mark.parametrize("name", branch_mock.__all__)
def test_every_public_name_loads_on_first_use(name: str) -> None:
    assert getattr(branch_mock, name) is vars(branch_mock)[name]
    assert name in dir(branch_mock)


def test_errors_load_without_aiohttp() -> None:
    names = "Settings, SettingsError, FrozenClock, Branch, InvalidRequest"
    code = f"import sys; from branch_mock import {names}; print('aiohttp' in sys.modules)"
    assert python(code) == "False"


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'plant'"):
        _ = branch_mock.plant


def test_type_checkers_see_what_programs_get() -> None:
    tree = ast.parse(Path(branch_mock.__file__).read_text("utf-8"))
    imported = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("branch_mock")
        for alias in node.names
    }
    assert set(imported) == set(branch_mock.__all__) - {"__version__"}
    for name, module in imported.items():
        assert getattr(import_module(str(module)), name) is getattr(branch_mock, name)


def test_every_error_is_public() -> None:
    for name, kind in getmembers(errors, isclass):
        if kind.__module__ == errors.__name__:
            assert name in branch_mock.__all__


def test_everything_that_direct_operations_take_and_give_is_public() -> None:
    own = {
        part
        for operation in ("create", "bulk", "get", "update", "all", "clicks", "url")
        for hint in get_type_hints(getattr(Links, operation)).values()
        for part in (hint, *getattr(hint, "__args__", ()))
        if getattr(part, "__module__", "").startswith("branch_mock") and isclass(part)
    }
    assert {kind.__name__ for kind in own} >= {"App", "Link", "LinkFields", "Click"}
    missing = {kind.__name__ for kind in own} - set(branch_mock.__all__)
    assert missing == set()
