"""What can be told to the pytest plugin, and which of several places wins."""

import pytest

from tests.plugin import ALONE, STRICT, TIMEOUT, USES, run


def test_the_marker_sets_seed_profile_time_and_faults(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    DATA = {"apps": [{"branch_key": "key_test_abcdefghijklmnopqrstuvwxyz012345"}]}

    @pytest.mark.branch_mock(seed="demo", profile="observed", now="2016-01-20T12:00:00Z")
    def test_all(branch_mock):
        assert branch_mock.branch.settings.profile == "observed"
        assert branch_mock.clock.now().isoformat() == "2016-01-20T12:00:00+00:00"
        assert branch_mock.clock.frozen

    @pytest.mark.branch_mock(seed=DATA)
    def test_inline_seed(branch_mock):
        assert branch_mock.app.key == DATA["apps"][0]["branch_key"]
        assert len(branch_mock.apps._host.branch.apps.all()) == 1

    @pytest.mark.branch_mock(seed=["default", DATA])
    def test_seeds_together(branch_mock):
        assert branch_mock.apps.get(DATA["apps"][0]["branch_key"]) != branch_mock.app

    @pytest.mark.branch_mock(faults=[{"match": "POST /v1/url", "status": 503, "first": 1}])
    def test_faults(branch_mock):
        assert refused(branch_mock) == 503
        assert create(branch_mock)
    """
    )
    run(pytester).assert_outcomes(passed=4)


def test_a_fault_that_is_in_no_list_is_said(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import pytest

    @pytest.mark.branch_mock(faults={"match": "POST /v1/url", "status": 503})
    def test_fault(branch_mock):
        pass
    """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*SettingsError: faults: must be a list of faults, got {*"])


def test_the_nearest_marker_that_names_a_keyword_wins(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import pytest

    pytestmark = pytest.mark.branch_mock(profile="observed", now="2016-01-01")

    def year_and_profile(mock):
        return mock.clock.now().year, mock.branch.settings.profile

    def test_module(branch_mock):
        assert year_and_profile(branch_mock) == (2016, "observed")

    @pytest.mark.branch_mock(now="2017-01-01")
    class TestClass:
        def test_class(self, branch_mock):
            assert year_and_profile(branch_mock) == (2017, "observed")

        @pytest.mark.branch_mock(profile="documented")
        def test_test(self, branch_mock):
            assert year_and_profile(branch_mock) == (2017, "documented")
    """
    )
    run(pytester).assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("sed='demo'", "takes seed, profile, now, faults, ignore, got 'sed'"),
        ("'demo'", "got 'demo' without a name"),
    ],
)
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_marker_that_cannot_be_understood_is_a_usage_error(
    pytester: pytest.Pytester, marker: str, said: str, workers: str
) -> None:
    pytester.makepyfile(
        f"""
    import pytest

    @pytest.mark.branch_mock({marker})
    def test_it():
        pass
    """
    )
    result = pytester.runpytest_subprocess(*ALONE, *STRICT, "-n", workers, timeout=TIMEOUT)
    if workers == "0":
        assert result.ret == pytest.ExitCode.USAGE_ERROR
    else:  # which cannot end the run, but fails the test
        result.assert_outcomes(errors=1)
    assert said in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("marker", "said"),
    [
        ("seed='/no/such'", "/no/such: cannot be read"),
        ("seed={'app': []}", "seed: app: is not a known field"),
        ("profile='strict'", "profile: "),
        ("now='noon'", "now: must be a date, got 'noon'"),
        ("now=5", "now: must be a date, got 5"),
        ("faults=[{'status': 9}]", "status must be at least 200"),
        ("ignore=['fault']", "ignore: must be of bugs, faults, webhooks, leaks, got 'fault'"),
    ],
)
def test_a_value_that_cannot_be_is_an_error_of_the_test(
    pytester: pytest.Pytester, marker: str, said: str
) -> None:
    pytester.makepyfile(
        f"""
    import pytest

    @pytest.mark.branch_mock({marker})
    def test_it(branch_mock):
        pass
    """
    )
    result = run(pytester)
    result.assert_outcomes(errors=1)
    assert said in result.stdout.str()


def test_the_order_of_places(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Marker, overridden fixture, command line, environment, ini file."""
    pytester.makefile(".json", own='{"apps": [{"branch_key": "key_test_%s"}]}' % ("a" * 32))
    pytester.makeini(
        "[pytest]\nbranch_mock_seed = own.json\nbranch_mock_profile = observed\n"
        "branch_mock_now = 2015-05-05\n"
    )
    pytester.makepyfile(
        test_places="""
    import os
    import pytest

    def test_told(branch_mock):
        settings = branch_mock.branch.settings
        now = f"{branch_mock.clock.now():%Y}"
        told = (branch_mock.app.key[:10], settings.profile, now, settings.random_seed)
        assert " ".join(map(str, told)) == os.environ["EXPECTED"]

    @pytest.mark.branch_mock(seed="demo", profile="documented", now="2018-08-08")
    def test_marker(branch_mock):
        assert branch_mock.clock.now().year == 2018
        assert branch_mock.branch.settings.profile == "documented"
    """
    )
    options: tuple[str, ...] = ()

    def told(expected: str) -> None:
        monkeypatch.setenv("EXPECTED", expected)
        run(pytester, *options).assert_outcomes(passed=2)

    told("key_test_a observed 2015 0")
    monkeypatch.setenv("BRANCH_MOCK_SEED", "default")
    monkeypatch.setenv("BRANCH_MOCK_PROFILE", "documented")
    monkeypatch.setenv("BRANCH_MOCK_NOW", "2016-06-06")
    monkeypatch.setenv("BRANCH_MOCK_RANDOM_SEED", "3")
    monkeypatch.setenv("BRANCH_MOCK_PORT", "8080")
    told("key_live_f documented 2016 3")
    options = ("--branch-mock-seed=own.json", "--branch-mock-profile=observed")
    options += ("--branch-mock-now=2017-07-07",)
    told("key_test_a observed 2017 3")
    pytester.makeconftest(
        """
    from dataclasses import replace
    import pytest

    @pytest.fixture(scope="session")
    def branch_mock_settings(branch_mock_settings):
        return replace(branch_mock_settings, profile="documented", random_seed=9)

    @pytest.fixture(scope="session")
    def branch_mock_seed():
        return "default"
    """
    )
    told("key_live_f documented 2017 9")


def test_the_environment_of_a_code_base(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    import os

    NAMES = ("BRANCH_API_URL", "BRANCH_KEY", "BRANCH_SECRET", "BRANCH_APP_ID")

    def test_set(branch_mock_env, branch_mock):
        app = branch_mock.app
        assert [os.environ[name] for name in NAMES] == [
            branch_mock.url, app.key, app.secret, str(app.id)
        ]
        assert branch_mock_env == {name: os.environ[name] for name in NAMES}

    def test_taken_back():
        assert not any(name in os.environ for name in NAMES)
    """
    )
    run(pytester).assert_outcomes(passed=2)


def test_one_server_for_the_session_and_further_ones(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    @pytest.fixture(scope="module")
    def observed(branch_mock_factory):
        with branch_mock_factory(profile="observed") as mock:
            yield mock

    @pytest.mark.parametrize("turn", range(2))
    def test_they_stay(branch_mock_server, observed, branch_mock, turn):
        assert len({branch_mock_server.url, observed.url, branch_mock.url}) == 3
        assert branch_mock_server.requests.count("POST") == turn
        assert observed.requests.count("POST") == turn
        assert branch_mock.requests.count("POST") == 0
        create(branch_mock_server)
        create(observed)

    def test_further(branch_mock_factory):
        with branch_mock_factory(now="2016-01-01") as one, branch_mock_factory() as two:
            assert one.clock.frozen and not two.clock.frozen
    """
    )
    run(pytester).assert_outcomes(passed=3)


def test_options_and_marker_are_listed(pytester: pytest.Pytester) -> None:
    result = run(pytester, "--help")
    result.stdout.fnmatch_lines(
        ["Branch emulator (branch_mock):", "*--branch-mock-url=URL*", "*branch_mock_ignore*"]
    )
    run(pytester, "--markers").stdout.fnmatch_lines(["@pytest.mark.branch_mock(seed=...*"])
