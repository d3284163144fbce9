"""Runs a command as if nothing were around it: streams, signals and exit status are its own."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
_KEYS = frozenset(number for number in _SIGNALS if number.name in {"SIGINT", "SIGQUIT"})
"""What a terminal sends to all of its foreground on Ctrl-C and Ctrl-\\."""

_BY_SIGNAL = 128


class CannotRun(Exception):
    """There is no such command, or it may not be run. `status` is what a shell would end with."""

    def __init__(self, command: str, error: OSError) -> None:
        super().__init__(f"{command}: {error.strerror or error}")
        self.status = 127 if isinstance(error, FileNotFoundError) else 126


def run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a command to its end and tell its exit status; 128 and a signal's number when a signal
    ended it, as shells do.

    Signals are passed on to it, but for those of the terminal's keys, which the terminal sends to
    it itself. Call it in the main thread. Raises CannotRun.
    """
    with _passed_on() as (waiting, processes):
        try:
            process = subprocess.Popen(command, env=dict(environ))
        except OSError as error:
            raise CannotRun(command[0], error) from None
        processes.append(process)
        for number in waiting:
            process.send_signal(number)
        status = process.wait()
    return status if status >= 0 else _BY_SIGNAL - status


@contextmanager
def _passed_on() -> Iterator[tuple[list[int], "list[subprocess.Popen[bytes]]"]]:
    """Inside, signals go to the processes in a list; those that come while there are none wait in
    the other list."""
    waiting: list[int] = []
    processes: list[subprocess.Popen[bytes]] = []

    def pass_on(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the hook's form
        if number in _KEYS and _has_terminal():
            return
        if not processes:
            waiting.append(number)
        for process in processes:
            process.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in _SIGNALS}
    try:
        yield waiting, processes
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _has_terminal() -> bool:
    """Whether this process is in the foreground of a terminal, whose keys then reach the child."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY)
    except OSError:  # it has none, or this system knows none
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
