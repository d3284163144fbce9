"""Whom a name leads to: never to where clouds keep their credentials, however it is written."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

from branch_mock.proxy.guard import Guard, Refused
from tests.proxy.conftest import Proxying
from tests.proxy.talking import listening
from tests.proxy.test_tunnels import echo_until_end, tunnel
from tests.test_destinations import METADATA

NAME = "inside.example.com"
PLACE = "169.254.169.254"
Leads = Callable[..., list[Any]]


@pytest.fixture
def leads(monkeypatch: pytest.MonkeyPatch) -> Leads:
    """Lets every look-up of `NAME` lead to these addresses, each list for one look-up, and anything
    but loopback be noted and not connected to."""
    look_up = socket.getaddrinfo
    connect = asyncio.SelectorEventLoop.sock_connect

    def begin(*answers: list[str]) -> list[Any]:
        told, connected = list(answers), []

        def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
            if host not in (NAME, NAME.encode()):
                return look_up(host, port, *rest, **named)
            found = told[0] if len(told) == 1 else told.pop(0)
            return [one for item in found for one in look_up(item, port, *rest, **named)]

        async def sock_connect(self: Any, sock: socket.socket, address: Any) -> Any:
            if address[0] == "127.0.0.1":
                return await connect(self, sock, address)
            connected.append(address[0])
            raise ConnectionRefusedError(111, "the test lets nothing out")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_connect", sock_connect)
        return connected

    return begin


@pytest.mark.parametrize("address", METADATA)
@pytest.mark.parametrize("allow", ["*", "*.example.com", "169.254.*", "::/0", "0.0.0.0/0"])
def test_no_pattern_opens_where_clouds_keep_credentials(address: str, allow: str) -> None:
    guard = Guard(lambda _: False, [allow])
    with pytest.raises(Refused, match="clouds keep their credentials there") as refused:
        guard.check_address(address)
    assert refused.value.status == 403


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "203.0.113.5", "::1", "2001:db8::1"])
def test_other_addresses_are_the_names_to_decide(address: str) -> None:
    Guard(lambda _: False, ["*"]).check_address(address)


def test_who_names_the_very_place_gets_there() -> None:
    guard = Guard(lambda _: False, ["*", PLACE])
    guard.check_address(PLACE)
    with pytest.raises(Refused):
        guard.check_address("169.254.170.2")


FORMS = (
    "CONNECT {host}:80 HTTP/1.1\r\n\r\n",
    "GET http://{host}/latest/meta-data/ HTTP/1.1\r\nHost: x\r\n\r\n",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("host", [NAME, PLACE, "[fd00:ec2::254]"])
async def test_the_metadata_address_is_never_connected_to(
    proxying: Proxying, leads: Leads, form: str, host: str
) -> None:
    connected = leads([PLACE, "fd00:ec2::254"])
    async with proxying("*") as ends:
        stream = await ends.open()
        assert await stream.status(form.format(host=host).encode()) == 403
        assert b"clouds keep their credentials there" in await stream.rest()
    assert connected == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "host", ["2852039166", "0xA9FEA9FE", "0251.0376.0251.0376", "169.16689662"]
)
async def test_it_is_not_in_disguise_either(
    proxying: Proxying, leads: Leads, form: str, host: str
) -> None:
    """The system reads numbers as addresses, in all the ways that C does; aiohttp refuses some."""
    connected = leads([PLACE])
    async with proxying("*") as ends:
        stream = await ends.open()
        assert await stream.status(form.format(host=host).encode()) in {403, 502}
    assert connected == []


@pytest.mark.parametrize("form", FORMS)
async def test_the_address_that_was_checked_is_the_one_connected_to(
    proxying: Proxying, leads: Leads, form: str
) -> None:
    """A name that changes its mind between check and connection: it is asked once only."""
    connected = leads(["203.0.113.5"], [PLACE])
    async with proxying("*") as ends:
        stream = await ends.open()
        assert await stream.status(form.format(host=NAME).encode()) == 502
    assert connected == ["203.0.113.5"]


async def test_of_several_addresses_the_next_is_tried(proxying: Proxying, leads: Leads) -> None:
    connected = leads([PLACE, "203.0.113.5", "127.0.0.1"])
    async with listening(echo_until_end) as port, proxying("*") as ends:
        stream = await tunnel(ends, port, NAME)
        stream.writer.write_eof()
        assert await stream.rest() == b"hello "
    assert connected == ["203.0.113.5"]
