"""The pytest plugin. It imports nothing heavy until a fixture is used.

Where the same thing is said in several places, the first of these wins: the marker, an overridden
`branch_mock_settings` or `branch_mock_seed`, the command line, the environment, the ini file.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from branch_mock.pytest_plugin import options, reports

if TYPE_CHECKING:
    from branch_mock.pytest_plugin.factory import Factory, Mock, Seed
    from branch_mock.settings import Settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, each on the command line and in the ini file."""
    options.add(parser)


def pytest_configure(config: pytest.Config) -> None:
    """The marker. Raises UsageError for a `--branch-mock-url` that is no address."""
    config.addinivalue_line("markers", options.MARKER)
    options.check_url(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Which running server was asked for on the command line."""
    url = config.getoption("branch_mock_url")
    return None if url is None else f"branch_mock: {url}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuses markers that cannot be understood. Raises UsageError."""
    for item in items:
        if not options.is_worker(item.config):
            options.check_markers(item)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """The same on a worker of xdist, which cannot tell of an error before its first test."""
    if options.is_worker(item.config):
        options.check_markers(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test that passed fails all the same if the emulator has something against it."""
    __tracebackhide__ = True
    yield
    reports.check(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A test that failed tells what happened in the emulator, which is let go of at its end."""
    report = yield
    if report.failed:
        report.sections.extend(reports.sections(item))
    if call.when == "teardown":
        reports.forget(item)
    return report


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Two entities that ought to be equal are told by the fields that differ."""
    if op != "==" or type(left) is not type(right) or not hasattr(left, "__struct_fields__"):
        return None
    return reports.differences(left, right)


@pytest.fixture(scope="session")
def branch_mock_settings(request: pytest.FixtureRequest) -> "Settings":
    """Settings of every Branch emulator, from command line, environment and ini file; override it
    to set more."""
    return options.settings(request.config)


@pytest.fixture(scope="session")
def branch_mock_seed(branch_mock_settings: "Settings") -> "Seed":
    """Seeds of every Branch emulator: names, paths or seed data; override it for your own."""
    return branch_mock_settings.seed


@pytest.fixture(scope="session")
def branch_mock_factory(
    request: pytest.FixtureRequest, branch_mock_settings: "Settings", branch_mock_seed: "Seed"
) -> "Iterator[Factory]":
    """Makes further Branch emulators: `with branch_mock_factory(profile="observed") as mock:`."""
    from branch_mock.pytest_plugin.factory import Factory  # noqa: PLC0415 - costs 0.25 s

    url, root = options.value(request.config, "url"), request.config.rootpath
    with Factory(branch_mock_settings, branch_mock_seed, url, root) as factory:
        yield factory


@pytest.fixture(scope="session")
def branch_mock_server(
    request: pytest.FixtureRequest, branch_mock_factory: "Factory"
) -> "Iterator[Mock]":
    """A running Branch emulator that the whole session shares; nothing resets it."""
    ignore = options.value(request.config, "ignore") or ()
    with branch_mock_factory() as mock:
        yield mock
    mock.check(ignore=("faults", "webhooks", *ignore))


@pytest.fixture
def branch_mock(request: pytest.FixtureRequest, branch_mock_factory: "Factory") -> "Iterator[Mock]":
    """A running Branch emulator with fresh state, on a port of its own.

    Fails the test when the emulator itself failed: a bug in branch_mock must not look like Branch
    being down. So do faults that never hit, and webhooks that were not delivered.
    """
    given = options.marked(request.node)
    ignore = given.pop("ignore", None)
    if ignore is None:
        ignore = options.value(request.config, "ignore") or ()
    with branch_mock_factory(**given) as mock:
        watched = reports.watch(request.node, mock, ignore)
        yield mock
        watched.check_late()


@pytest.fixture
def branch_mock_intercept(branch_mock: "Mock") -> "Iterator[Mock]":
    """`branch_mock`, and Branch's real hosts lead to it: https://api.branch.io, https://bnc.lt and
    all others, for requests, urllib3, http.client, urllib, httpx and aiohttp in this process. While
    it is in use nothing of Branch itself can be reached. Needs the extra `tls`."""
    if not hasattr(branch_mock, "intercept"):
        pytest.skip(f"branch_mock_intercept needs a server of its own, not {branch_mock.url}")
    with branch_mock.intercept():
        yield branch_mock


@pytest.fixture
def branch_mock_env(branch_mock: "Mock", monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Points a code base at `branch_mock` by BRANCH_API_URL, BRANCH_KEY, BRANCH_SECRET and
    BRANCH_APP_ID, which it gives as well."""
    app = branch_mock.app
    variables = {
        "BRANCH_API_URL": branch_mock.url,
        "BRANCH_KEY": app.key,
        "BRANCH_SECRET": app.secret,
        "BRANCH_APP_ID": str(app.id),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables
