"""Where the authority is kept: a folder and a key file that nobody but their owner can read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from filelock import FileLock
from filelock import Timeout as LockTimeout

from branch_mock.errors import SettingsError

KEY_FILE = "authority.pem"
"""Key and certificate in one file, so that they always belong together."""

CERTIFICATE_FILE = "ca.pem"
"""The certificate alone, for those who are to trust it."""

_LOCK_FILE = ".lock"
_LOCK_SECONDS = 10.0
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PRIVATE_FOLDER = 0o700
_READABLE = 0o644


class Folder:
    """The files of one authority.

    Makes the folder where there is none. Raises SettingsError naming the folder when it cannot be
    used, and when others could look into it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
            mode = path.stat().st_mode
        if _open_to_others(mode):
            raise SettingsError(
                f"ca_dir: {path} is open to others (mode {stat.S_IMODE(mode):04o}); "
                f"chmod 700 it, or name a folder that is not there yet"
            )

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Inside, no other process makes an authority here."""
        try:
            with FileLock(self.path / _LOCK_FILE, timeout=_LOCK_SECONDS):
                yield
        except LockTimeout:
            raise SettingsError(
                f"ca_dir: {self.path} is locked by another process since {_LOCK_SECONDS:g} seconds"
            ) from None
        except OSError as error:
            raise _refusal(self.path, error) from None

    def read(self) -> bytes | None:
        """Key and certificate, None where there are none. Raises SettingsError."""
        file = self.path / KEY_FILE
        try:
            with file.open("rb") as opened:
                if _open_to_others(os.fstat(opened.fileno()).st_mode):
                    raise SettingsError(
                        f"ca_dir: others may have read {file}; `branch-mock ca rotate` makes a new "
                        f"authority"
                    )
                return opened.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refusal(file, error) from None

    def write(self, pem: bytes) -> None:
        """Put key and certificate there; nobody ever sees half of them. Raises SettingsError."""
        with _telling(self.path), self.private_file(pem) as file:
            file.replace(self.path / KEY_FILE)

    def publish(self, certificate_pem: bytes) -> None:
        """Have a file with the certificate alone. Raises SettingsError."""
        public = self.path / CERTIFICATE_FILE
        with _telling(public):
            if public.exists() and public.read_bytes() == certificate_pem:
                return
            with self.private_file(certificate_pem) as file:
                file.chmod(_READABLE)
                file.replace(public)

    @contextmanager
    def private_file(self, content: bytes) -> Iterator[Path]:
        """A file that only its owner can read; gone afterwards unless it was moved away."""
        handle, name = mkstemp(prefix=".new-", dir=self.path)
        path = Path(name)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)


def _open_to_others(mode: int) -> bool:
    return os.name == "posix" and mode & _OTHERS != 0


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from None


def _refusal(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"ca_dir: {path}: {error.strerror or error}")
