"""npm's libraries, installed once."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_TIMEOUT = 90


@cache
def installed() -> None:
    """Install what package-lock.json says. Fails where that cannot be."""
    _run(str(_HERE / "install.sh"), "npm")


@cache
def web_installed() -> None:
    """The same for the web SDKs, and the browser where it is missing."""
    _run("sh", str(_HERE / "web" / "install.sh"))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT, check=False)
    if done.returncode:
        pytest.fail(f"{' '.join(command)} cannot install what is needed:\n{done.stderr}")
