"""Compares everything that an emulator remembers, before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

from branch_mock import Branch


@contextmanager
def unchanged(branch: Branch) -> Iterator[None]:
    """Fail unless state and ids are afterwards what they were before (contract 3)."""
    state, ids = branch.store.snapshot(), branch.ids.save()
    yield
    assert branch.store.snapshot() == state
    assert branch.ids.save() == ids
