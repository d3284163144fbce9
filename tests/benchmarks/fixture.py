"""What the pytest fixture costs a test: one suite with it, without it, and with another's."""

import os
import resource
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


Cost = tuple[float, float]
"""Seconds by the clock on the wall, and of the processor."""


def cost_of_suites() -> dict[str, Cost]:
    """What each whole suite costs, start of pytest and imports included; medians of rounds."""
    taken: dict[str, list[Cost]] = {name: [] for name in _SUITES}
    with tempfile.TemporaryDirectory() as folder:
        for name, test in _SUITES.items():
            Path(folder, f"test_{name}.py").write_text(_HEAD + test + "\n", "utf-8")
        for _ in range(ROUNDS):
            for name, costs in taken.items():
                costs.append(_run(folder, name))
    return {
        name: (
            statistics.median(wall for wall, _ in costs),
            statistics.median(processor for _, processor in costs),
        )
        for name, costs in taken.items()
    }


def _run(folder: str, name: str) -> Cost:
    command = [sys.executable, "-m", "pytest", "-q", *_PLUGINS, f"test_{name}.py"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    begun, used = time.perf_counter(), _processor()
    subprocess.run(
        command, cwd=folder, env=environment, check=True, capture_output=True, timeout=120
    )
    return time.perf_counter() - begun, _processor() - used


def _processor() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def report() -> str:
    """The cost of `branch_mock` above nothing, beside pytest-httpserver's."""
    costs = cost_of_suites()

    def more(name: str) -> Cost:
        (wall, processor), (base, idle) = costs[name], costs["nothing"]
        return (wall - base) / TESTS * 1000, (processor - idle) / TESTS * 1000

    (ours, used), (theirs, their_used) = more("branch_mock"), more("httpserver")
    verdict = "within" if ours <= TARGET_MS else "ABOVE"
    return (
        f"{ours:.2f} ms a test more over {TESTS} tests ({used:.2f} ms of processor), {verdict} "
        f"{TARGET_MS:g} ms; pytest-httpserver's fixture {theirs:.2f} ms ({their_used:.2f} ms)"
    )
