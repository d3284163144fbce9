"""Webhooks, really sent (contract 9)."""

import asyncio
import json
import socket
from collections.abc import Callable
from threading import Event as Flag
from threading import Thread
from typing import Any

import pytest
from aiohttp.pytest_plugin import AiohttpClient

from branch_mock import Branch, BranchMock, FrozenClock, WaitTimedOut, create_app
from branch_mock.clock import Stopwatch
from branch_mock.domain.webhooks import Delivery, DeliveryState
from branch_mock.operations import webhooks as operations
from branch_mock.webhooks import Sender
from tests.client import Client
from tests.receiver import Receiver, until
from tests.sending import finished, make, report, sending

PUBLIC = "203.0.113.5"
SHORT = 0.5


async def test_a_webhook_says_what_happened(branch: Branch) -> None:
    branch.identities.introduce(branch.apps.default, "ann", "bob")
    async with Receiver() as receiver, sending(branch):
        make(branch, receiver.url)
        branch.events.create(
            branch.apps.default, "buy", identity="bob", metadata={"sku": "é"}, ip="10.1.2.3"
        )
        (delivery,) = await finished(branch)
        (came,) = receiver.received
        url = receiver.url
    assert (came.method, came.path) == ("POST", "/hook")
    assert came.headers["User-Agent"] == "Branch Metrics API"
    assert came.headers["Content-Type"] == "application/json"
    assert came.body == {
        "event": "buy",
        "event_timestamp": "2016-01-20T12:00:00.000Z",
        "metadata": {"ip": "10.1.2.3", "referred": True, "sku": "é"},
        "identity": "bob",
        "first_referring_identity": "ann",
    }
    assert delivery.state is DeliveryState.DELIVERED
    (attempt,) = delivery.attempts
    assert (attempt.status, attempt.error, attempt.url) == (200, None, url)
    assert json.loads(attempt.body) == came.body
    assert attempt.duration_ms > 0
    assert attempt.view()["date"] == "2016-01-20T12:00:00.000Z"


async def test_keys_of_the_event_itself_win(branch: Branch) -> None:
    make(branch, "http://127.0.0.1:1/")
    report(branch, ip="mine", referred="mine")
    (delivery,) = branch.webhooks.all()
    assert delivery.body["metadata"] == {"ip": "mine", "referred": "mine"}


@pytest.mark.parametrize("status", [500, 404, 302, 307])
async def test_a_refusal_is_not_retried_and_a_redirect_not_followed(
    branch: Branch, status: int
) -> None:
    async with Receiver([status]) as receiver, sending(branch):
        make(branch, receiver.url)
        report(branch)
        (delivery,) = await finished(branch)
        assert [came.path for came in receiver.received] == ["/hook"]
    assert delivery.state is DeliveryState.FAILED
    assert [attempt.status for attempt in delivery.attempts] == [status]
    assert str(status) in str(delivery.error)


async def test_a_receiver_that_hangs_is_asked_twice(branch: Branch) -> None:
    async with Receiver(["hang"]) as receiver, sending(branch, timeout=SHORT):
        make(branch, receiver.url)
        report(branch)
        (delivery,) = await finished(branch)
        assert len(receiver.received) == 2
    assert delivery.state is DeliveryState.FAILED
    assert [attempt.error for attempt in delivery.attempts] == [f"no answer within {SHORT} s"] * 2
    assert [attempt.status for attempt in delivery.attempts] == [None, None]
    assert all(attempt.duration_ms >= SHORT * 1000 * 0.9 for attempt in delivery.attempts)


async def test_the_retry_may_succeed(branch: Branch) -> None:
    async with Receiver(["hang", 204]) as receiver, sending(branch, timeout=SHORT):
        make(branch, receiver.url)
        report(branch)
        (delivery,) = await finished(branch)
    assert delivery.state is DeliveryState.DELIVERED
    assert [attempt.status for attempt in delivery.attempts] == [None, 204]


async def test_a_receiver_that_closes_or_is_not_there_is_asked_once(branch: Branch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gone = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    async with Receiver(["close"]) as receiver, sending(branch):
        make(branch, receiver.url)
        make(branch, gone)
        report(branch)
        closed, refused = await finished(branch, 2)
        assert len(receiver.received) == 1
    for delivery in (closed, refused):
        assert delivery.state is DeliveryState.FAILED
        assert len(delivery.attempts) == 1
        assert delivery.error
    assert "ServerDisconnectedError" in str(closed.error)


async def test_a_hanging_receiver_keeps_no_other_waiting(branch: Branch, hanging: str) -> None:
    async with Receiver() as receiver, sending(branch):
        make(branch, hanging)
        make(branch, receiver.url)
        for number in range(5):
            report(branch, number=number)
        await until(lambda: len(receiver.received) == 5)
        numbers = [came.body["metadata"] for came in receiver.received]
        assert numbers == [{"referred": False, "number": number} for number in range(5)]
        assert [d.state for d in branch.webhooks.all() if d.url == hanging] == ["pending"] * 5


async def test_nothing_is_sent_before_the_answer(branch: Branch) -> None:
    async with Receiver() as receiver, Receiver() as other, sending(branch) as sender:
        make(branch, receiver.url)
        make(branch, other.url, event="probe")
        with sender.hold():
            report(branch)
            elsewhere = Thread(target=report, args=(branch, "ann", "probe"))
            elsewhere.start()
            await until(lambda: other.received)
            elsewhere.join(5)
            assert receiver.received == []
            assert branch.webhooks.all()[0].attempts == ()
        await finished(branch, 2)
        assert len(receiver.received) == 1


async def test_what_is_undone_is_not_sent(branch: Branch) -> None:
    make(branch, "http://127.0.0.1:1/")

    def fail() -> None:
        with branch.store.transaction():
            report(branch)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert branch.webhooks.all() == []
    report(branch)
    assert len(branch.webhooks.all()) == 1


async def test_without_a_server_webhooks_are_pending_until_there_is_one(branch: Branch) -> None:
    async with Receiver() as receiver:
        make(branch, receiver.url)
        report(branch)
        assert [d.state for d in branch.webhooks.all()] == [DeliveryState.PENDING]
        with pytest.raises(WaitTimedOut, match=r"0 of 1 webhooks .* pending: http://127"):
            branch.webhooks.wait(1, 0.01)
        async with sending(branch):
            await finished(branch)
        assert len(receiver.received) == 1


async def test_what_was_being_sent_at_the_stop_is_sent_by_the_next_start(branch: Branch) -> None:
    async with Receiver(["hang", 200]) as receiver:
        async with sending(branch):
            make(branch, receiver.url)
            report(branch)
            await until(lambda: receiver.received)
        (delivery,) = branch.webhooks.all()
        assert delivery.state is DeliveryState.PENDING
        assert delivery.error == "the server stopped"
        async with sending(branch):
            (delivery,) = await finished(branch)
    assert [attempt.status for attempt in delivery.attempts] == [None, 200]


async def test_redelivery_adds_an_attempt(branch: Branch) -> None:
    async with Receiver([500, 200]) as receiver, sending(branch):
        make(branch, receiver.url)
        report(branch)
        (failed,) = await finished(branch)
        assert branch.webhooks.redeliver(failed.id).state is DeliveryState.PENDING
        (again,) = await finished(branch)
        assert len(receiver.received) == 2
    assert again.state is DeliveryState.DELIVERED
    assert [attempt.status for attempt in again.attempts] == [500, 200]


async def test_the_log_is_bounded(branch: Branch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "MAX_DELIVERIES", 3)
    async with Receiver() as receiver, sending(branch):
        make(branch, receiver.url)
        for number in range(5):
            report(branch, number=number)
            await finished(branch, number + 1)
    kept = [delivery.body["metadata"]["number"] for delivery in branch.webhooks.all()]
    assert kept == [2, 3, 4]


def test_a_receiver_that_hangs_delays_neither_answer_nor_stop(hanging: str) -> None:
    mock = BranchMock(clock=FrozenClock()).start()
    client = Client(mock.url, mock.app.key, mock.app.secret)
    make(mock.branch, hanging)
    for _ in range(3):
        answer = client.post("/v1/event", {"identity": "ann", "event": "buy"})
        assert answer.status_code == 200
    assert [d.finished for d in mock.webhooks.all()] == [False] * 3
    client.close()
    watch = Stopwatch()
    mock.stop()
    assert watch.ms() < 1000
    assert [d.state for d in mock.webhooks.all()] == [DeliveryState.PENDING] * 3
    assert mock.failures == []


async def test_a_name_that_is_looked_up_for_ever_delays_no_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, end, look_up = Flag(), Flag(), socket.getaddrinfo

    def slow(host: str, *rest: Any, **options: Any) -> Any:
        if host == "slow.example.com":
            asked.set()
            end.wait(30)
            host = "127.0.0.1"
        return look_up(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    mock = BranchMock().start()
    make(mock.branch, "http://slow.example.com:1/")
    report(mock.branch)
    assert await asyncio.to_thread(asked.wait, 5)
    watch = Stopwatch()
    mock.stop()
    assert watch.ms() < 1000
    end.set()


def test_a_sync_test_waits_for_webhooks(mock: BranchMock, client: Client) -> None:
    mock.rules.create(
        event="*",
        type="web_hook",
        calculation_type=0,
        location=0,
        metadata={"web_hook_url": mock.webhooks.inbox_url("hooks")},
    )
    for name in ("one", "two"):
        client.post("/v1/event", {"identity": "ann", "event": name})
    mock.events.create("three", "ann")
    assert [d.status for d in mock.webhooks.wait(3, 5)] == [200, 200, 200]
    assert [m.body["event"] for m in mock.webhooks.inbox("hooks")] == ["one", "two", "three"]


@pytest.mark.parametrize("blocking", [True, False])
async def test_an_async_test_waits_for_webhooks(mock: BranchMock, *, blocking: bool) -> None:
    make(mock.branch, mock.webhooks.inbox_url("hooks"))
    mock.events.create("buy", "ann")
    wait: Callable[[], list[Delivery]] = mock.webhooks.wait
    (delivery,) = wait() if blocking else await mock.webhooks.wait_async()
    assert delivery.state is DeliveryState.DELIVERED


async def test_a_receiver_on_the_loop_of_the_test_is_waited_for(mock: BranchMock) -> None:
    async with Receiver() as receiver:
        make(mock.branch, receiver.url)
        mock.events.create("buy", "ann")
        (delivery,) = await mock.webhooks.wait_async(1, 5)
        assert len(receiver.received) == 1
    assert delivery.status == 200


async def test_create_app_sends_too(branch: Branch, aiohttp_client: AiohttpClient) -> None:
    async with Receiver() as receiver:
        make(branch, receiver.url)
        app = branch.apps.default
        client = await aiohttp_client(create_app(branch))
        body = {"branch_key": app.key, "branch_secret": app.secret}
        answer = await client.post("/v1/event", json={**body, "identity": "ann", "event": "buy"})
        assert answer.status == 200
        (delivery,) = await finished(branch)
        assert delivery.status == 200
        await client.close()
        report(branch)
        assert [d.state for d in branch.webhooks.all()] == ["delivered", "pending"]


async def test_a_receiver_that_hangs_is_given_up_at_a_reset(branch: Branch) -> None:
    async with Receiver(["hang", 200]) as receiver, sending(branch):
        make(branch, receiver.url)
        report(branch, n=1)
        report(branch, n=2)
        await until(lambda: receiver.received)
        branch.webhooks.clear()
        report(branch, n=3)
        (delivery,) = await finished(branch)
        assert [came.body["metadata"] for came in receiver.received] == [
            {"referred": False, "n": 1},
            {"referred": False, "n": 3},
        ]
    assert delivery.state is DeliveryState.DELIVERED


async def test_a_bug_while_sending_fails_one_delivery_only(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> int:
        raise LookupError("nobody meant this")

    async with Receiver() as receiver, sending(branch):
        make(branch, receiver.url)
        with monkeypatch.context() as patch:
            patch.setattr(Sender, "_post", broken)
            report(branch)
            (first,) = await finished(branch)
        report(branch)
        _, second = await finished(branch, 2)
    assert "LookupError: nobody meant this" in str(first.error)
    assert "Traceback" in caplog.text
    assert second.state is DeliveryState.DELIVERED


async def test_reset_forgets_deliveries_and_what_is_pending_is_not_sent(
    mock: BranchMock, hanging: str
) -> None:
    make(mock.branch, hanging)
    for _ in range(3):
        mock.events.create("buy", "ann")
    await until(mock.webhooks.all)
    mock.reset()
    assert mock.webhooks.all() == []
    make(mock.branch, mock.webhooks.inbox_url("hooks"))
    mock.events.create("buy", "ann")
    assert len(await mock.webhooks.wait_async(1, 5)) == 1
