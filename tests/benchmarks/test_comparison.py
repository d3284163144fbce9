"""The comparison measures what it says; how fast is for its own run to judge."""

from tests.benchmarks.comparison import Found, describe, measure
from tests.comparison import with_branch_mock, with_responses


def test_tools_are_measured_in_turns() -> None:
    tools = (with_responses.TOOL, with_branch_mock.TOOL)
    found = measure(tools, rounds=2, calls=5, tests=2, warm=5)
    assert [each.tool for each in found] == [*tools]
    for each in found:
        assert 0 < each.call_ms < 10_000
        assert 0 < each.test_ms < 10_000


def test_figures_are_told_beside_ours() -> None:
    text = describe([Found(with_responses.TOOL, 1, 30), Found(with_branch_mock.TOOL, 2, 10)])
    assert "0.50 of ours" in text
    assert "3.00 of ours" in text
    assert "notices 1 of 6" in text
