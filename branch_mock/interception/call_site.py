"""Which line of the user's code led here."""

import os
import site
import sysconfig
import threading
import traceback
from functools import cache
from pathlib import Path


def call_site() -> str:
    """`FILE:LINE` of the innermost frame that is neither of the standard library nor installed;
    the thread's name where there is none."""
    for frame, line in traceback.walk_stack(None):
        file = frame.f_code.co_filename
        if not file.startswith(("<", *_of_others())):
            return f"{file}:{line}"
    return f"the thread {threading.current_thread().name!r}"


@cache
def _of_others() -> tuple[str, ...]:
    """Folders of the standard library, of installed packages, and this one."""
    paths = sysconfig.get_paths()
    folders = {
        *(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *site.getsitepackages(),
        site.getusersitepackages(),
        str(Path(os.__file__).parent),
        str(Path(__file__).parent.parent),
    }
    return tuple(folder.rstrip(os.sep) + os.sep for folder in sorted(folders))
