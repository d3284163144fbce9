"""Threads that run an event loop."""

import asyncio

import pytest

from branch_mock.loops import LoopThread


def test_one_that_cannot_begin_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError("no more files")

    monkeypatch.setattr(asyncio, "Runner", fail)
    with pytest.raises(OSError, match="no more files"):
        LoopThread()


def test_it_ends_when_it_is_closed() -> None:
    loop = LoopThread()
    loop.close()
    assert loop.ended.done()
