"""Files that hold secrets: written aside, whole or not at all, and for their owner only."""

import os
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def write_private(path: Path, text: str) -> None:
    """Write a text, as UTF-8, in place of what is there.

    It takes the old file's place when it is on the disk, so whoever kills the process, one of both
    is there, and whole. What an earlier try left beside it is removed. A device or pipe is written
    to. Raises OSError.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        path.write_text(text, "utf-8")
        return
    aside = path.with_name(path.name + ".part")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, _NEW, 0o600), "wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
