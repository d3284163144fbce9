"""Somebody listens to live events; then something happens, and the server stops."""

from collections.abc import Callable
from threading import Event, Thread

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from tests.client import TIMEOUT


def stop_once_listened_to(mock: BranchMock, work: Callable[[], object] = bool) -> None:
    """In a thread: do some work once somebody listens, or after a timeout, then stop the server."""
    live = mock.emulator.live

    def wait_and_work() -> None:
        watch, pause = Stopwatch(), Event()
        while not live._listeners and watch.ms() < TIMEOUT * 1000:
            pause.wait(0.01)
        work()
        mock.stop()

    Thread(target=wait_and_work, daemon=True).start()
