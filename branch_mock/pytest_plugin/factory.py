"""Makes the emulators that fixtures give: in this process, or apps on one that runs elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import pytest

from branch_mock.clock import FrozenClock
from branch_mock.errors import SettingsError
from branch_mock.loops import LoopThread
from branch_mock.seeds import BUNDLED, EMPTY
from branch_mock.server import BranchMock
from branch_mock.settings import Settings

if TYPE_CHECKING:
    from branch_mock.remote import RemoteMock

    Mock = BranchMock | RemoteMock
Seed = str | Mapping[str, Any] | Sequence[str | Mapping[str, Any]]
"""A seed's name, path or data, or several of them."""


class Factory:
    """Makes emulators with the settings and seeds of the session. Those that run in this process
    share a thread, which the end of `with` stops."""

    def __init__(self, settings: Settings, seed: Seed, url: str | None, root: Path) -> None:
        self._settings = settings
        self._seed = seed
        self._url = url
        self._root = root
        self._loop: LoopThread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None:
            self._loop.close()

    def __call__(
        self,
        *,
        seed: Seed | None = None,
        profile: str | None = None,
        now: datetime | str | None = None,
        faults: Iterable[Mapping[str, Any]] = (),
    ) -> Any:
        """An emulator that is not running yet; `with` runs it.

        seed, profile: those of the session unless given. now: where its clock stands still.
        faults: laid from the start, each the fields of `mock.faults.add`. Raises SettingsError,
        SeedError and InvalidRequest. On a server that runs elsewhere a seed or a time of its own
        cannot be had, and the test is skipped.
        """
        if isinstance(faults, Mapping | str):
            raise SettingsError(f"faults: must be a list of faults, got {faults!r}")
        if self._url is not None:
            for name, value in (("seed", seed), ("now", now)):
                if value is not None:
                    pytest.skip(f"{name}= needs a server of its own, not {self._url}")
            from branch_mock.remote import RemoteMock  # noqa: PLC0415 - not for most

            return RemoteMock(self._url, profile=profile, faults=faults)
        settings = self._settings
        if profile is not None:
            settings = replace(settings, profile=profile)
        mock = BranchMock(
            settings,
            clock=None if now is None else _frozen(now),
            seeds=self._seeds(self._seed if seed is None else seed),
            loop=self._shared_loop(),
        )
        for fault in faults:
            mock.faults.add(**fault)
        return mock

    def _shared_loop(self) -> LoopThread:
        if self._loop is None:
            self._loop = LoopThread("branch_mock session")
        return self._loop

    def _seeds(self, seed: Seed) -> list[str | Mapping[str, Any]]:
        several = [seed] if isinstance(seed, str | Mapping) else seed
        return [self._found(name) if isinstance(name, str) else name for name in several]

    def _found(self, name: str) -> str:
        """A path as it stands, or below the root of the tests."""
        below = self._root / name
        if name in (*BUNDLED, EMPTY) or Path(name).exists() or not below.exists():
            return name
        return str(below)


def _frozen(now: datetime | str) -> FrozenClock:
    try:
        return FrozenClock(now)
    except (ValueError, AttributeError) as error:
        raise SettingsError(f"now: must be a date, got {now!r}: {error}") from None
