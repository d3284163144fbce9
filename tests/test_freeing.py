"""Tables that are freed aside."""

from branch_mock.freeing import Freer, discard, wait_until_freed
from tests.client import TIMEOUT

LARGE = 5000


def large() -> dict[int, int]:
    return dict.fromkeys(range(LARGE), 0)


def test_large_tables_are_freed_aside() -> None:
    one, other = large(), large()
    discard([one, other])
    assert wait_until_freed(TIMEOUT)
    assert (one, other) == ({}, {})


def test_small_ones_are_left_to_python() -> None:
    small = {1: 1}
    discard([small])
    assert wait_until_freed(TIMEOUT)
    assert small == {1: 1}


def test_the_thread_stays_while_there_is_more_to_do() -> None:
    freer = Freer()
    freer.add([large()])
    first = freer.thread
    assert freer.wait(TIMEOUT)
    freer.add([large()])
    assert freer.wait(TIMEOUT)
    assert first is not None
    assert freer.thread is first


def test_an_idle_thread_ends_and_another_takes_over() -> None:
    freer = Freer(idle_seconds=0.01)
    freer.add([large()])
    first = freer.thread
    assert first is not None
    first.join(TIMEOUT)
    assert (first.is_alive(), freer.thread) == (False, None)
    again = large()
    freer.add([again])
    assert freer.wait(TIMEOUT)
    assert again == {}
