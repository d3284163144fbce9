"""How much memory and how many file descriptors a process has."""

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_mib() -> float:
    """The most that this process held at a time, in MiB.

    From Linux's own account where there is one: `getrusage` there begins with what the process held
    that started this one.
    """
    if _STATUS.exists():
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return int(lines["VmHWM"].removesuffix("kB")) / 2**10
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def now_bytes(process: int | str = "self") -> int:
    """What a process holds now, in bytes: its resident set, by Linux's account."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def open_files(process: int | str = "self") -> int:
    """How many file descriptors a process has, by Linux's account."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))
