"""What can be told to the plugin: options, their ini and environment forms, and the marker."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from branch_mock.settings import Settings

_ABOUT: Mapping[str, str] = {
    "url": "address of a running branch_mock to use; each test gets an app of its own there",
    "seed": "seed name or path; several are loaded in their order",
    "profile": "documented or observed, with ,flag=value overrides",
    "now": "ISO 8601 date at which the clock of every emulator stands still",
    "ignore": "check to leave out at the end of a test: bugs, faults, webhooks or leaks",
}
_SEVERAL = frozenset({"seed", "ignore"})
MARKED = ("seed", "profile", "now", "faults", "ignore")
MARKER = (
    "branch_mock(seed=..., profile=..., now=..., faults=..., ignore=...): what the Branch emulator"
    " of a test is like; the nearest marker that names a keyword wins."
)


def add(parser: pytest.Parser) -> None:
    """Add every option to the command line and to the ini file."""
    group = parser.getgroup("branch_mock", "Branch emulator (branch_mock)")
    for name, about in _ABOUT.items():
        several = name in _SEVERAL
        group.addoption(
            f"--branch-mock-{name}",
            dest=f"branch_mock_{name}",
            action="append" if several else "store",
            metavar=name.upper(),
            help=f"{about}{'; may be given several times' if several else ''}",
        )
        if several:
            parser.addini(f"branch_mock_{name}", about, type="args")
        else:
            parser.addini(f"branch_mock_{name}", about)


def value(config: pytest.Config, name: str) -> Any:
    """What the command line says, or else the environment, or else the ini file; None if nothing
    does. Of those that may be given several times, a list."""
    from branch_mock.settings import variable  # noqa: PLC0415 - only where a fixture is used

    given = config.getoption(f"branch_mock_{name}")
    if given:
        return given
    text = variable(name)
    if text is not None:
        parts = [part.strip() for part in text.split(",")]
        return [part for part in parts if part] if name in _SEVERAL else text
    return config.getini(f"branch_mock_{name}") or None


def settings(config: pytest.Config) -> "Settings":
    """The settings of that, on a free port of loopback. Raises SettingsError."""
    from branch_mock.settings import Settings  # noqa: PLC0415 - only where a fixture is used

    seed = value(config, "seed")
    return Settings.from_env(
        host="127.0.0.1",
        port=0,
        profile=value(config, "profile"),
        seed=None if seed is None else tuple(seed),
    )


def check_url(config: pytest.Config) -> None:
    """Raises UsageError where the command line gives an address that is none."""
    url = config.getoption("branch_mock_url")
    if not url:
        return
    from branch_mock import health  # noqa: PLC0415 - few say where
    from branch_mock.errors import SettingsError  # noqa: PLC0415

    try:
        health.check_url(url)
    except SettingsError as error:
        raise pytest.UsageError(f"--branch-mock-url: {error}") from None


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker process of xdist."""
    return hasattr(config, "workerinput")


def check_markers(item: pytest.Item) -> None:
    """Raises UsageError for a marker that cannot be understood."""
    for marker in item.iter_markers("branch_mock"):
        unknown = [repr(name) for name in marker.kwargs if name not in MARKED]
        unknown += [f"{argument!r} without a name" for argument in marker.args]
        if unknown:
            raise pytest.UsageError(
                f"{item.nodeid}: the marker branch_mock takes {', '.join(MARKED)}, "
                f"got {', '.join(unknown)}"
            )


def marked(item: pytest.Item) -> dict[str, Any]:
    """What the markers of a test say; the nearest that names a keyword wins."""
    given: dict[str, Any] = {}
    for marker in item.iter_markers("branch_mock"):
        given = {**marker.kwargs, **given}
    now = value(item.config, "now")
    return given if now is None else {"now": now, **given}
