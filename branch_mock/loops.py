"""Threads that run an event loop, for servers that must not be in anybody's way."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import Future
from threading import Thread
from typing import Any, TypeVar

from branch_mock.errors import BranchMockError

_T = TypeVar("_T")
_SECONDS = 5.0
"""How long a coroutine, or the end of the thread, is waited for."""


class LoopThread:
    """A thread whose event loop runs until `close`. ended: done when it has ended."""

    def __init__(self, name: str = "branch_mock") -> None:
        self.ended: Future[None] = Future()
        started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = Thread(target=self._run, args=(started,), name=name, daemon=True)
        self._thread.start()
        self._loop = started.result(_SECONDS)

    def _run(self, started: "Future[asyncio.AbstractEventLoop]") -> None:
        try:
            with asyncio.Runner() as runner:
                started.set_result(runner.get_loop())
                runner.get_loop().run_forever()
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)
        finally:
            self.ended.set_result(None)

    def submit(self, coroutine: Coroutine[Any, Any, _T]) -> "Future[_T]":
        """Run a coroutine there. From any other thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def call(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """What a coroutine returns that runs there. Raises TimeoutError after five seconds."""
        return self.submit(coroutine).result(_SECONDS)

    def ask_to_stop(self) -> None:
        """Let the loop come to its end."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def close(self) -> None:
        """Stop the loop and wait for the thread. Raises BranchMockError when it does not end."""
        if not self.ended.done():
            self.ask_to_stop()
        self._thread.join(_SECONDS)
        if self._thread.is_alive():
            raise BranchMockError(f"BranchMock did not stop within {_SECONDS} seconds")
