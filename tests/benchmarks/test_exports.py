"""The benchmark of exports measures what it says; how fast is for its own run to judge."""

import pytest

from tests.benchmarks.exports import constant, invented, naive, written
from tests.benchmarks.memory import peak_mib


def test_all_three_write_rows_of_the_same_width(capsys: pytest.CaptureFixture[str]) -> None:
    assert {len(row) for row in (*constant(2), *naive(2))} == {53}
    assert len(next(iter(constant(1)))[22]) > 50  # a user agent
    assert invented(300) > 0
    assert written("csv+gzip", constant(300)) > 0
    assert capsys.readouterr().out.count(" 300 rows") == 2


def test_peak_memory_is_that_of_a_python_process() -> None:
    assert 10 < peak_mib() < 10_000
