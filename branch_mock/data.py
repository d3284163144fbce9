"""Finds the data folders `schemas` and `fixtures`: inside an installed package, or beside it in a
checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `name`. Raises FileNotFoundError when neither place has it."""
    for place in (_PACKAGE / name, _PACKAGE.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"branch_mock is incomplete: no {name!r} in or beside {_PACKAGE}")
