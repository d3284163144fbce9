"""The pytest plugin, as a project that uses it sees it: pytest in processes of its own."""

import subprocess
import sys

import pytest

from tests.plugin import ALONE, STRICT, TIMEOUT, USES, run

LONG = 120


def test_the_fixture_is_a_running_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_http_and_direct(branch_mock):
        url = create(branch_mock, alias="plugin")
        assert url == branch_mock.url + "/plugin"
        assert branch_mock.links.get(url).alias == "plugin"

    async def use(branch_mock):
        return branch_mock.links.create(alias="loop")

    def test_from_a_loop(branch_mock):
        import asyncio
        assert asyncio.run(use(branch_mock)).endswith("/loop")
    """
    )
    run(pytester).assert_outcomes(passed=2)


def test_every_test_gets_a_fresh_state_and_one_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    import pytest

    @pytest.fixture
    def url(branch_mock):
        return branch_mock.url

    @pytest.mark.parametrize("turn", range(3))
    def test_fresh(branch_mock, url, turn):
        assert url == branch_mock.url
        with pytest.raises(Exception, match="could not be found"):
            branch_mock.links.get("https://bnc.lt/once")
        create(branch_mock, alias="once", channel=str(turn))
    """
    )
    run(pytester).assert_outcomes(passed=3)


def test_a_bug_in_the_server_is_a_failure_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_with_a_bug(branch_mock, monkeypatch):
        break_links(branch_mock, monkeypatch, ZeroDivisionError("a bug of the emulator"))
        assert refused(branch_mock) == 500

    def test_after_it(branch_mock):
        assert create(branch_mock)
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: a bug of the emulator*"])
    result.stdout.fnmatch_lines(["*branch_mock timeline*", "* POST /v1/url -> 500 A bug in *"])


def test_an_answer_that_is_an_error_is_no_error_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import pytest
    from branch_mock import InvalidRequest

    def test_refused(branch_mock):
        with pytest.raises(InvalidRequest, match="alias"):
            branch_mock.links.create(alias="a" * 129)
    """
    )
    run(pytester).assert_outcomes(passed=1)


def test_a_test_that_fails_still_ends_its_server(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import threading

    def test_fails(branch_mock):
        assert branch_mock.url == ""

    def test_nothing_runs_on():
        running = [thread.name for thread in threading.enumerate()]
        assert running == ["MainThread", "branch_mock session"]  # the loop that all tests share
    """
    )
    run(pytester).assert_outcomes(passed=1, failed=1)


def test_it_works_on_several_workers_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    import pytest

    @pytest.mark.parametrize("turn", range(8))
    def test_one_of_many(branch_mock, turn):
        assert create(branch_mock, alias="same").endswith("/same")
    """
    )
    result = pytester.runpytest_subprocess(*ALONE, *STRICT, "-n", "2", timeout=TIMEOUT)
    result.assert_outcomes(passed=8)


def test_it_works_beside_pytest_asyncio_and_pytest_aiohttp(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    pytester.makepyfile(
        """
    import aiohttp

    async def test_on_a_loop(branch_mock):
        async with aiohttp.ClientSession() as session:
            body = {"branch_key": branch_mock.app.key}
            async with session.post(branch_mock.url + "/v1/url", json=body) as reply:
                assert reply.status == 200

    async def test_as_an_application(aiohttp_client, branch_mock):
        from branch_mock import create_app
        client = await aiohttp_client(create_app(branch_mock.branch))
        reply = await client.post("/v1/url", json={"branch_key": branch_mock.app.key})
        assert reply.status == 200
    """
    )
    result = pytester.runpytest_subprocess(*STRICT, timeout=TIMEOUT)
    result.assert_outcomes(passed=2)


def test_it_works_beside_anyio(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import httpx
    import pytest

    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.mark.anyio
    async def test_on_a_loop(branch_mock):
        async with httpx.AsyncClient(trust_env=False, base_url=branch_mock.url) as client:
            reply = await client.post("/v1/url", json={"branch_key": branch_mock.app.key})
        assert reply.status_code == 200
        branch_mock.assert_called("POST /v1/url", times=1)
    """
    )
    others = ("-p", "no:asyncio", "-p", "no:aiohttp")
    result = pytester.runpytest_subprocess(*others, *STRICT, timeout=TIMEOUT)
    result.assert_outcomes(passed=1)


def test_it_can_be_switched_off(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    def test_without(request):
        assert not request.config.pluginmanager.has_plugin("branch_mock")

    def test_wants_it(branch_mock):
        pass
    """
    )
    result = run(pytester, "-p", "no:branch_mock")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*fixture 'branch_mock' not found*"])


def test_it_can_be_named_where_plugins_are_not_found_by_themselves(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("def test_url(branch_mock): assert branch_mock.url")
    result = pytester.runpytest_subprocess(
        "-p", "branch_mock.pytest_plugin", *STRICT, timeout=TIMEOUT
    )
    result.assert_outcomes(passed=1)


def test_a_run_that_uses_no_fixture_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import sys

    def test_light(request):
        assert request.config.pluginmanager.has_plugin("branch_mock")
        assert "branch_mock.settings" not in sys.modules
        heavy = {"aiohttp", "asyncio", "jsonschema", "jsonschema_rs", "ua_parser", "click"}
        assert heavy & set(sys.modules) == set()

    def test_heavy(branch_mock):
        assert "aiohttp" in sys.modules
    """
    )
    run(pytester).assert_outcomes(passed=2)


def test_the_fixture_is_listed_with_its_description(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--fixtures")
    result.stdout.fnmatch_lines(["branch_mock -- *", "*A running Branch emulator*"])


@pytest.mark.timeout(240)
def test_it_works_with_pytest_8(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The oldest major that is supported; the rest of these tests run with the newest."""
    folder = tmp_path_factory.mktemp("pytest8")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    done = subprocess.run(
        [*install, str(folder), "pytest==8.*"],
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pytester.makepyfile(
        USES
        + """
    def test_version(branch_mock):
        assert pytest.__version__.startswith("8.")
        assert create(branch_mock)

    @pytest.mark.branch_mock(profile="observed", faults=[{"status": 503, "first": 1}])
    def test_marker(branch_mock):
        assert refused(branch_mock) == 503

    def test_check(branch_mock):
        branch_mock.faults.add(status=503)

    def test_timeline(branch_mock):
        branch_mock.faults.add(status=503)
        assert refused(branch_mock) == 500
    """
    )
    command = [sys.executable, "-m", "pytest", "-p", "branch_mock.pytest_plugin", *STRICT]
    environment = {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(
        command,
        cwd=pytester.path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert "2 failed, 2 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "faults were laid and never hit" in ran.stdout
    assert "POST /v1/url -> 503" in ran.stdout


def test_an_emulator_is_let_go_of_with_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import gc
    import weakref
    import pytest

    made = weakref.WeakSet()

    @pytest.mark.parametrize("turn", range(3))
    def test_it(branch_mock, turn):
        made.add(branch_mock)
        assert turn != 1

    def test_the_last():
        gc.collect()
        assert not made
    """
    )
    run(pytester).assert_outcomes(passed=3, failed=1)
