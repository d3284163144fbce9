"""npm's libraries, installed once."""

import subprocess
from functools import cache
from pathlib import Path

import pytest

_SCRIPT = Path(__file__).with_name("install.sh")
_TIMEOUT = 90


@cache
def installed() -> None:
    """Install what package-lock.json says. Fails where that cannot be."""
    done = subprocess.run(
        [_SCRIPT, "npm"], capture_output=True, text=True, timeout=_TIMEOUT, check=False
    )
    if done.returncode:
        pytest.fail(f"{_SCRIPT} cannot install npm's libraries:\n{done.stderr}")
