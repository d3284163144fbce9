"""The fixture `branch_mock_intercept`, as a project that uses it sees it."""

from pathlib import Path

import pytest

from tests.plugin import ALONE, OTHERS, STRICT, TIMEOUT
from tests.process import serving

LINK = "https://bnc.lt/test-link"
USES = """
    import pytest
    import requests

    SESSION = requests.Session()
    LINK = "https://bnc.lt/test-link"

    def create(mock, **fields):
        body = {"branch_key": mock.app.key, **fields}
        return SESSION.post("https://api.branch.io/v1/url", json=body, timeout=10).json()

    def follow():
        return SESSION.get(LINK, allow_redirects=False, timeout=10).status_code
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest there, with no other plugin unless it is asked for."""
    return pytester.runpytest_subprocess(*OTHERS, *STRICT, *arguments, timeout=TIMEOUT)


def test_code_with_a_hard_coded_host_meets_the_tests_own_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    @pytest.mark.parametrize("turn", range(3))
    def test_fresh(branch_mock_intercept, branch_mock, turn):
        assert branch_mock_intercept is branch_mock
        assert create(branch_mock, alias="mine", channel=str(turn)) == {
            "url": "https://bnc.lt/mine"
        }
        assert branch_mock.links.get("https://bnc.lt/mine").channel == str(turn)
        branch_mock.assert_called("POST /v1/url", json={"channel": str(turn)}, times=1)

    @pytest.mark.branch_mock(seed="demo", profile="observed")
    def test_marker(branch_mock_intercept):
        assert create(branch_mock_intercept)["url"].startswith("https://")
        assert create(branch_mock_intercept) == create(branch_mock_intercept)

    @pytest.mark.branch_mock(faults=[{"match": "POST /v1/url", "status": 503, "first": 1}])
    def test_faults(branch_mock_intercept):
        assert "error" in create(branch_mock_intercept)
        assert "url" in create(branch_mock_intercept)

    def test_not_asked_for(branch_mock):
        import socket
        assert socket.getaddrinfo.__module__ == "socket"
    """
    )
    run(pytester).assert_outcomes(passed=6)


def test_override_points_are_those_of_its_server(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
    import pytest

    @pytest.fixture(scope="session")
    def branch_mock_seed():
        return {"apps": [{"short_url_domain": "go.example.com", "links": [{"alias": "hi"}]}]}
    """
    )
    pytester.makepyfile(
        USES
        + """
    def test_seed(branch_mock_intercept):
        assert create(branch_mock_intercept, alias="a") == {"url": "https://go.example.com/a"}
        assert SESSION.get("https://go.example.com/hi", timeout=10).status_code == 200
    """
    )
    run(pytester).assert_outcomes(passed=1)


def test_a_test_that_fails_leaves_nothing_behind(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    import http.client, socket, ssl, threading

    KEPT = (socket.getaddrinfo, socket.socket.connect, ssl.SSLContext.wrap_socket,
        ssl.SSLContext.wrap_bio, threading.Thread.start, http.client.HTTPConnection.putrequest)

    def test_fails(branch_mock_intercept):
        assert follow() == 200

    def test_afterwards():
        assert KEPT == (socket.getaddrinfo, socket.socket.connect, ssl.SSLContext.wrap_socket,
            ssl.SSLContext.wrap_bio, threading.Thread.start,
            http.client.HTTPConnection.putrequest)
        running = [thread.name for thread in threading.enumerate()]
        assert running == ["MainThread", "branch_mock session"]  # the loop that all tests share
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*branch_mock timeline*", "*GET /test-link -> 307*"])


def test_what_would_leak_fails_the_test_and_names_the_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        app="""
    import requests

    def report():
        try:
            requests.get("https://api.branch.io:8443/v1/url", timeout=10)
        except Exception:
            pass
    """
    )
    pytester.makepyfile(
        """
    import app
    import pytest
    import requests

    def test_raised(branch_mock_intercept):
        requests.get("https://api.branch.io:8443/v1/url", timeout=10)

    def test_swallowed(branch_mock_intercept):
        app.report()

    @pytest.mark.branch_mock(ignore="leaks")
    def test_meant(branch_mock_intercept):
        app.report()
        assert [leak.host for leak in branch_mock_intercept.leaks] == ["api.branch.io"]
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=2)
    lines = ["*LeakError: *test_*.py:6 must not reach api.branch.io: *8443*"]
    result.stdout.fnmatch_lines(lines)
    result.stdout.fnmatch_lines(["branch_mock: *app.py:5 must not reach api.branch.io: *8443*"])


def test_it_works_on_several_workers_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    @pytest.mark.parametrize("turn", range(8))
    def test_one_of_many(branch_mock_intercept, turn):
        assert create(branch_mock_intercept, alias="same", channel=str(turn))["url"]
        assert follow() == 307
        assert branch_mock_intercept.requests.count() == 2
    """
    )
    result = pytester.runpytest_subprocess(*ALONE, *STRICT, "-n", "2", timeout=TIMEOUT)
    result.assert_outcomes(passed=8)


ASYNC = """
    import aiohttp
    import httpx
    import pytest

    LINK = "https://bnc.lt/test-link"

    {mark}
    async def test_on_a_loop(branch_mock_intercept):
        async with httpx.AsyncClient() as client:
            assert (await client.get(LINK)).status_code == 307
        async with aiohttp.ClientSession() as session:
            async with session.get(LINK, allow_redirects=False) as reply:
                assert reply.status == 307
        assert branch_mock_intercept.requests.count() == 2

    {mark}
    async def test_again(branch_mock_intercept):
        async with httpx.AsyncClient() as client:
            assert (await client.get(LINK)).status_code == 307
        assert branch_mock_intercept.requests.count() == 1
"""


def test_it_works_beside_pytest_asyncio_and_pytest_aiohttp(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makepyfile(
        ASYNC.format(mark="")
        + """
    async def test_with_a_test_client(aiohttp_client, branch_mock_intercept):
        from branch_mock import create_app
        client = await aiohttp_client(create_app())
        assert (await client.get("/_mock/health")).status == 200
        assert branch_mock_intercept.requests.count() == 0
    """
    )
    result = pytester.runpytest_subprocess(*STRICT, timeout=TIMEOUT)
    result.assert_outcomes(passed=3)


def test_sessions_that_live_longer_than_a_test(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nasyncio_mode = auto\nasyncio_default_test_loop_scope = module\n")
    pytester.makepyfile(
        """
    import aiohttp
    import pytest
    import pytest_asyncio

    @pytest_asyncio.fixture(scope="module", loop_scope="module")
    async def session():
        async with aiohttp.ClientSession() as session:
            yield session

    @pytest.mark.parametrize("turn", range(3))
    async def test_each(branch_mock_intercept, session, turn):
        for _ in range(2):
            async with session.get("https://bnc.lt/test-link", allow_redirects=False) as reply:
                assert reply.status == 307
        assert branch_mock_intercept.requests.count() == 2
    """
    )
    options = ("-o", "asyncio_default_fixture_loop_scope=module")
    result = pytester.runpytest_subprocess(*STRICT, *options, timeout=TIMEOUT)
    result.assert_outcomes(passed=3)


def test_it_works_beside_anyio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import httpx
    import pytest

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(request):
        return request.param

    @pytest.mark.anyio
    async def test_on_a_loop(branch_mock_intercept):
        async with httpx.AsyncClient() as client:
            assert (await client.get("https://bnc.lt/test-link")).status_code == 307
        assert branch_mock_intercept.requests.count() == 1
    """
    )
    others = ("-p", "no:asyncio", "-p", "no:aiohttp")
    result = pytester.runpytest_subprocess(*others, *STRICT, timeout=TIMEOUT)
    result.assert_outcomes(passed=2)


def test_a_server_that_runs_elsewhere_cannot_be_led_to(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(branch_mock_intercept): raise AssertionError('not reached')")
    with serving("--port", "0") as served:
        result = run(pytester, f"--branch-mock-url={served.url}", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*branch_mock_intercept needs a server of its own, not http://*"])


def test_without_the_extra_the_error_says_what_to_install(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys; sys.modules['cryptography'] = None")
    pytester.makepyfile(
        """
    def test_needs_it(branch_mock_intercept): pass
    def test_needs_it_not(branch_mock): assert branch_mock.url
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E *SettingsError: TLS needs cryptography: pip install *[[]tls]*"])


def test_a_run_that_does_not_use_it_imports_nothing_for_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import sys

    def test_without(branch_mock):
        assert not {"cryptography", "httpx", "requests"} & set(sys.modules)

    def test_with(branch_mock_intercept):
        assert "cryptography" in sys.modules
    """
    )
    run(pytester).assert_outcomes(passed=2)


def test_nothing_is_left_on_the_disk(
    pytester: pytest.Pytester, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, folder = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("TMPDIR", str(folder))
    pytester.makepyfile(
        """
    import tempfile
    from pathlib import Path

    def test_it(branch_mock_intercept):
        (made,) = Path(tempfile.gettempdir()).glob("branch_mock-*")
        assert made.stat().st_mode & 0o77 == 0
    """
    )
    options = ("-p", "no:cacheprovider", f"--basetemp={tmp_path / 'base'}")
    run(pytester, *options).assert_outcomes(passed=1)
    assert list(folder.iterdir()) == []
    assert list(home.iterdir()) == []
