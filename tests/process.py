"""Runs `branch-mock` as a process of its own, with an environment that holds only what is given."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from signal import SIGTERM, Signals
from threading import Thread
from typing import IO

from branch_mock.clock import Stopwatch
from tests.client import Client

TIMEOUT = 20
SCRIPT = str(Path(sys.executable).parent / "branch-mock")


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line to its end."""
    return subprocess.run(
        [SCRIPT, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def free_port(host: str = "127.0.0.1") -> int:
    """A port that nobody listens on just now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as sock:
        port: int = sock.getsockname()[1]
    return port


class Lines:
    """The lines of a pipe, read aside so that nobody waits for ever."""

    def __init__(self, pipe: IO[str]) -> None:
        self._pipe = pipe
        self._queue: Queue[str | None] = Queue()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._pipe:
            self._queue.put(line.rstrip("\n"))
        self._queue.put(None)

    def next(self) -> str:
        """The next line. Fails when there is none."""
        line = self._queue.get(timeout=TIMEOUT)
        assert line is not None, "the process has closed its output"
        return line

    def rest(self) -> list[str]:
        """All lines until the pipe is closed."""
        lines = list(iter(lambda: self._queue.get(timeout=TIMEOUT), None))
        self._thread.join(TIMEOUT)
        self._pipe.close()
        return [line for line in lines if line is not None]


class Served:
    """A running `branch-mock serve`. `announced` holds what it printed; `errors` its log."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self.process = process
        self.output = Lines(process.stdout)
        self.errors = Lines(process.stderr)
        self.announced: list[str] = []

    def wait_until_ready(self) -> None:
        """Read what is printed when calls can be answered."""
        while not self.announced or " curl " not in self.announced[-1]:
            self.announced.append(self.output.next())

    @property
    def url(self) -> str:
        """The printed address."""
        return self._printed(r"listens on (\S+)")

    @property
    def key(self) -> str:
        """The printed Branch key."""
        return self._printed(r"  key +(\S+)")

    @property
    def secret(self) -> str:
        """The printed Branch secret."""
        return self._printed(r"  secret +(\S+)")

    @property
    def curl(self) -> str:
        """The printed curl line."""
        return self._printed(r"  try +(curl .*)")

    def _printed(self, pattern: str) -> str:
        found = re.search(pattern, "\n".join(self.announced))
        assert found is not None, f"no {pattern} in {self.announced}"
        return found[1]

    def end(self, signal: Signals = SIGTERM) -> tuple[int, float, list[str]]:
        """End it: exit status, milliseconds that it took, and what is left of its log."""
        watch = Stopwatch()
        self.process.send_signal(signal)
        status = self.process.wait(TIMEOUT)
        return status, watch.ms(), self.errors.rest()


@contextmanager
def serving(
    *arguments: str,
    command: tuple[str, ...] = (SCRIPT,),
    ready: bool = True,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Served]:
    """`branch-mock serve` with these arguments and this environment, killed if it is not ended."""
    process = subprocess.Popen(
        [*command, "serve", *arguments],
        env=dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(process)
    try:
        if ready:
            served.wait_until_ready()
        yield served
    finally:
        process.kill()
        process.wait(TIMEOUT)
        served.output.rest()
        if not process.stderr.closed:  # type: ignore[union-attr]
            served.errors.rest()


@contextmanager
def client_of(served: Served) -> Iterator[Client]:
    """An HTTP client with the printed credentials."""
    client = Client(served.url, served.key, served.secret)
    try:
        yield client
    finally:
        client.close()
