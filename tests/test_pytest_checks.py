"""What the pytest plugin says at the end of a test: checks and the timeline."""

import pytest

from tests.plugin import USES, run
from tests.process import free_port


def test_a_fault_that_never_hit_is_a_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_unhit(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)

    def test_hit(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)
        assert refused(branch_mock) == 503

    def test_taken_away(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)
        branch_mock.faults.clear()

    def test_a_budget_that_was_kept(branch_mock):
        branch_mock.faults.add("POST /v1/url", limit=5)
        create(branch_mock)

    def test_a_budget_that_nothing_came_to(branch_mock):
        branch_mock.faults.add("POST /v1/url", limit=5)

    @pytest.mark.branch_mock(ignore=["faults"])
    def test_ignored(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(
        [
            "branch_mock: faults were laid and never hit: fault-1: status 503, for POST * (no *",
            "*ignore=*'faults'* leaves this check out*branch_mock_ignore = faults*",
            "FAILED *test_unhit*",
            "FAILED *test_a_budget_that_nothing_came_to*",
        ]
    )
    result.stdout.no_fnmatch_line("*During handling of*")


@pytest.mark.parametrize("place", ["ini", "option", "variable"])
def test_a_check_is_left_out_everywhere(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    pytester.makepyfile(
        """
    import pytest

    def test_unhit(branch_mock):
        branch_mock.faults.add(status=503)

    @pytest.mark.branch_mock(ignore=())
    def test_nearer(branch_mock):
        branch_mock.faults.add(status=503)
    """
    )
    options: tuple[str, ...] = ()
    if place == "ini":
        pytester.makeini("[pytest]\nbranch_mock_ignore = faults webhooks\n")
    elif place == "option":
        options = ("--branch-mock-ignore=faults", "--branch-mock-ignore=bugs")
    else:
        monkeypatch.setenv("BRANCH_MOCK_IGNORE", "faults,bugs")
    run(pytester, *options).assert_outcomes(passed=1, failed=1)


def test_a_webhook_that_was_not_delivered_is_a_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
    import pytest

    CLOSED = "http://127.0.0.1:{free_port()}/hook"

    def hook(mock, url):
        mock.rules.create(event="*", type="web_hook", calculation_type=0, location=0,
                          metadata={{"web_hook_url": url}})
        mock.events.create("buy", "ann")

    def test_refused(branch_mock):
        hook(branch_mock, CLOSED + "?token=hush")

    def test_delivered(branch_mock):
        hook(branch_mock, branch_mock.webhooks.inbox_url("hooks"))

    @pytest.mark.branch_mock(ignore="webhooks")
    def test_ignored(branch_mock):
        hook(branch_mock, CLOSED)
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        ["branch_mock: webhook 1 to http://127.0.0.1:*/hook*was not delivered: *"]
    )
    result.stdout.no_fnmatch_line("*token=hush*was not delivered*")


def test_what_failed_is_the_test_and_not_its_check(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    def test_it(branch_mock):
        branch_mock.faults.add(status=503)
        assert branch_mock.url == "another reason"
    """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*never hit*")


def test_a_bug_is_told_even_where_the_test_failed_by_itself(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_it(branch_mock, monkeypatch):
        break_links(branch_mock, monkeypatch, ZeroDivisionError("a bug of the emulator"))
        create(branch_mock)

    def late(mock):
        mock.branch.links.create_from = lambda *_, **__: 1 / 0
        assert refused(mock) == 500

    @pytest.fixture
    def late_caller(branch_mock):
        yield
        late(branch_mock)

    def test_late(late_caller):
        pass
    """
    )
    result = run(pytester)
    result.assert_outcomes(failed=1, passed=1, errors=1)
    result.stdout.fnmatch_lines(["*a bug in branch_mock*", "ZeroDivisionError: a bug of the*"])
    result.stdout.fnmatch_lines(
        ["*ERROR at teardown of test_late*", "E *ZeroDivisionError: division by zero"]
    )


def test_a_failure_comes_with_a_timeline(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    @pytest.mark.branch_mock(now="2016-01-20T12:00:00Z")
    def test_it(branch_mock):
        branch_mock.rules.create(event="*", type="web_hook", calculation_type=0, location=0,
            metadata={"web_hook_url": branch_mock.webhooks.inbox_url("hooks")})
        create(branch_mock, alias="made")
        branch_mock.clock.advance(90)
        branch_mock.faults.add("POST /v1/url", status=503, first=1)
        refused(branch_mock, branch_secret="hush")
        refused(branch_mock, type=9)
        branch_mock.events.create("buy", "ann")
        branch_mock.webhooks.wait()
        assert False

    def test_passes(branch_mock):
        create(branch_mock)

    def test_uses_none():
        assert False
    """
    )
    result = run(pytester)
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*branch_mock timeline*",
            "2016-01-20T12:00:00.000Z  mock.rules.create(event='[*]', *) -> Rule *",
            "2016-01-20T12:00:00.000Z  POST /v1/url -> 200 link http://127.0.0.1:*/made",
            "2016-01-20T12:00:00.000Z  clock: advance to 2016-01-20T12:01:30.000Z",
            "*  mock.faults.add('POST /v1/url', status=503, first=1) -> Fault fault-1",
            "2016-01-20T12:01:30.000Z  POST /v1/url -> 503 fault-1: status 503",
            "2016-01-20T12:01:30.000Z  POST /v1/url -> 400 *hint: type must be one of 0, 1, 2*",
            "2016-01-20T12:01:30.000Z  mock.events.create('buy', 'ann') -> Event *",
            "2016-01-20T12:01:30.000Z  event *: webhook 1",
            "2016-01-20T12:01:30.000Z  webhook 1 to http://127.0.0.1:*/_mock/inbox/hooks -> 200",
        ],
        consecutive=True,
    )
    assert result.stdout.str().count("branch_mock timeline") == 1


def test_check_can_be_called_at_any_time(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_it(branch_mock):
        branch_mock.check()
        branch_mock.faults.add("POST /v1/url", status=503)
        with pytest.raises(AssertionError, match="never hit: fault-1"):
            branch_mock.check()
        branch_mock.check(ignore=["faults"])
        refused(branch_mock)
        branch_mock.check()
        with pytest.raises(Exception, match="must be of bugs, faults, webhooks"):
            branch_mock.check(ignore=["all"])
    """
    )
    run(pytester).assert_outcomes(passed=1)


def test_everything_that_went_wrong_is_told_not_the_first_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_much(branch_mock, monkeypatch):
        for bug in (ZeroDivisionError("one bug"), LookupError("another bug")):
            break_links(branch_mock, monkeypatch, bug)
            refused(branch_mock)
        branch_mock.faults.add("GET /v1/credits", status=503)

    @pytest.mark.branch_mock(ignore=["bugs", "faults"])
    def test_ignored(branch_mock, monkeypatch):
        test_much(branch_mock, monkeypatch)
    """
    )
    result = run(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*ExceptionGroup: branch_mock: 3 things went wrong unnoticed*",
            "*ZeroDivisionError: one bug",
            "*LookupError: another bug",
            "*AssertionError: branch_mock: faults were*never hit: fault-1: status 503, for GET*",
        ]
    )


def test_entities_that_differ_are_told_field_by_field(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
    from msgspec.structs import replace

    def test_link(branch_mock):
        link = branch_mock.links.get(branch_mock.links.create(channel="sms", campaign="spring"))
        assert link == replace(link, channel="email")

    def test_app(branch_mock):
        assert branch_mock.app == replace(branch_mock.app, branch_secret="another")

    def test_other_values():
        assert {"a": 1} == {"a": 2}
    """
    )
    result = run(pytester)
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(
        [
            "E * assert Link == Link",
            "E * channel: 'sms' != 'email'",
            "E * 16 other fields are equal",
            "E * assert App == App",
            "E * branch_secret: [*][*][*]",
            "E * {'a': 1} == {'a': 2}",
        ]
    )


def test_the_server_of_a_session_leaves_checks_out_too(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_it(branch_mock_server, monkeypatch):
        break_links(branch_mock_server, monkeypatch, KeyError("x"))
        assert refused(branch_mock_server) == 500
    """
    )
    run(pytester).assert_outcomes(passed=1, errors=1)
    pytester.makeini("[pytest]\nbranch_mock_ignore = bugs")
    run(pytester).assert_outcomes(passed=1)
