"""README.md is true: its tables are what the code says, and every block in it runs.

Blocks are written for http://127.0.0.1:8080. Here that address, and nothing else, is replaced by
the one that a server of the test's own has; `--port 0` is added where a block starts a server.
"""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from branch_mock import Branch, BranchMock, BranchMockError, Settings, __version__
from branch_mock.health import version_at
from branch_mock.seeds import parse, plant_one
from branch_mock.validation import load
from tests import docs
from tests.checkout import clone, environment, run, search_path, server
from tests.containers.image import final
from tests.readme import README, ROOT, Block, blocks, is_as_shown, marked

ADDRESS = "http://127.0.0.1:8080"
TIMEOUT = 20
PROGRAMS = Path(sys.executable).parent
CURLS = ("curl", "stand-in") if shutil.which("curl") else ("stand-in",)
RUNNERS = {
    "run",
    "own",
    "test",
    "sh",
    "serve",
    "docker",
    "python",
    "pytest",
    "seed",
    "compose",
    "github",
    "gitlab",
    "testcontainers",
}
TEXT = README.read_text("utf-8")


def test_every_block_has_a_runner_and_every_runner_a_block() -> None:
    assert {block.runner for block in blocks(TEXT)} == RUNNERS


def test_a_block_without_a_mark_is_refused() -> None:
    with pytest.raises(AssertionError, match="line 3: no mark"):
        blocks("Text\n\n```sh\ntrue\n```\n")


def test_output_must_be_as_shown() -> None:
    assert is_as_shown('{"a":…}', '{"a":[1]}\n')
    assert not is_as_shown('{"a":…}', '{"b":[1]}')
    assert not is_as_shown("a", "aa")


def test_the_tables_are_current() -> None:
    assert docs.rewritten(TEXT) == TEXT, f"README.md is stale; `{docs.COMMAND}` rewrites it"


def test_every_table_is_there_once() -> None:
    assert sorted(docs.tables_in(TEXT)) == sorted(docs.TABLES)


def test_a_stale_table_is_rewritten() -> None:
    stale = TEXT.replace("| `POST /v1/url` |", "| `POST /v0/url` |")
    assert stale != TEXT
    assert docs.rewritten(stale) == TEXT


@pytest.fixture(params=CURLS)
def shell_env(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """An environment with our programs and a curl that fails when the answer is an error."""
    programs = tmp_path / "programs"
    programs.mkdir()
    if request.param == "stand-in":
        curl = programs / "curl"
        curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.curl "$@"\n')
        curl.chmod(0o755)
    (tmp_path / ".curlrc").write_text("silent\nshow-error\nfail-with-body\nmax-time = 10\n")
    path = search_path(programs, PROGRAMS)
    home = {"CURL_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state")}
    return environment(PATH=path, PYTHONPATH=str(ROOT), BRANCH_MOCK_PORT="0", **home)


@pytest.mark.parametrize("block", marked("sh"), ids=str)
def test_shell_block(block: Block, shell_env: dict[str, str], tmp_path: Path) -> None:
    with BranchMock() as mock:
        done = subprocess.run(
            ["sh", "-eu", "-c", block.text.replace(ADDRESS, mock.url)],
            cwd=tmp_path,
            env=shell_env,
            timeout=TIMEOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed = done.stdout.replace(mock.url, ADDRESS)
    printed = "\n".join(line for line in printed.splitlines() if not line.startswith("curl: (22) "))
    assert done.returncode == int(block.options.get("exit", "0")), printed
    assert block.output is not None, "a shell block shows what it prints"
    assert is_as_shown(block.output, printed), printed


def _serve_lines() -> list[str]:
    return [line for block in marked("serve") for line in block.text.splitlines()]


@pytest.mark.parametrize("line", _serve_lines())
def test_serve_line(line: str, tmp_path: Path) -> None:
    for seed in marked("seed"):
        (tmp_path / seed.options["file"]).write_text(seed.text)
    env = environment(PATH=search_path(PROGRAMS), XDG_STATE_HOME=str(tmp_path))
    with server(f"{line} --port 0", cwd=tmp_path, env=env) as url:
        assert version_at(url, TIMEOUT) == __version__


@pytest.mark.parametrize("block", marked("seed"), ids=str)
def test_seed_block(block: Block) -> None:
    Draft202012Validator(load("seed.json")).validate(parse("README.md", block.text))
    branch = Branch()
    plant_one(branch, parse("README.md", block.text), "README.md")
    app = branch.apps.default
    assert [link.alias for link in branch.links.all(app)] == ["welcome"]


@pytest.mark.parametrize("block", marked("python"), ids=str)
def test_python_block(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(block.text, f"README.md:{block.line}", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert block.output is not None, "a Python block shows what it prints"
    assert is_as_shown(block.output, printed), printed


@pytest.mark.parametrize("block", marked("pytest"), ids=str)
def test_pytest_block(
    block: Block, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(block.text)
    result = pytester.runpytest_inprocess("-W", "error", "--strict-markers")
    result.assert_outcomes(passed=block.text.count("def test_"))


def test_the_ci_runs_the_very_test_command() -> None:
    (block,) = marked("test")
    printed = run([ROOT / ".ci" / "run", "--print"], cwd=Path("/"), timeout=TIMEOUT)
    assert printed == block.text
    script = (ROOT / ".ci" / "run").read_text()
    assert 'command="$(test_command)"' in script
    assert script.rstrip().endswith('bash -euo pipefail -c "$command"')


def test_both_commands_set_up_alike() -> None:
    run_block, test_block = marked("run")[0], marked("test")[0]
    *run_setup, serve = run_block.text.strip().split(" && ")
    *test_setup, gate = test_block.text.strip().split(" && ")
    assert (serve, gate) == (".venv/bin/branch-mock serve", ".venv/bin/python -m tests.gate")
    assert test_setup == [step.replace("-e .", "-e '.[test]'") for step in run_setup]


@pytest.mark.timeout(180)
def test_the_run_command_in_a_fresh_clone(tmp_path: Path) -> None:
    (block,) = marked("run")
    folder = tmp_path / "clone"
    clone(folder, tmp_path / "gitconfig")
    with server(f"{block.text.strip()} --port 0", cwd=folder, env=environment()) as url:
        assert version_at(url, TIMEOUT) == __version__
    with pytest.raises(BranchMockError, match="does not answer"):
        version_at(url, TIMEOUT)


@pytest.mark.timeout(300)
def test_a_first_test_in_a_project_of_ones_own(tmp_path: Path) -> None:
    """Within the five minutes that README.md says."""
    (block,) = marked("own")
    (test,) = (found for found in marked("pytest") if "file" in found.options)
    clone(tmp_path / "branch_mock", tmp_path / "gitconfig")
    project = tmp_path / "project"
    project.mkdir()
    (project / test.options["file"]).write_text(test.text)
    said = run(["sh", "-eu", "-c", block.text], cwd=project, timeout=280)
    assert "1 passed" in said


DOCKER_FLAGS = {"--rm", "--read-only"}
DOCKER_OPTIONS = {"-t", "-p", "-e", "-v"}


def _docker(line: str) -> tuple[str, dict[str, list[str]], str]:
    """Verb, options by name and the one argument of a docker line. Fails for an unknown option."""
    program, verb, *rest = shlex.split(line)
    assert program == "docker"
    options: dict[str, list[str]] = {}
    words = iter(rest)
    for word in words:
        if word in DOCKER_OPTIONS:
            options.setdefault(word, []).append(next(words))
        elif word.startswith("-"):
            assert word in DOCKER_FLAGS
        else:
            assert list(words) == []
            return verb, options, word
    raise AssertionError(f"no image or folder in {line!r}")


def test_docker_blocks() -> None:
    """There may be no engine here, so the lines are read, and held against Dockerfile and code."""
    lines = [_docker(line) for block in marked("docker") for line in block.text.splitlines()]
    (verb, build, folder), *runs = lines
    assert (verb, folder) == ("build", ".")
    expose = final().value("EXPOSE").split()
    assert len(runs) > 1
    for verb, options, image in runs:
        assert (verb, [image]) == ("run", build["-t"])
        assert {port.split(":")[-1] for port in options["-p"]} <= set(expose)
        environ = dict(text.split("=", 1) for text in options.get("-e", []))
        given = Settings.from_env(environ)
        assert given != Settings() or not environ
        for name in environ:
            assert hasattr(given, name.removeprefix("BRANCH_MOCK_").lower())
        mounted = [mount.split(":")[1] for mount in options.get("-v", [])]
        files = [Path(seed) for seed in given.seed if "/" in seed]
        folders = {str(file.parent) for file in files} or {final().env["BRANCH_MOCK_INIT_DIR"]}
        assert set(mounted) <= folders
        assert {file.name for file in files} <= {seed.options["file"] for seed in marked("seed")}
