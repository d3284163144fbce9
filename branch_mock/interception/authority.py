"""The authority of this process: clients trust it while something is intercepted, and no longer."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from branch_mock.tls import Authority


@cache
def authority() -> Authority:
    """An authority in a folder of its own, which goes with the process.

    Raises SettingsError where the extra `tls` is not installed.
    """
    folder = Path(tempfile.mkdtemp(prefix="branch_mock-"))
    atexit.register(_remove, folder, os.getpid())
    return Authority.open(folder / "ca")


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # and not in a fork
        shutil.rmtree(folder, ignore_errors=True)
