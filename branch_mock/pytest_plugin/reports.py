"""What the plugin has to say about a test: checks at its end, a timeline when it failed."""

from collections.abc import Collection, Iterator
from traceback import format_exception
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from branch_mock.pytest_plugin.factory import Mock

_LINES = 200


class Watched:
    """The emulator of one test. ignore: names of checks that its end leaves out."""

    def __init__(self, mock: "Mock", ignore: Collection[str]) -> None:
        self.mock = mock
        self.ignore = ignore
        self.told = 0

    def check(self) -> None:
        """Raises what `check` of the emulator finds."""
        __tracebackhide__ = True
        self.told = len(self.mock.failures)
        self.mock.check(self.ignore)

    def check_late(self) -> None:
        """Raises a bug that came to light after the test itself had ended."""
        from branch_mock.handle.checks import raise_all  # noqa: PLC0415 - loaded by the fixture

        if "bugs" not in self.ignore:
            raise_all(self.mock.failures[self.told :])

    def sections(self) -> Iterator[tuple[str, str]]:
        """What a report says about a failure."""
        failures = self.mock.failures
        for failure in failures[self.told :]:
            yield "a bug in branch_mock", "".join(format_exception(failure))
        self.told = len(failures)
        lines = self.mock.timeline()
        if len(lines) > _LINES:
            lines = [f"… {len(lines) - _LINES} earlier lines", *lines[-_LINES:]]
        if lines:
            yield "branch_mock timeline", "\n".join(lines)


_KEY = pytest.StashKey[Watched]()


def watch(item: pytest.Item, mock: "Mock", ignore: Collection[str] | str) -> Watched:
    """Take note of the emulator of a test. Raises SettingsError for a check that is none."""
    from branch_mock.handle.checks import known_checks  # noqa: PLC0415 - costs what aiohttp costs

    names = (ignore,) if isinstance(ignore, str) else tuple(ignore)
    known_checks(names)
    item.stash[_KEY] = watched = Watched(mock, names)
    return watched


def differences(left: Any, right: Any) -> list[str] | None:
    """How two entities of one kind differ, field by field; None where they are none of ours."""
    kind = type(left)
    if not kind.__module__.startswith("branch_mock."):
        return None
    pairs = [(name, getattr(left, name), getattr(right, name)) for name in kind.__struct_fields__]
    differing = [(name, one, other) for name, one, other in pairs if one != other]
    lines = [
        f"{name}: " + ("***" if "secret" in name else f"{one!r} != {other!r}")
        for name, one, other in differing
    ]
    equal = len(pairs) - len(differing)
    return [f"{kind.__name__} == {kind.__name__}", *lines, f"{equal} other fields are equal"]


def forget(item: pytest.Item) -> None:
    """Let go of the emulator of a test, which pytest itself remembers to the end of the session."""
    if _KEY in item.stash:
        del item.stash[_KEY]


def check(item: pytest.Item) -> None:
    """Raises what the end of a test finds, if it has an emulator."""
    __tracebackhide__ = True
    watched = item.stash.get(_KEY, None)
    if watched is None:
        return
    try:
        watched.check()
    except AssertionError as error:
        found = str(error)
    else:
        return
    pytest.fail(found, pytrace=False)  # no line of the test is at fault


def sections(item: pytest.Item) -> list[tuple[str, str]]:
    """What the report of a failure says, if the test has an emulator."""
    watched = item.stash.get(_KEY, None)
    if watched is None:
        return []
    from branch_mock.errors import BranchMockError  # noqa: PLC0415 - loaded by the fixture already

    try:
        return list(watched.sections())
    except BranchMockError as error:  # a server elsewhere that went away
        return [("branch_mock timeline", f"cannot be had: {error}")]
