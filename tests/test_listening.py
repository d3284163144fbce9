"""Nothing listens where nobody asked for it."""

import os
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest

from branch_mock import BranchMock
from tests.process import serving

_LISTENS = "0A"
_WORD = 8


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses and ports that a process listens on, by Linux's own account, UDP included."""
    own = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    found = set()
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        path = Path(f"/proc/{pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            _, local, _, state, *_, inode = line.split()[:10]
            if f"socket:[{inode}]" in own and (state == _LISTENS or "tcp" not in table):
                address, _, port = local.partition(":")
                found.add((str(_address(address)), int(port, 16)))
    return found


def _address(text: str) -> IPv4Address | IPv6Address:
    """An address as Linux writes it: words of 32 bits in the machine's own order."""
    words = [text[at : at + _WORD] for at in range(0, len(text), _WORD)]
    return ip_address(b"".join(bytes.fromhex(word)[::-1] for word in words))


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ((), {"127.0.0.1"}),
        (("--host", "::1"), {"::1"}),
        (("--host", "0.0.0.0"), {"0.0.0.0"}),
    ],
)
def test_a_server_listens_on_one_socket_on_loopback_unless_asked(
    options: tuple[str, ...], hosts: set[str]
) -> None:
    with serving("--port", "0", *options) as served:
        places = listening(served.process.pid)
        assert {host for host, _ in places} == hosts
        assert {port for _, port in places} == {int(served.url.rpartition(":")[2])}


@pytest.mark.parametrize(("options", "host"), [((), "127.0.0.1"), (("--host", "::1"), "::1")])
def test_every_door_is_where_the_first_one_is(
    tmp_path: Path, options: tuple[str, ...], host: str
) -> None:
    doors = (
        "--port",
        "0",
        "--tls-port",
        "0",
        "--proxy-port",
        "0",
        "--ca-dir",
        str(tmp_path / "ca"),
    )
    with serving(*doors, *options) as served:
        places = listening(served.process.pid)
        assert {host for host, _ in places} == {host}
        assert len(places) == 3


def test_what_intercepts_listens_on_loopback_only_and_meanwhile() -> None:
    before = listening(os.getpid())
    with BranchMock() as mock:
        served = listening(os.getpid()) - before
        with mock.intercept():
            opened = listening(os.getpid()) - before - served
        assert {host for host, _ in served | opened} == {"127.0.0.1"}
        assert (len(served), len(opened)) == (1, 2)
        assert listening(os.getpid()) - before == served
    assert listening(os.getpid()) <= before
