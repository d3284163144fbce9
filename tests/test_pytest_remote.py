"""`--branch-mock-url`: the same suite in this process and against a served one."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest

from branch_mock import (
    FACEBOOK_BOT,
    IPHONE,
    AliasConflict,
    BranchMock,
    BranchMockError,
    DeliveryNotFound,
    InvalidRequest,
    LinkNotFound,
    NoAuthority,
    NotEnoughCredits,
    NotReady,
    RemoteMock,
    SettingsError,
    WaitTimedOut,
)
from tests.client import Client
from tests.plugin import ALONE, STRICT, TIMEOUT, USES, run
from tests.process import Served, free_port, serving

SUITE = (
    USES
    + """
    @pytest.mark.parametrize("turn", range(3))
    def test_links(branch_mock, turn):
        url = create(branch_mock, alias="same", channel=str(turn))
        assert branch_mock.links.get(url).channel == str(turn)
        assert branch_mock.links.create(alias="same", channel=str(turn)) == url
        assert branch_mock.links.update(url, {"stage": "b"}).stage == "b"
        branch_mock.assert_called("POST /v1/url", json={"channel": str(turn)})

    @pytest.mark.parametrize("turn", range(3))
    @pytest.mark.branch_mock(faults=[{"match": "POST /v1/url", "id": "one", "status": 503,
                                      "first": 1}])
    def test_faults(branch_mock, turn):
        assert refused(branch_mock) == 503
        assert create(branch_mock)
        first, second = branch_mock.requests.find("POST /v1/url")
        assert (first.fault, second.fault, branch_mock.faults.hits("one")) == ("one", None, 1)

    def test_set_up_is_neither_hit_nor_counted(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)
        assert branch_mock.links.create(alias="ready").endswith("/ready")
        assert branch_mock.requests.all() == []
        assert refused(branch_mock, alias="asked") == 503
        branch_mock.assert_called("POST /v1/url", times=1)
        assert [line for line in branch_mock.timeline() if "ready" in line]

    def test_budget(branch_mock):
        branch_mock.faults.add("POST /v1/url", limit=1)
        create(branch_mock)
        assert refused(branch_mock) == 429

    def test_a_click_is_of_its_app(branch_mock):
        home = branch_mock.url + "/_mock/health"
        url = branch_mock.links.create(alias="promo", data={"$desktop_url": home})
        open_url(url, timeout=10).close()
        assert branch_mock.requests.count("GET /promo") == 1
        branch_mock.faults.add("/promo", status=503)
        with pytest.raises(HTTPError) as caught:
            open_url(url, timeout=10)
        caught.value.close()

    def test_webhooks(branch_mock):
        branch_mock.rules.create(event="*", type="web_hook", calculation_type=0, location=0,
            metadata={"web_hook_url": branch_mock.webhooks.inbox_url("hooks")})
        branch_mock.events.create("buy", "ann", {"sku": "1"})
        branch_mock.webhooks.wait()
        (message,) = branch_mock.webhooks.inbox("hooks")
        assert message.body["event"] == "buy"

    def test_credits(branch_mock):
        branch_mock.credits.add("zoe", 5)
        branch_mock.credits.redeem("zoe", 2)
        assert branch_mock.credits.get("zoe") == {"default": 3}

    @pytest.mark.branch_mock(profile="observed")
    def test_profile(branch_mock):
        assert create(branch_mock, stage="x") == create(branch_mock, stage="x")

    def test_environment(branch_mock_env, branch_mock):
        assert branch_mock_env["BRANCH_KEY"] == branch_mock.app.key

    def test_session(branch_mock_server):
        assert create(branch_mock_server)

    def test_further(branch_mock_factory):
        with branch_mock_factory() as one, branch_mock_factory() as two:
            assert one.app.key != two.app.key or one.url != two.url

    def test_fails_unhit(branch_mock):
        branch_mock.faults.add("POST /v1/url", status=503)

    def test_fails(branch_mock):
        create(branch_mock, alias="told")
        branch_mock.assert_called("POST /v1/url", json={"alias": "other"})
"""
)
LINES = (
    "branch_mock: faults were laid and never hit: *fault-1: status 503, for POST /v1/url*",
    "*branch_mock timeline*",
    "* POST /v1/url -> 200 link *told",
    "E *json.alias: expected 'other', got 'told'",
)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("--port", "0") as served:
        yield served


@pytest.fixture
def remote(served: Served) -> Iterator[RemoteMock]:
    with RemoteMock(served.url) as remote:
        yield remote


@pytest.mark.parametrize("where", ["here", "there"])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_one_suite_has_one_result(
    pytester: pytest.Pytester, served: Served, where: str, workers: str
) -> None:
    pytester.makepyfile(SUITE)
    options = () if where == "here" else (f"--branch-mock-url={served.url}",)
    result = pytester.runpytest_subprocess(
        *ALONE, *STRICT, "-n", workers, *options, timeout=TIMEOUT
    )
    result.assert_outcomes(passed=15, failed=2)
    for line in LINES:
        result.stdout.fnmatch_lines([line])


def test_a_run_leaves_the_shared_server_as_it_was(
    pytester: pytest.Pytester, served: Served
) -> None:
    client = Client(served.url, served.key, served.secret)
    before = client.get("/v1/url?url=https://bnc.lt/test-link", params={"branch_key": served.key})
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess(
        *ALONE, *STRICT, f"--branch-mock-url={served.url}", timeout=TIMEOUT
    )
    assert client.get("/_mock/faults").json() == []
    after = client.get("/v1/url?url=https://bnc.lt/test-link", params={"branch_key": served.key})
    assert after.json() == before.json()
    client.close()


def test_what_needs_a_server_of_its_own_is_skipped(
    pytester: pytest.Pytester, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRANCH_MOCK_URL", served.url)
    pytester.makepyfile(
        """
    import pytest

    @pytest.mark.branch_mock(now="2016-01-01")
    def test_now(branch_mock): pass

    @pytest.mark.branch_mock(seed="demo")
    def test_seed(branch_mock): pass

    def test_reads_the_clock(branch_mock):
        assert branch_mock.clock.now().year > 2000 and not branch_mock.clock.frozen
        assert not hasattr(branch_mock.clock, "advance")
        assert not hasattr(branch_mock.clock, "set")
    """
    )
    result = pytester.runpytest_subprocess(*ALONE, *STRICT, "-rs", timeout=TIMEOUT)
    result.assert_outcomes(skipped=2, passed=1)
    result.stdout.fnmatch_lines(["*now= needs a server of its own, not http://*"])


def test_no_thread_is_started_for_servers_that_run_elsewhere(
    pytester: pytest.Pytester, served: Served
) -> None:
    pytester.makepyfile(
        """
    import threading

    def test_it(branch_mock, branch_mock_server):
        assert branch_mock.links.create()
        assert [thread.name for thread in threading.enumerate()] == ["MainThread"]
    """
    )
    option = f"--branch-mock-url={served.url}"
    run(pytester, option).assert_outcomes(passed=1)


def test_a_server_that_is_not_there_is_an_error_in_one_line(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_it(branch_mock): pass")
    url = f"http://127.0.0.1:{free_port()}"
    result = pytester.runpytest_subprocess(
        *ALONE, *STRICT, f"--branch-mock-url={url}", timeout=TIMEOUT
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"E *BranchMockError: {url} does not answer: *refused*"])


# RemoteMock itself


def call(remote: RemoteMock, **fields: object) -> int:
    """What the code under test would call, as against what the handle does; how it is answered."""
    with closing(Client(remote.url, remote.app.key, remote.app.secret)) as client:
        return client.post("/v1/url", fields).status_code


def test_apps_do_not_see_each_other(served: Served, remote: RemoteMock) -> None:
    with RemoteMock(served.url) as other:
        call(remote, alias="mine")
        remote.faults.add("POST /v1/url", id="same", status=503)
        other.faults.add("POST /v1/url", id="same", status=500)
        assert [record.fault.status for record in other.faults.all()] == [500]
        assert (remote.requests.count(), other.requests.count()) == (1, 0)
        assert other.faults.clear("same") == 1
        assert [fault.status for fault in remote.faults.never_hit()] == [503]
        assert other.links.create(alias="mine").endswith(f"{other.app.link_domain}/mine")
    assert call(remote, alias="hit") == HTTPStatus.SERVICE_UNAVAILABLE


def test_refusals_are_the_errors_that_they_stand_for(remote: RemoteMock) -> None:
    with pytest.raises(InvalidRequest) as caught:
        remote.links.create(alias="a" * 129, type=9)
    assert [violation.field for violation in caught.value.violations] == ["alias", "type"]
    with pytest.raises(LinkNotFound):
        remote.links.get("https://bnc.lt/none")
    remote.links.create(alias="one", channel="a")
    with pytest.raises(AliasConflict, match="/one"):
        remote.links.create(alias="one", channel="b")
    with pytest.raises(NotEnoughCredits):
        remote.credits.redeem("ann", 1)
    with pytest.raises(InvalidRequest, match=r"match\.branch_key"):
        remote.faults.add({"branch_key": "key_live_other"}, status=500)
    with pytest.raises(WaitTimedOut, match="0 of 1 requests came"):
        remote.requests.wait_for("GET /none", timeout=0.05)
    with pytest.raises(WaitTimedOut):
        remote.webhooks.wait(timeout=0.05)
    with pytest.raises(SettingsError):
        RemoteMock("localhost")
    with pytest.raises(BranchMockError, match="no app yet"):
        _ = RemoteMock(remote.url).app


def test_a_link_is_read_back_whole(remote: RemoteMock) -> None:
    url = remote.links.create(
        alias="whole/one",
        channel="a",
        tags=["x", "y"],
        type=1,
        duration=60,
        data={"$desktop_url": "https://example.com", "own": {"a": 1}},
    )
    link = remote.links.get(url)
    assert (link.alias, link.path, link.domain) == (
        "whole/one",
        "whole/one",
        remote.app.link_domain,
    )
    assert (link.channel, link.tags, link.type, link.duration) == ("a", ("x", "y"), 1, 60)
    assert link.data == {"$desktop_url": "https://example.com", "own": {"a": 1}}
    assert remote.links.url(link) == url
    made, failed = remote.links.bulk([{"channel": "b"}, {"type": 9}])
    assert isinstance(made, str)
    assert isinstance(failed, BranchMockError)


def test_clearing_is_for_oneself(served: Served, remote: RemoteMock) -> None:
    with RemoteMock(served.url) as other:
        call(remote)
        call(other)
        assert remote.requests.clear() == 1
        assert remote.requests.all() == []
        call(remote, channel="later")
        (entry,) = remote.requests.all()
        assert entry.body["channel"] == "later"
        assert other.requests.count() == 1


def test_referrals(remote: RemoteMock) -> None:
    remote.rules.create(
        event="buy", type="credit", calculation_type=0, location=1, metadata={"amount": 3}
    )
    remote.simulate.referral("ann", "ben")
    remote.events.create("buy", "ben")
    assert remote.credits.get("ann") == {"default": 3}
    assert any("POST /v1/event -> 200" in line for line in remote.timeline())
    remote.check()


def test_devices_go_from_a_link_to_a_session(served: Served, remote: RemoteMock) -> None:
    data = {"room": 12, "$web_only": True, "$ios_url": "https://example.com/"}
    url = remote.links.create(identity="ann", data=data)
    with RemoteMock(served.url) as other:
        click = remote.simulate.click(url, IPHONE)
        assert click is not None
        assert click.location == f"https://example.com/?_branch_match_id={click.id}"
        assert other.simulate.install(IPHONE).click_id is None
        session = remote.simulate.install(IPHONE, identity="ben")
        assert (session.click_id, session.data["room"]) == (click.id, 12)
    assert remote.simulate.click(url, FACEBOOK_BOT) is None
    another = replace(IPHONE, ip="192.0.2.77", hardware_id="another-iphone")
    assert remote.simulate.open(another).data["+clicked_branch_link"] is False
    assert remote.simulate.open(another, click=click).data["+match_guaranteed"] is True
    assert remote.simulate.open(another, url=url).data["room"] == 12
    rule: Any = {"calculation_type": 0, "location": 1, "metadata": {"amount": 3}}
    remote.rules.create(event="buy", type="credit", **rule)
    assert remote.simulate.event("buy", metadata={"sku": 1}) > session.id
    assert remote.credits.get("ann") == {"default": 3}
    (row,) = remote.credits.history("ann", length=5)
    assert (row["transaction"]["amount"], row["referree"]) == (3, "ben")
    with pytest.raises(InvalidRequest, match="os cannot be None"):
        remote.simulate.open(replace(IPHONE, os=None))


def test_what_is_remembered_is_listed(served: Served, remote: RemoteMock) -> None:
    rule: Any = {"event": "buy", "calculation_type": 0, "location": 0}
    with RemoteMock(served.url) as other:
        for mock in (other, remote):
            one, two = (mock.links.create(alias=alias, tags=["x"]) for alias in ("one", "two"))
            mock.rules.create(**rule, type="credit", metadata={"amount": 3})
            mock.simulate.click(two, IPHONE)
            mock.events.create("buy", "ann", {"sku": "1"})
    assert remote.links.all() == [remote.links.get(one), remote.links.get(two)]
    assert [click.link.alias for click in remote.links.clicks()] == ["two"]
    assert remote.links.clicks(one) == []
    assert remote.links.clicks(two) == remote.links.clicks()
    (made,) = remote.rules.all()
    assert (made.event, made.amount, made.app_id) == ("buy", 3, remote.app.id)
    clicked, bought = remote.events.all()
    assert (clicked.name, bought.name, bought.metadata) == ("click", "buy", {"sku": "1"})
    assert remote.events.outcomes(clicked) == ()
    (outcome,) = remote.events.outcomes(bought)
    assert outcome.rule_id == made.id
    with pytest.raises(LinkNotFound):
        remote.links.clicks("https://bnc.lt/none")


def test_a_reset_may_be_of_parts(remote: RemoteMock) -> None:
    remote.links.create(alias="mine")
    remote.reset(["journal"])
    assert remote.requests.all() == []
    assert [link.alias for link in remote.links.all()] == ["mine"]
    with pytest.raises(InvalidRequest, match="clock"):
        remote.reset(["clock"])


def test_what_is_not_there_is_told(remote: RemoteMock) -> None:
    with pytest.raises(DeliveryNotFound, match="No webhook 77"):
        remote.webhooks.redeliver(77)
    with pytest.raises(NoAuthority):
        _ = remote.ca_pem


def test_a_server_that_is_not_ready_is_told(mock: BranchMock) -> None:
    remote = RemoteMock(mock.url)
    assert remote.ready() == remote.health() == mock.health()
    mock.branch.ready = False
    assert remote.health() == mock.health()
    with pytest.raises(NotReady):
        remote.ready()


def test_a_reset_is_of_ones_own_app(served: Served, remote: RemoteMock) -> None:
    with RemoteMock(served.url) as other:
        for mock in (remote, other):
            call(mock, alias="mine")
            mock.credits.add("ann", 5)
            mock.faults.add("GET /v1/credits", status=503)
        key = remote.app.key
        remote.reset()
        assert remote.requests.all() == []
        assert remote.credits.get("ann") == {}
        assert remote.app.key == key
        assert remote.links.create(alias="mine", channel="another").endswith("/mine")
        assert other.requests.count("POST") == 1
        assert [record.fault.status for record in other.faults.all()] == [503]
