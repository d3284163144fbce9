"""Everything public is described: the docstrings, and `/_mock/docs/python` that is made of them."""

import ast
import inspect
import re
import sys
from pathlib import Path
from textwrap import dedent

import pytest
import requests

import branch_mock
from branch_mock import BranchMock, RemoteMock, Settings
from branch_mock.pytest_plugin import options
from branch_mock.reference.plugin_api import plugin_entries
from branch_mock.reference.python_api import ERRORS, public, signature
from tests.checkout import environment, run
from tests.client import TIMEOUT

ENTRIES = list(public().every())
NAMED = {entry.name: entry for entry in ENTRIES}
CHECKS = {"check", "check_body", "check_kind", "raise_for_status"}
"""What raises for what was given, in the words of the code."""


def test_every_public_name_is_there_once() -> None:
    names = [entry.name for entry in ENTRIES]
    assert [*dict.fromkeys(names)] == names
    top = [entry.name for entries in public().groups.values() for entry in entries]
    assert set(branch_mock.__all__) <= set(top)


@pytest.mark.parametrize("server", [BranchMock, RemoteMock])
def test_every_handle_and_each_of_its_methods_is_there(server: type) -> None:
    mock = BranchMock() if server is BranchMock else RemoteMock("http://127.0.0.1:1")
    public_names = [name for name in vars(mock) if not name.startswith("_")]
    handles = [
        name
        for name in public_names
        if type(getattr(mock, name)).__module__.startswith("branch_mock.")
    ]
    for name in set(handles) - {"branch", "emulator"}:
        handle = type(getattr(mock, name))
        assert NAMED[f"{server.__name__}.{name}"].kind == "handle"
        for method in (m for m in dir(handle) if not m.startswith("_") and m != "happened"):
            assert f"{server.__name__}.{name}.{method}" in NAMED
    for method in (m for m in dir(server) if not m.startswith("_")):
        assert f"{server.__name__}.{method}" in NAMED


def test_everything_is_described_in_sentences() -> None:
    unlike = {
        entry.name: entry.doc
        for entry in ENTRIES
        if not (entry.doc[:1].isupper() or entry.doc[:1] == "`")
        or re.search(r"[.:)]\s*$", entry.doc) is None
    }
    assert unlike == {}


def test_types_are_told_as_one_would_write_them() -> None:
    strange = re.compile(r"<(?:class|function)|branch_mock\.\w|\btyping\.|\bcollections\.")
    for entry in ENTRIES:
        shown = [entry.signature, *(field.type for field in entry.fields)]
        assert [text for text in shown if strange.search(text)] == []


def test_every_parameter_has_a_type_and_every_method_a_result() -> None:
    for entry in ENTRIES:
        if entry.kind == "method" and entry.name != "branch_mock_factory.call":
            inside = entry.signature.partition("(")[2].rpartition(") -> ")[0]
            parts = re.split(r", (?![^\[]*\])", inside)
            assert ") -> " in entry.signature, entry.signature
            assert [p for p in parts if ": " not in p and p not in {"*", "/", ""}] == []


def _raises(function: ast.AST) -> bool:
    """Whether a body raises something itself, or has what it was given checked."""
    return any(
        (isinstance(node, ast.Raise) and node.exc is not None)
        or (isinstance(node, ast.Attribute) and node.attr in CHECKS)
        for node in ast.walk(function)
    )


def _methods() -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for server in (BranchMock, RemoteMock):
        found += [(f"{server.__name__}.{name}", value) for name, value in vars(server).items()]
        for name, kind in inspect.get_annotations(server).items():
            if inspect.isclass(kind) and kind is not str:
                path = f"{server.__name__}.{name}"
                found += [(f"{path}.{method}", value) for method, value in vars(kind).items()]
    return [(name, value) for name, value in found if inspect.isfunction(value) and name in NAMED]


def test_what_raises_says_what() -> None:
    silent = []
    for name, method in _methods():
        assert inspect.isfunction(method)
        source = ast.parse(dedent(inspect.getsource(inspect.unwrap(method))))
        words = "\n".join(NAMED[of].doc for of in (name, name.rpartition(".")[0]))
        if _raises(source) and re.search(r"[Rr]aises?\b|As `BranchMock", words) is None:
            silent.append(name)
    assert len(_methods()) > 80
    assert silent == []


def test_what_fields_can_be_given_is_described() -> None:
    for name in ("LinkFields", "AppFields", "RuleFields", "FaultFields", "PatternFields"):
        said = {field.name: field.about for field in NAMED[name].fields}
        assert [field for field, about in said.items() if not about] == []


def test_every_field_of_a_value_is_described() -> None:
    silent = []
    for entry in ENTRIES:
        if entry.kind == "class":
            doc = entry.doc.replace("`", "")
            silent += [
                f"{entry.name}.{field.name}"
                for field in entry.fields
                if field.name != "id"
                and (not field.about or field.about.startswith("default "))
                and re.search(rf"\b{field.name}\b", doc) is None
            ]
    assert silent == []


def test_limits_of_fields_come_from_their_schemas() -> None:
    limits = {field.name: field.about for field in NAMED["LinkFields"].fields}
    assert "at most 128 characters" in limits["alias"]
    assert "(0, 1, 2)" in limits["type"]
    rule = {field.name: field.about for field in NAMED["RuleFields"].fields}
    assert "(0, 1, 4)" in rule["location"]


def test_every_setting_is_described() -> None:
    for field in NAMED["Settings"].fields:
        assert re.search(rf"\b{field.name}: ", Settings.__doc__ or ""), field.name


def test_every_error_tells_its_status() -> None:
    for entry in public().groups[ERRORS]:
        kind = getattr(branch_mock, entry.name)
        status = getattr(kind, "status", None)
        assert [field.about for field in entry.fields] == ([] if status is None else [str(status)])


def test_the_plugin_is_read_as_pytest_knows_it(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    markers = pytester.runpytest_inprocess("--markers").stdout.str()
    help_text = pytester.runpytest_inprocess("--help").stdout.str()
    kinds: dict[str, list[str]] = {}
    for entry in plugin_entries():
        kinds.setdefault(entry.kind, []).append(entry.name)
    fixtures = pytester.runpytest_inprocess("--fixtures", "-q").stdout.str()
    known = re.findall(r"^(branch_mock\w*)", fixtures, re.M)
    assert sorted(kinds["fixture"]) == sorted(known)
    assert f"@pytest.mark.{options.MARKER}" in markers
    assert kinds["option"] == re.findall(r"^  (--branch-mock-\w+)=", help_text, re.M)


def test_a_signature_is_as_one_would_write_it() -> None:
    assert signature(BranchMock.start) == "() -> Self"
    assert NAMED["BranchMock.simulate.click"].signature == (
        "click(url: str, device: Device = DESKTOP) -> Click | None"
    )
    assert NAMED["BranchMock.links.create"].signature == (
        "create(*, app: App | None = None, **fields: LinkFields) -> str"
    )


def test_the_page_has_them_all(mock: BranchMock) -> None:
    answer = requests.get(f"{mock.url}/_mock/docs/python", timeout=TIMEOUT)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script" not in answer.headers["Content-Security-Policy"]
    ids = re.findall(r'<article class="entry" id="([^"]+)"', answer.text)
    assert ids == [entry.name for entry in ENTRIES]
    targets = {*ids, *re.findall(r'<section id="([^"]+)"', answer.text)}
    assert set(re.findall(r'href="#([^"]+)"', answer.text)) <= targets
    assert "<script" not in answer.text
    assert mock.app.secret not in answer.text


def test_a_server_needs_no_pytest_for_it(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from branch_mock.reference.python_page import html\n"
        "assert 'branch_mock_factory' in html()\n"
    )
    run([sys.executable, "-c", code], cwd=tmp_path, timeout=60, env=environment())
