"""The benchmark of links measures what it says; how much is for its own run to judge."""

import json
import subprocess
import sys

from tests.benchmarks.links import MAX_BYTES, Found, bodies, describe


def test_links_are_made_and_read() -> None:
    """In a process of its own, which has no memory to spare that links could go into unseen."""
    code = "from tests.benchmarks.links import measure; print(*measure(5000))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True
    )
    links, bytes_each, few_us, many_us = map(float, done.stdout.split())
    assert links == 5000
    assert 200 < bytes_each < 20_000
    assert 0 < few_us < 1_000_000
    assert 0 < many_us < 1_000_000


def test_links_differ() -> None:
    made = [json.loads(text) for text in bodies(0, 100)]
    assert len({body["data"]["article_id"] for body in made}) == 100
    assert {body["feature"] for body in made} == {"share"}


def test_what_is_too_much_is_said() -> None:
    assert "within" in describe(Found(10, MAX_BYTES, 100, 100))
    assert "ABOVE" in describe(Found(10, MAX_BYTES + 1, 100, 100))
    assert "the same" in describe(Found(10, 1, 100, 120))
    assert "SLOWER" in describe(Found(10, 1, 100, 130))
