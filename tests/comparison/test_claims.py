"""What README.md says about other tools is so, as far as they run here."""

import pytest
import requests
from responses import RequestsMock

from tests.comparison.claims import IN_PYTHON, MISTAKES, NOTICED, TOOLS, noticed, passes
from tests.comparison.shop import BRANCH
from tests.comparison.tool import Tool


@pytest.mark.parametrize("tool", IN_PYTHON, ids=lambda tool: tool.name)
def test_the_flow_passes_and_just_those_mistakes_are_noticed(tool: Tool) -> None:
    with tool.running() as server:
        assert passes(tool, server)
        assert noticed(tool, server) == NOTICED[tool.name]
        assert passes(tool, server), "a test that failed spoils the next"


def test_every_tool_has_claims_and_lines() -> None:
    assert [tool.name for tool in TOOLS] == [*NOTICED]
    lines = {tool.name: tool.lines for tool in TOOLS}
    assert lines["branch_mock"] == 1
    assert min(count for name, count in lines.items() if name != "branch_mock") > 10
    assert all(NOTICED[name] <= set(MISTAKES) for name in NOTICED)


def test_what_patches_a_client_needs_no_other_address() -> None:
    with RequestsMock() as mock:
        mock.get(f"{BRANCH}/v1/url", json={"channel": "email"})
        assert requests.get(f"{BRANCH}/v1/url", timeout=1).json() == {"channel": "email"}
