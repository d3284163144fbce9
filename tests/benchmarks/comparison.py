"""branch_mock beside the tools that people test such code with otherwise.

`python -m tests.benchmarks comparison`. Calls go through the very client that a test would use, so
its own work is in every figure. Every tool is measured in the same run, in turns; WireMock only
where Java and the extra `comparison` are installed.
"""

import logging
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from tests.comparison import with_branch_mock, with_wiremock
from tests.comparison.claims import MISTAKES, NOTICED, TOOLS, noticed, passes
from tests.comparison.shop import LINK
from tests.comparison.tool import Tool

ROUNDS = 7
CALLS = 100
WARM = 1000
TESTS = 10


class Found(NamedTuple):
    """What was measured of a tool: milliseconds of a call, and of a test with its set-up."""

    tool: Tool
    call_ms: float
    test_ms: float


def report() -> str:
    """A line for each tool; raises AssertionError where one notices other mistakes than claimed."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    tools = [tool for tool in TOOLS if tool is not with_wiremock.TOOL or with_wiremock.jar()]
    found = measure(tools)
    said = [describe(found)]
    if with_wiremock.TOOL not in tools:
        said.append("  WireMock is not measured: it needs java and pip install -e '.[comparison]'")
    return "\n".join(said)


def measure(
    tools: Sequence[Tool],
    rounds: int = ROUNDS,
    calls: int = CALLS,
    tests: int = TESTS,
    warm: int = WARM,
) -> list[Found]:
    """Medians of rounds in which every tool has its turn."""
    call_ms: dict[str, list[float]] = {tool.name: [] for tool in tools}
    test_ms: dict[str, list[float]] = {tool.name: [] for tool in tools}
    with ExitStack() as stack:
        servers = [(tool, stack.enter_context(tool.running())) for tool in tools]
        for tool, server in servers:
            assert passes(tool, server), f"the flow does not pass with {tool.name}"
            assert noticed(tool, server) == NOTICED[tool.name], tool.name
            _call_ms(tool, server, warm)
        for _ in range(rounds):
            for tool, server in servers:
                call_ms[tool.name].append(_call_ms(tool, server, calls))
                test_ms[tool.name].append(_test_ms(tool, server, tests))
    return [
        Found(tool, statistics.median(call_ms[tool.name]), statistics.median(test_ms[tool.name]))
        for tool in tools
    ]


def describe(found: Sequence[Found]) -> str:
    """A table, with ratios to branch_mock."""
    (ours,) = (each for each in found if each.tool is with_branch_mock.TOOL)
    lines = ["POST /v1/url through its client, and one test of a flow with its set-up"]
    for tool, call_ms, test_ms in found:
        lines.append(
            f"  {tool.name:<26} {call_ms:6.2f} ms a call, {call_ms / ours.call_ms:5.2f} of ours; "
            f"{test_ms:6.1f} ms a test, {test_ms / ours.test_ms:5.2f} of ours; "
            f"{tool.lines:2} lines of set-up, notices {len(NOTICED[tool.name])} of {len(MISTAKES)}"
        )
    return "\n".join(lines)


def _test_ms(tool: Tool, server: Any, tests: int) -> float:
    """What one test takes of which there are many: set up, the whole flow, torn down."""
    begun = time.perf_counter()
    for _ in range(tests):
        assert passes(tool, server)
    return (time.perf_counter() - begun) / tests * 1000


def _call_ms(tool: Tool, server: Any, calls: int) -> float:
    with tool.fresh(server, tool.call) as opened:
        address = f"{opened.api}/v1/url"
        assert opened.send("POST", address, LINK).status == 200
        begun = time.perf_counter()
        for _ in range(calls):
            opened.send("POST", address, LINK)
        return (time.perf_counter() - begun) / calls * 1000
