"""What the pytest fixture costs a test: one suite with it, without it, and with another's."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TESTS = 500
ROUNDS = 3
TARGET_MS = 3.0
_SUITES = {
    "nothing": "def test_it(turn): assert turn >= 0",
    "branch_mock": "def test_it(turn, branch_mock): assert branch_mock.url",
    "httpserver": "def test_it(turn, httpserver): assert httpserver.url_for('/')",
}
_HEAD = f"import pytest\n\n@pytest.mark.parametrize('turn', range({TESTS}))\n"
_PLUGINS = ("-p", "branch_mock.pytest_plugin", "-p", "pytest_httpserver.pytest_plugin")


def milliseconds_a_test() -> dict[str, float]:
    """What each suite costs a test, start of pytest and imports included; medians of rounds."""
    taken: dict[str, list[float]] = {name: [] for name in _SUITES}
    with tempfile.TemporaryDirectory() as folder:
        for name, test in _SUITES.items():
            Path(folder, f"test_{name}.py").write_text(_HEAD + test + "\n", "utf-8")
        for _ in range(ROUNDS):
            for name, times in taken.items():
                times.append(_run(folder, name))
    return {name: statistics.median(times) / TESTS * 1000 for name, times in taken.items()}


def _run(folder: str, name: str) -> float:
    command = [sys.executable, "-m", "pytest", "-q", *_PLUGINS, f"test_{name}.py"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    begun = time.perf_counter()
    subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120
    )
    return time.perf_counter() - begun


def report() -> str:
    """The cost of `branch_mock` above nothing, beside pytest-httpserver's."""
    took = milliseconds_a_test()
    ours, theirs = took["branch_mock"] - took["nothing"], took["httpserver"] - took["nothing"]
    verdict = "within" if ours <= TARGET_MS else "ABOVE"
    return (
        f"{ours:.2f} ms a test more over {TESTS} tests, {verdict} {TARGET_MS:g} ms "
        f"(pytest-httpserver's fixture {theirs:.2f} ms)"
    )
