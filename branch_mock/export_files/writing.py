"""Writes export files into a folder, without a server."""

from collections.abc import Callable
from pathlib import Path

from branch_mock.domain.exports import ExportFile
from branch_mock.errors import SettingsError
from branch_mock.export_files.files import ExportFiles


def write(
    files: ExportFiles, name: str, file: ExportFile, folder: Path, progress: Callable[[int], object]
) -> Path:
    """Write one file into `folder`, which is made if need be, and say where it is.

    It is written aside and renamed when it is whole; what was there under its name is replaced.
    `progress` is told of lines that were added. Raises SettingsError when it cannot be written.
    """
    path, aside = folder / name, folder / f".{name}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as out:
            for chunk in files.compressed(file, progress=progress):
                out.write(chunk)
        aside.replace(path)
    except OSError as error:
        raise SettingsError(f"out: cannot write {path}: {error.strerror or error}") from None
    finally:
        _forget(aside)
    return path


def _forget(aside: Path) -> None:
    if aside.is_file():
        aside.unlink()
