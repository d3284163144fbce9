"""Live events for Python code, of a server in this process and of one elsewhere (contract 12)."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from contextlib import closing
from threading import Thread
from typing import Any

import pytest

from branch_mock import (
    BranchMock,
    BranchMockError,
    InvalidRequest,
    RemoteMock,
    TokenNeeded,
    WaitTimedOut,
)
from branch_mock.live import MAX_EVENTS
from branch_mock.loops import LoopThread
from tests.client import TIMEOUT, Client
from tests.process import serving

SOON = 0.05
Mocks = BranchMock | RemoteMock


def listening() -> list[str]:
    """The threads that listen."""
    return [thread.name for thread in threading.enumerate() if thread.name == "branch_mock events"]


def make_link(mock: Mocks, **fields: Any) -> None:
    """A request with the key of the app."""
    client = Client(mock.url, mock.app.key, mock.app.secret)
    assert client.post("/v1/url", fields).status_code == 200
    client.close()


def test_what_happens_from_then_on_is_told(either: Mocks, mock: BranchMock) -> None:
    mock.reset(["faults"])
    with either.events.listen() as events:
        make_link(either, channel="sms")
        mock.clock.advance(1)
        request, clock = next(events), next(events)
        assert (request.kind, request.data["path"]) == ("request", "/v1/url")
        assert request.data["body"]["channel"] == "sms"
        assert (clock.id, clock.kind) == (3, "clock")
        assert clock.data["now"] == "2016-01-20T12:00:01.000Z"
    assert listening() == []
    assert next(events, None) is None


def test_kinds_and_a_place_are_chosen(either: Mocks, mock: BranchMock) -> None:
    for parts in (["faults"], ["journal"], ["webhooks"]):
        mock.reset(parts)
        mock.clock.advance(1)
    with either.events.listen("reset", after=1) as events:
        told = [next(events), next(events)]
    assert [(event.id, event.data["parts"]) for event in told] == [
        (3, ["journal"]),
        (5, ["webhooks"]),
    ]
    with either.events.listen({"clock"}, after=4) as events:
        assert next(events).id == 6


def test_one_may_go_on_after_a_timeout(either: Mocks, mock: BranchMock) -> None:
    with either.events.listen("reset", timeout=SOON) as events:
        for parts in (["faults"], ["journal"]):
            with pytest.raises(WaitTimedOut, match=r"no live event came within 0\.05 s"):
                next(events)
            mock.reset(parts)
            assert _within_a_while(events).data == {"parts": parts}


def _within_a_while(events: Iterator[Any]) -> Any:
    """The next event, however slow the machine."""
    for _ in range(100):
        try:
            return next(events)
        except WaitTimedOut:
            continue
    raise AssertionError("no event came")


def test_a_listener_that_fell_behind_is_told_how_far(either: Mocks, mock: BranchMock) -> None:
    for _ in range(MAX_EVENTS + 7):
        mock.reset(["faults"])
    with either.events.listen("clock", after=0) as events:
        assert next(events) == (None, "missed", 7)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_stop_ends_it(*, elsewhere: bool) -> None:
    mock = BranchMock().start()
    either = RemoteMock(mock.url).__enter__() if elsewhere else mock
    with either.events.listen() as events:
        mock.clock.advance(1)
        mock.stop()
        assert [event.kind for event in events] == ["clock"]
        assert listening() == []


def test_closing_ends_who_waits(either: Mocks) -> None:
    events = either.events.listen(timeout=TIMEOUT)
    told: list[object] = []
    waiting = Thread(target=lambda: told.extend(events))
    waiting.start()
    events.close()
    waiting.join(TIMEOUT)
    assert not waiting.is_alive()
    assert told == []
    events.close()


def test_a_listener_that_nobody_has_any_more_leaves_no_thread(either: Mocks) -> None:
    events = either.events.listen()
    thread: LoopThread = events._thread
    del events
    gc.collect()
    thread.ended.result(TIMEOUT)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"kinds": ["nothing"]}, "kinds"),
        ({"after": -1}, "after"),
        ({"kinds": ["x"], "after": "soon"}, "after.*kinds|kinds.*after"),
    ],
)
def test_a_bad_question_is_refused(either: Mocks, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        either.events.listen(**asked)
    with pytest.raises(InvalidRequest, match=message):
        either.events.listen_async(**asked)
    assert listening() == []


async def test_the_same_for_async_code(either: Mocks, mock: BranchMock) -> None:
    async with either.events.listen_async("reset", timeout=TIMEOUT) as events:
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.wait({waiting}, timeout=SOON)
        waiting.cancel()
        mock.reset(["faults"])
        assert (await anext(events)).data == {"parts": ["faults"]}
        mock.reset(["journal"])
        async for event in events:
            assert event.data == {"parts": ["journal"]}
            break
    assert [event async for event in events] == []
    async with either.events.listen_async("reset", timeout=SOON) as events:
        with pytest.raises(WaitTimedOut):
            await anext(events)
    assert listening() == []


# of an app elsewhere


def test_events_of_other_apps_are_not_told(mock: BranchMock) -> None:
    with RemoteMock(mock.url) as one, RemoteMock(mock.url) as other:
        one.faults.add("POST /v1/url", id="mine", status=503, first=1)
        with one.events.listen(["request", "click"]) as events:
            for remote in (other, one):
                with closing(Client(mock.url, remote.app.key, remote.app.secret)) as client:
                    client.post("/v1/url", {"alias": "promo"})
            assert next(events).data["fault"] == "mine"
            for remote in (other, one):
                remote.simulate.click(remote.links.create(alias="clicked"))
            click = next(events)
            assert (click.kind, click.data["app_id"]) == ("click", str(one.app.id))


def test_a_server_that_breaks_off_is_an_error() -> None:
    with serving("--port", "0") as served:
        remote = RemoteMock(served.url).__enter__()
        with remote.events.listen(timeout=TIMEOUT) as events:
            served.process.kill()
            with pytest.raises(BranchMockError, match=f"^{served.url} does not answer: "):
                next(events)
    with pytest.raises(BranchMockError, match="does not answer: Cannot connect"):
        remote.events.listen()
    assert listening() == []


def test_a_server_that_does_not_answer_is_an_error(
    hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("branch_mock.handle.listening._OPEN_SECONDS", SOON)
    with pytest.raises(BranchMockError, match=r"the server did not answer within 0\.05 s"):
        RemoteMock(hanging).events.listen(timeout=TIMEOUT)
    assert listening() == []


def test_a_refusal_is_the_error_that_it_stands_for() -> None:
    token = "a-token-of-16-and-more"
    with BranchMock(control_token=token) as mock, RemoteMock(mock.url, token=token) as remote:
        stranger = RemoteMock(mock.url, token=token + "x")
        with pytest.raises(TokenNeeded):
            stranger.events.listen()
        with remote.events.listen() as events:
            mock.clock.advance(1)
            assert next(events).kind == "clock"
