"""What tests of the whole project share: its files, a clone, clean environments, a server's
process."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
from subprocess import PIPE, Popen
from threading import Timer
from typing import IO

from tests.readme import ROOT

START_SECONDS = 120
STOP_SECONDS = 10
_LISTENS = " listens on "


def environment(**changes: str) -> dict[str, str]:
    """The environment less the settings and the virtual environment that tests may run in."""
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251 - of the processes that it starts
        if not name.startswith(("BRANCH_MOCK_", "GIT_", "PYTEST_", "PYTHON"))
        and name != "VIRTUAL_ENV"
    }
    return {**kept, "no_proxy": "127.0.0.1", **changes}


def search_path(*first: Path) -> str:
    """The value of PATH with these folders in front."""
    return os.pathsep.join([*map(str, first), environment()["PATH"]])


def run(
    command: list[str | Path], *, cwd: Path, timeout: float, env: Mapping[str, str] | None = None
) -> str:
    """What a command prints. Fails with all of it unless the command succeeds in `timeout` s."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment() if env is None else env,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        stdout=PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def git(*arguments: str | Path, config: Path) -> str:
    """What git prints, run in the checkout, whoever owns it. config: a file that it may write."""
    config.write_text("[safe]\n\tdirectory = *\n")
    env = environment(GIT_CONFIG_GLOBAL=str(config))
    return run(["git", *arguments], cwd=ROOT, timeout=60, env=env)


def files(config: Path) -> list[str]:
    """The project's files, committed or not, by their paths from its root."""
    names = git("ls-files", "-z", "-co", "--exclude-standard", config=config).split("\0")
    return sorted(name for name in names if name and (ROOT / name).exists())


def clone(target: Path, config: Path) -> None:
    """A fresh clone with the working tree's changes, so that what is tested is what is here."""
    git("clone", "--quiet", ROOT, target, config=config)
    present = files(config)
    for name in present:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    for name in git("ls-files", "-z", config=config).split("\0"):
        if name and name not in present:
            (target / name).unlink(missing_ok=True)


def clean_venv(folder: Path) -> Path:
    """A new virtual environment with nothing but pip; the folder of its programs."""
    run([sys.executable, "-m", "venv", folder], cwd=folder.parent, timeout=START_SECONDS)
    return folder / "bin"


@contextmanager
def server(command: str, *, cwd: Path, env: Mapping[str, str]) -> Iterator[str]:
    """A shell command that serves, in a group of its own; its address as it prints it. Then ended.

    Fails with what was printed when it ends without an address, or has none in `START_SECONDS`,
    and when it has not ended `STOP_SECONDS` after SIGTERM.
    """
    process = Popen(
        ["sh", "-c", command],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        try:
            with _deadline(process, START_SECONDS):
                url = _address(lines)
            yield url
        finally:
            _send(process, SIGTERM)
            with _deadline(process, STOP_SECONDS):
                lines.read()  # ends when the last process of the group has gone
            process.wait(timeout=STOP_SECONDS)


@contextmanager
def _deadline(process: "Popen[str]", seconds: float) -> Iterator[None]:
    """Kill the group of a process when the body takes longer, and fail then."""
    timer = Timer(seconds, _send, (process, SIGKILL))
    timer.start()
    try:
        yield
        in_time = timer.is_alive()
    finally:
        timer.cancel()
    assert in_time, f"{process.args!r} took longer than {seconds} seconds"


def _send(process: "Popen[str]", number: Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _address(lines: IO[str]) -> str:
    printed = []
    for line in lines:
        printed.append(line)
        if _LISTENS in line:
            return line.partition(_LISTENS)[2].strip()
    raise AssertionError(f"the server ended without an address:\n{''.join(printed)}")
