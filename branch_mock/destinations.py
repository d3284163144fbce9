"""Where others may lead this machine: webhooks to loopback and private addresses and what is
allowed besides (contract 9), and nobody to where clouds keep their credentials.

The rules are about the address that is really connected to, so no name can be turned into another
address after the check.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_LOCAL = tuple(
    ip_network(text)
    for text in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "::1/128",
        "fc00::/7",
    )
)
_METADATA = tuple(
    ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd20:ce::/32",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    )
)
"""Where clouds tell their machines secrets: link-local addresses, those of Amazon and Google in
IPv6, of Alibaba, of Azure, of Oracle."""

_IPV4_IN_LAST_BITS = tuple(
    ip_network(text) for text in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96")
)
"""NAT64's own prefix and that for local use, and two older ways to write an IPv4 address."""

_LOW_32 = 0xFFFF_FFFF
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._*?")

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Metadata:
    """Where clouds tell their machines secrets, which nobody may be led to.

    named: networks and addresses inside such a place are open all the same. Whatever else it has,
    such as host names and wider networks, opens none.
    """

    def __init__(self, named: Iterable[str] = ()) -> None:
        networks = (network for text in named if (network := _network(text)) is not None)
        self._open = tuple(network for network in networks if _within(network, _METADATA))

    def closes(self, address: str) -> bool:
        """Whether no connection to `address` may be opened. Raises ValueError for what is none."""
        real = _unmapped(ip_address(address))
        secret = any(_inside(meant, _METADATA) for meant in (real, *_meant(real)))
        return secret and not _inside(real, self._open)


class Destinations:
    """Which hosts and addresses webhooks may be sent to.

    allow: networks such as `203.0.113.0/24`, addresses, and host names with `*` and `?`, besides
    the loopback and private addresses. Where clouds keep their secrets nobody gets by a host name,
    by a network that is wider than such a place, or by an IPv6 address that stands for it: only a
    network that names the place does.

    Raises ValueError for what is neither network nor host name.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        allow = tuple(allow)
        given = {text: _network(text) for text in allow}
        self._networks = (*_LOCAL, *(network for network in given.values() if network is not None))
        self._names = tuple(_name(text) for text, network in given.items() if network is None)
        self._metadata = Metadata(allow)

    def allows(self, host: str, address: str) -> bool:
        """Whether a connection to `address`, made for the host name `host`, may be opened."""
        try:
            real = _unmapped(ip_address(address))
        except ValueError:
            return False
        if self._metadata.closes(address):
            return False
        return _inside(real, self._networks) or any(
            fnmatchcase(host.lower().rstrip("."), name) for name in self._names
        )


def _network(text: str) -> Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _name(text: str) -> str:
    name = text.lower()
    if not name or "/" in name or not _NAME_CHARACTERS.issuperset(name):
        raise ValueError(f"neither a network nor a host name: {text!r}")
    return name


def _unmapped(address: Address) -> Address:
    """The IPv4 address inside an IPv6 one such as `::ffff:203.0.113.5`."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _meant(address: Address) -> list[IPv4Address]:
    """The IPv4 addresses that gateways make of an IPv6 one."""
    if isinstance(address, IPv4Address):
        return []
    found = [address.sixtofour, *(address.teredo or ())]
    if _inside(address, _IPV4_IN_LAST_BITS):
        found.append(IPv4Address(int(address) & _LOW_32))
    return [meant for meant in found if meant is not None]


def _within(network: Network, others: Iterable[Network]) -> bool:
    return any(
        network.network_address in other and network.broadcast_address in other for other in others
    )


def _inside(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)
