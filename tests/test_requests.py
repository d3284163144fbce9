"""The journal and what can be asserted with it: `mock.requests`, `mock.assert_called`
(contract 12)."""

import asyncio
from threading import Thread
from typing import Any

import pytest

from branch_mock import BranchMock, InvalidRequest, WaitTimedOut
from branch_mock.matching import Pattern, subset_differences
from tests.client import TIMEOUT, Client


def paths(mock: BranchMock, *args: Any, **fields: Any) -> list[str]:
    return [entry.path for entry in mock.requests.find(*args, **fields)]


def message(mock: BranchMock, *args: Any, **fields: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        mock.assert_called(*args, **fields)
    return str(caught.value)


def test_an_entry_tells_the_whole_request_and_its_outcome(mock: BranchMock, client: Client) -> None:
    client.post(
        "/v1/url?x=1&y=2&y=3", {"alias": "told", "data": {"a": [1]}}, headers={"X-One": "1"}
    )
    client.get("/told")
    made, clicked = mock.requests.all()
    assert (made.method, made.path, made.status, made.endpoint) == (
        "POST",
        "/v1/url",
        200,
        "links.create",
    )
    assert made.query == {"x": "1", "y": ["2", "3"]}
    assert made.headers["x-one"] == "1"
    assert made.body["data"] == {"a": [1]}
    assert (made.branch_key, made.app_id) == (mock.app.key, mock.app.id)
    assert made.reply == f'{{"url":"{mock.url}/told"}}'.encode()
    assert (made.hint, made.fault) == (None, None)
    assert (clicked.id, clicked.status, clicked.body) == (made.id + 1, 307, {})
    assert clicked.moment > made.moment


def test_it_is_written_before_the_answer_leaves(mock: BranchMock, client: Client) -> None:
    for number in range(50):
        client.post("/v1/url", {"alias": f"n{number}"})
        assert mock.requests.count("POST /v1/url") == number + 1


def test_find_by_every_part(mock: BranchMock, client: Client) -> None:
    client.post("/v1/url", {"channel": "sms", "data": {"a": {"b": 1, "c": 2}}})
    client.post("/v1/url", {"channel": "email", "data": '{"a": {"b": 1}}'}, headers={"X-Me": "ab"})
    client.get("/v1/url?url=https://bnc.lt/test-link", params={"branch_key": mock.app.key})
    client.call("POST", f"/v1/url/bulk/{mock.app.key}", json=[{"channel": "a"}, {"channel": "b"}])
    assert mock.requests.count() == 4
    assert mock.requests.count("POST") == 3
    assert mock.requests.count("/v1/url") == 3
    assert mock.requests.count("post /v1/url") == 2
    assert mock.requests.count("POST /v1/*") == 3
    assert mock.requests.count(method="GET", path="/v1/ur?") == 1
    assert mock.requests.count(json={"channel": "sms"}) == 1
    assert mock.requests.count(json={"data": {"a": {"b": 1}}}) == 2
    assert mock.requests.count(json={"data": {"a": {"c": 2}}}) == 1
    assert mock.requests.count(json=[{"channel": "a"}, {}]) == 1
    assert mock.requests.count(json=[{"channel": "a"}]) == 0
    assert mock.requests.count(query={"url": "https://bnc.lt/test-link"}) == 1
    assert mock.requests.count(headers={"x-me": "a*"}) == 1
    assert mock.requests.count(branch_key=mock.app.key) == 4
    assert mock.requests.count(branch_key="key_live_x") == 0
    assert paths(mock, "/v1/url/*") == [f"/v1/url/bulk/{mock.app.key}"]


def test_requests_without_a_key_are_of_the_app_they_reach(mock: BranchMock) -> None:
    app = mock.apps.mint()
    client = Client(mock.url, app.key, app.secret)
    url = mock.links.create(alias="own", app=app)
    client.get(url.removeprefix(mock.url))
    client.get("/own", host=app.short_url_domain)
    client.get("/test-link")
    client.get("/v1/credits", params={"app_id": str(app.id), "identity": "ann"})
    client.call("POST", "/v1/event", data=b"{", headers={"Content-Type": "application/json"})
    client.call("POST", f"/v1/url/bulk/{app.key}", data=b"[")
    client.close()
    keys = [entry.branch_key for entry in mock.requests.all()]
    assert keys == [app.key, app.key, None, app.key, None, app.key]
    assert mock.requests.count(branch_key=app.key, path="/own") == 2


def test_refused_and_unknown_calls_are_kept_with_their_hints(
    mock: BranchMock, client: Client
) -> None:
    client.post("/v1/url", {"type": 9})
    client.get("/v1/nothing")
    client.call("DELETE", "/v1/credits")
    client.call("OPTIONS", "/v1/url")
    client.call("POST", "/v1/url", data=b"{")
    entries = mock.requests.all()
    assert [entry.status for entry in entries] == [400, 404, 405, 204, 400]
    assert entries[0].hint is not None
    assert "type must be one of 0, 1, 2" in entries[0].hint
    assert all(entry.hint for entry in entries if (entry.status or 0) >= 400)
    assert entries[4].hint == (
        "body: is no JSON from line 1 column 2 on; send UTF-8 JSON of the kind the endpoint takes"
    )


def test_the_control_plane_is_left_out_and_clear_empties(mock: BranchMock, client: Client) -> None:
    client.get("/_mock/health")
    assert mock.requests.all() == []
    client.get("/test-link")
    assert mock.requests.clear() == 1
    assert mock.requests.clear() == 0
    client.get("/test-link")
    assert [entry.id for entry in mock.requests.all()] == [2]


@pytest.mark.parametrize("endpoint", ["v1/url", "POST v1/url", "POST /v1/url now", "", "POST,/v1"])
def test_an_endpoint_that_is_none_is_refused(mock: BranchMock, endpoint: str) -> None:
    with pytest.raises(InvalidRequest, match="endpoint must be a method, a path or both"):
        mock.requests.find(endpoint)
    with pytest.raises(InvalidRequest, match="endpoint"):
        mock.assert_called(endpoint, times=0)


def test_an_unknown_part_is_refused(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="body is not a known field"):
        mock.requests.find("POST", body={})  # type: ignore[call-arg]


# assert_called


def test_assert_called_counts(mock: BranchMock, client: Client) -> None:
    mock.assert_called("POST /v1/url", times=0)
    client.post("/v1/url", {"channel": "sms"})
    mock.assert_called("POST /v1/url")
    mock.assert_called("POST /v1/url", json={"channel": "sms"}, times=1)
    client.post("/v1/url", {"channel": "sms"})
    mock.assert_called("POST /v1/url", times=2)
    said = message(mock, "POST /v1/url", times=1)
    assert "expected POST /v1/url to be called once, but it was called twice" in said
    assert "  #1 POST /v1/url -> 200 link " in said
    assert "nearest" not in said
    assert "called never, but it was called twice" in message(mock, "POST /v1/url", times=0)


def test_the_message_shows_the_nearest_requests_and_the_fields_that_differ(
    mock: BranchMock, client: Client
) -> None:
    client.post("/v1/url", {"channel": "email", "campaign": "spring", "data": {"a": {"b": 1}}})
    client.post("/v1/url", {"channel": "sms", "tags": ["x", "z"], "data": {"a": {"b": True}}})
    client.get("/v1/credits", params={"branch_key": mock.app.key, "identity": "ann"})
    wanted = {"channel": "sms", "campaign": "spring", "tags": ["x", "y"], "data": {"a": {"b": 1}}}
    said = message(mock, "POST /v1/url", json=wanted).splitlines()
    assert "expected POST /v1/url with json={'channel': 'sms', 'campaign': 'spring'" in said[0]
    assert said[0].endswith("to be called at least once, but it was called never")
    assert said[1:3] == ["3 requests came in all.", "The nearest requests, and how they differ:"]
    assert said[3].startswith("  #1 POST /v1/url -> 200 link")
    assert said[4:6] == [
        "      json.channel: expected 'sms', got 'email'",
        "      json.tags: expected ['x', 'y'], got nothing",
    ]
    assert said[6].startswith("  #2 POST /v1/url -> 200 link")
    assert said[7:10] == [
        "      json.campaign: expected 'spring', got nothing",
        "      json.tags[1]: expected 'y', got 'z'",
        "      json.data.a.b: expected 1, got True",
    ]
    assert said[10].startswith("  #3 GET /v1/credits -> 200")
    assert "      method: expected POST, got GET" in said


def test_a_message_about_nothing_says_so(mock: BranchMock) -> None:
    assert "0 requests came in all.\nNo other request came." in message(mock, "POST /v1/url")


def test_no_secret_is_in_a_message(mock: BranchMock, client: Client) -> None:
    hidden = {"password": "hush1", "branch_secret": "secret_live_hush2"}
    client.post("/v1/url", {"data": hidden}, headers={"Authorization": "hush3"})
    said = message(
        mock,
        "POST /v1/url",
        json={"data": {"password": "other", "branch_secret": "x"}},
        headers={"authorization": "hush4"},
    )
    assert mock.app.secret not in said
    assert "hush" not in said
    assert "a secret differs" in said


def test_the_traceback_ends_in_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "def test_it(branch_mock):\n    branch_mock.assert_called('POST /v1/url', times=1)\n"
    )
    result = pytester.runpytest_subprocess("-p", "no:aiohttp", timeout=60)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *expected POST /v1/url to be called once, but *never"])
    result.stdout.no_fnmatch_line("*server.py*")
    result.stdout.no_fnmatch_line("*handle/requests.py*")


# wait_for


def test_wait_for_what_comes_later(mock: BranchMock, client: Client) -> None:
    client.post("/v1/url", {"channel": "a"})
    assert len(mock.requests.wait_for("POST /v1/url")) == 1
    later = Thread(target=lambda: client.post("/v1/url", {"channel": "b"}))
    later.start()
    found = mock.requests.wait_for("POST /v1/url", times=2, timeout=TIMEOUT)
    later.join(TIMEOUT)
    assert [entry.body["channel"] for entry in found] == ["a", "b"]


async def test_wait_for_on_the_loop_of_the_client(mock: BranchMock, client: Client) -> None:
    waiting = asyncio.ensure_future(
        mock.requests.wait_for_async("POST /v1/url", json={"channel": "a"}, timeout=TIMEOUT)
    )
    await asyncio.to_thread(client.post, "/v1/url", {"channel": "a"})
    (entry,) = await waiting
    assert entry.status == 200


def test_waiting_ends_and_says_what_came(mock: BranchMock, client: Client) -> None:
    client.post("/v1/url", {"channel": "a"})
    with pytest.raises(WaitTimedOut) as caught:
        mock.requests.wait_for("POST /v1/url", json={"channel": "b"}, timeout=0.05)
    said = str(caught.value)
    assert "0 of 1 requests came within 0.05 s" in said
    assert "json.channel: expected 'b', got 'a'" in said
    assert isinstance(caught.value, TimeoutError)


# how values are compared


def test_whatever_is_refused_carries_a_hint(mock: BranchMock, client: Client) -> None:
    refused = [
        client.post("/v1/url", {"type": 9}),
        client.get("/l/nobody", headers={"Accept": "text/html"}),
        client.get("/branch-exports/nobody.csv.gz"),
        client.get("/v1/nothing"),
        client.call("PATCH", "/v1/url"),
        client.call("POST", "/_mock/faults", json={}),
        client.call("POST", f"/v1/url/bulk/{client.key}", data=b"[" + b" " * 200_000),
    ]
    hints = [reply.headers["X-Branch-Mock-Hint"] for reply in refused]
    assert [reply.status_code for reply in refused] == [400, 404, 404, 404, 405, 400, 413]
    assert hints[0].startswith("type must be one of 0, 1, 2")
    assert hints[1].startswith("url: send the address of a link")
    assert hints[-2].startswith("status or something else")
    assert [entry.hint for entry in mock.requests.all()] == [*hints[:5], hints[-1]]


@pytest.mark.parametrize(
    ("expected", "found", "differences"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"a": 1}, {"a": True}, ["x.a: expected 1, got True"]),
        ({"a": 1.0}, {"a": 1}, []),
        ({"a": None}, {}, ["x.a: expected None, got nothing"]),
        ({"a": {}}, {"a": {"b": 1}}, []),
        ({"a": {"b": 1}}, {"a": '{"b": 1}'}, []),
        ({"a": {"b": 1}}, {"a": "text"}, ["x.a: expected {'b': 1}, got 'text'"]),
        ([1, 2], [1], ["x: expected [1, 2], got [1]"]),
        ([{"a": 1}], [{"a": 2, "b": 1}], ["x[0].a: expected 1, got 2"]),
        (["a"], '["a"]', []),
        ("a", ["a"], ["x: expected 'a', got ['a']"]),
    ],
)
def test_how_values_are_compared(expected: Any, found: Any, differences: list[str]) -> None:
    assert list(subset_differences(expected, found, "x")) == differences


def test_long_values_are_cut() -> None:
    (said,) = subset_differences("a" * 9999, "b" * 9999, "x")
    assert len(said) < 500
    assert Pattern.of("POST /v1/url", json={}).path == "/v1/url"
