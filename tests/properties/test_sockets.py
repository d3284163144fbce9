"""Attacks over raw sockets, a bounded number of them (contract 3).

`python -m tests.fuzz.sockets` makes more of them.
"""

import pytest

from branch_mock.api.handlers import links
from tests.fuzz import sockets

ATTACKS = 400


@pytest.mark.parametrize("seed", [1, 2])
def test_nothing_that_is_sent_does_harm(seed: int) -> None:
    assert sockets.fuzz(seed, attacks=ATTACKS) == ATTACKS


def test_a_server_error_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(links, "source_of", fail)
    with pytest.raises(AssertionError, match=r"^attack \d+ of seed 1: "):
        sockets.fuzz(1, attacks=ATTACKS)


def test_a_link_that_nobody_was_told_of_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_MADE", b"never answered")
    with pytest.raises(AssertionError, match=r"^attack \d+ of seed 1: "):
        sockets.fuzz(1, attacks=ATTACKS)
