"""Where webhooks may go, and where not, whatever leads there (contract 9)."""

import asyncio
import socket

import pytest

from branch_mock import Branch, Settings
from branch_mock.domain.webhooks import DeliveryState
from branch_mock.seeds import plant
from branch_mock.webhooks import DaemonResolver
from tests.receiver import Receiver
from tests.sending import Names, finished, make, report, sending

PUBLIC = "203.0.113.5"


@pytest.mark.parametrize(
    "host",
    [
        PUBLIC,
        "198.51.100.7",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "[::ffff:203.0.113.5]",
        "[2001:db8::5]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[64:ff9b::a9fe:a9fe]",
        "[::]",
    ],
)
async def test_a_public_address_is_never_connected_to(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    connected: list[object] = []

    async def connect(_: object, _socket: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError(111, "the test lets nothing out")

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "sock_connect", connect)
    async with sending(branch):
        make(branch, f"http://{host}:8080/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert connected == []
    assert delivery.state is DeliveryState.FAILED
    assert len(delivery.attempts) == 1
    assert "is not allowed; the setting webhook_allow may name it" in str(delivery.error)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "3405803781"])
async def test_addresses_in_disguise_are_checked_too(branch: Branch, host: str) -> None:
    async with sending(branch, resolver=Names([PUBLIC])):
        make(branch, f"http://{host}:9/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert delivery.state is DeliveryState.FAILED
    assert len(delivery.attempts) == 1


METADATA_IN_DISGUISE = (
    "2852039166",
    "0xA9FEA9FE",
    "0xa9.0xfe.0xa9.0xfe",
    "0251.0376.0251.0376",
    "025177524776",
    "169.254.43518",
    "169.16689662",
    "%31%36%39.254.169.254",
    "\uff11\uff16\uff19.254.169.254",
    "\u2460\u2465\u2468.254.169.254",
)


@pytest.mark.parametrize("host", METADATA_IN_DISGUISE)
@pytest.mark.parametrize("allow", [(), ("*",), ("0.0.0.0/0", "*")])
async def test_the_metadata_address_in_disguise_is_never_connected_to(
    monkeypatch: pytest.MonkeyPatch, host: str, allow: tuple[str, ...]
) -> None:
    """The system's own resolver reads numbers as addresses, in all the ways that C does."""
    branch = Branch(Settings(webhook_allow=allow))
    plant(branch)
    connected: list[object] = []

    async def connect(_: object, _socket: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError(111, "the test lets nothing out")

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "sock_connect", connect)
    async with sending(branch, resolver=DaemonResolver()):
        make(branch, f"http://{host}/latest/meta-data/")
        report(branch)
        (delivery,) = await finished(branch)
    assert connected == []
    assert delivery.state is DeliveryState.FAILED


@pytest.mark.parametrize("address", ["169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254"])
@pytest.mark.parametrize("allow", [("hooks.example.com",), ("0.0.0.0/0", "::/0"), ("*",)])
async def test_no_name_leads_to_the_metadata_address(address: str, allow: tuple[str, ...]) -> None:
    branch = Branch(Settings(webhook_allow=allow))
    plant(branch)
    async with sending(branch, resolver=Names([address])):
        make(branch, "http://hooks.example.com/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert delivery.state is DeliveryState.FAILED
    assert "is not allowed" in str(delivery.error)


async def test_a_redirect_to_the_metadata_address_is_not_followed(branch: Branch) -> None:
    names = Names(["127.0.0.1"])
    async with (
        Receiver([307], "http://169.254.169.254/latest/") as receiver,
        sending(branch, resolver=names),
    ):
        make(branch, f"http://hooks.example.com:{receiver.port}/hook")
        report(branch)
        (delivery,) = await finished(branch)
        assert len(receiver.received) == 1
    assert names.asked == ["hooks.example.com"]
    assert "redirects are not followed" in str(delivery.error)


async def test_the_address_that_was_checked_is_the_one_connected_to(
    branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that changes its mind between check and connection: it is asked once only."""
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    connected: list[object] = []

    async def connect(_: object, _socket: socket.socket, address: object) -> None:
        connected.append(address)
        raise ConnectionRefusedError(111, "the test lets nothing out")

    monkeypatch.setattr(asyncio.get_running_loop().__class__, "sock_connect", connect)
    async with sending(branch, resolver=names):
        make(branch, "http://hooks.example.com:9/hook")
        report(branch)
        await finished(branch)
    assert names.asked == ["hooks.example.com"]
    assert connected == [("127.0.0.1", 9)]


async def test_a_name_that_leads_to_a_public_address_is_refused(branch: Branch) -> None:
    names = Names([PUBLIC, "169.254.169.254"])
    async with sending(branch, resolver=names):
        make(branch, "http://hooks.example.com/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert names.asked == ["hooks.example.com"]
    assert delivery.state is DeliveryState.FAILED
    assert "is not allowed" in str(delivery.error)


async def test_a_name_is_looked_up_and_checked_anew_every_time(branch: Branch) -> None:
    names = Names(["127.0.0.1"], [PUBLIC])
    async with Receiver() as receiver, sending(branch, resolver=names):
        make(branch, f"http://hooks.example.com:{receiver.port}/hook")
        report(branch)
        await finished(branch)
        report(branch)
        first, second = await finished(branch, 2)
        assert len(receiver.received) == 1
    assert first.state is DeliveryState.DELIVERED
    assert second.state is DeliveryState.FAILED
    assert f"{PUBLIC} is not allowed" in str(second.error)


async def test_of_several_addresses_the_allowed_one_is_taken(branch: Branch) -> None:
    async with Receiver() as receiver, sending(branch, resolver=Names([PUBLIC, "127.0.0.1"])):
        make(branch, f"http://hooks.example.com:{receiver.port}/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert delivery.state is DeliveryState.DELIVERED


@pytest.mark.parametrize("allow", ["0.0.0.0", "0.0.0.0/32", "hooks.example.com", "*.Example.com"])
async def test_webhook_allow_names_more(allow: str) -> None:
    branch = Branch(Settings(webhook_allow=("192.0.2.0/24", allow)))
    plant(branch)
    async with Receiver() as receiver, sending(branch, resolver=Names(["0.0.0.0"])):
        make(branch, f"http://hooks.example.com:{receiver.port}/hook")
        report(branch)
        (delivery,) = await finished(branch)
    assert delivery.state is DeliveryState.DELIVERED
