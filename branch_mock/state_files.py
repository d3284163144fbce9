"""State documents in files: read at the start, written at the end (contract 12).

Only their owner may read them: secrets of apps are in them.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from branch_mock import documents
from branch_mock.branch import Branch
from branch_mock.errors import ApiError, SettingsError
from branch_mock.private_files import write_private
from branch_mock.seeds import Json, plant
from branch_mock.strict_json import read_json


def begin(branch: Branch, seeds: Iterable[str | Json] | None = None) -> None:
    """Fill a new branch: from the setting `import_file`, or else with the seeds.

    seeds: in place of both. What was imported is what `reset` goes back to. A file that is to be
    written at the end need not be there yet, but its folder must. Raises SeedError, and
    SettingsError naming file, place and reason.
    """
    settings = branch.settings
    if settings.export_on_exit and not Path(settings.export_on_exit).resolve().parent.is_dir():
        raise SettingsError(f"export_on_exit: {settings.export_on_exit}: there is no such folder")
    name = None if seeds is not None else settings.import_file
    if name is None or (name == settings.export_on_exit and not Path(name).exists()):
        plant(branch, seeds)
        return
    try:
        document = read_json(Path(name).read_text("utf-8"), documents.MAX_DEPTH)
        branch.load(documents.read(document))
    except OSError as error:
        raise SettingsError(f"import_file: {name}: {error.strerror}") from None
    except (ApiError, ValueError) as error:
        raise SettingsError(f"import_file: {name}: {error}") from None
    branch.keep()


def end(branch: Branch) -> None:
    """Write the state to the file of the setting `export_on_exit`, if there is anything to write.

    Raises SettingsError.
    """
    name = branch.settings.export_on_exit
    if name is None or not branch.ready:
        return
    try:
        text = json.dumps(documents.write(branch.save()), ensure_ascii=False)
        write_private(Path(name), text)
    except OSError as error:
        raise SettingsError(f"export_on_exit: {name}: {error.strerror}") from None
