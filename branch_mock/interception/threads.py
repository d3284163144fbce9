"""Threads belong to the test that started them, and so does what is handed to a pool of threads."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Thread
from typing import Any

from branch_mock.interception.interceptions import follow, own, run_as

Function = Callable[..., Any]


def starting(original: Function) -> Function:
    """Around threading.Thread.start."""

    def start(self: Thread) -> None:
        owner = own()
        if owner is not None:
            follow(self, owner)
        original(self)

    return start


def submitting(original: Function) -> Function:
    """Around ThreadPoolExecutor.submit, whose threads may be older than the test."""

    def submit(self: ThreadPoolExecutor, fn: Function, /, *arguments: Any, **options: Any) -> Any:
        owner = own()
        function = fn if owner is None else partial(run_as, owner, fn)
        return original(self, function, *arguments, **options)

    return submit
