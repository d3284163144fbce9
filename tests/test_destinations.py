"""Where webhooks may go (contract 9)."""

import pytest

from branch_mock import Settings, SettingsError
from branch_mock.destinations import Destinations

LOCAL = ("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1")
LOCAL_6 = ("::1", "fc00::1", "fdff::1", "::ffff:10.0.0.1")
OTHERS = ("203.0.113.5", "172.32.0.1", "11.0.0.1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "8.8.8.8")
OTHERS_6 = ("2001:db8::1", "::", "::ffff:203.0.113.5", "ff02::1", "64:ff9b::808:808")
METADATA_4 = (
    "169.254.169.254",
    "169.254.170.2",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
)
METADATA_6 = (
    "fe80::1",
    "fe80::a9fe:a9fe%eth0",
    "fd00:ec2::254",
    "fd00:0ec2:0:0:0:0:0:0254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "::ffff:168.63.129.16",
    "64:ff9b:1::a9fe:a9fe",
    "::ffff:0:169.254.169.254",
)
METADATA = (*METADATA_4, *METADATA_6)


@pytest.mark.parametrize("address", [*LOCAL, *LOCAL_6])
def test_loopback_and_private_addresses_are_allowed(address: str) -> None:
    assert Destinations().allows("any.example.com", address)


@pytest.mark.parametrize("address", [*OTHERS, *OTHERS_6, *METADATA, "nonsense", ""])
def test_others_are_not(address: str) -> None:
    assert not Destinations().allows("localhost", address)


def test_a_network_allows_its_addresses() -> None:
    allowed = Destinations(["203.0.113.0/24", "2001:db8::1", "169.254.1.0/24"])
    for address in ("203.0.113.5", "::ffff:203.0.113.5", "2001:db8::1", "169.254.1.1"):
        assert allowed.allows("", address)
    for address in ("203.0.114.5", "2001:db8::2", "169.254.169.254"):
        assert not allowed.allows("", address)


@pytest.mark.parametrize(
    ("host", "matches"),
    [
        ("a.example.com", True),
        ("A.Example.COM.", True),
        ("example.com", False),
        ("a.example.com.evil.test", False),
        ("receiver", True),
        ("203.0.113.5", False),
    ],
)
def test_a_name_allows_where_it_leads_but_for_link_local(host: str, *, matches: bool) -> None:
    allowed = Destinations(["*.example.com", "Receiver"])
    assert allowed.allows(host, "203.0.113.5") == matches
    for address in METADATA:
        assert not allowed.allows(host, address)


@pytest.mark.parametrize("address", METADATA)
def test_no_wide_net_catches_where_clouds_keep_secrets(address: str) -> None:
    wide = Destinations(["0.0.0.0/0", "::/0", "168.0.0.0/6", "169.0.0.0/8", "fc00::/7", "*"])
    assert not wide.allows("anything", address)
    assert wide.allows("anything", "203.0.113.5")
    assert wide.allows("anything", "2001:db8::1")


@pytest.mark.parametrize(
    ("network", "address"),
    [
        ("169.254.169.254", "169.254.169.254"),
        ("169.254.169.254/32", "::ffff:169.254.169.254"),
        ("169.254.0.0/16", "169.254.170.2"),
        ("fd00:ec2::254", "fd00:ec2::254"),
        ("168.63.129.16", "168.63.129.16"),
    ],
)
def test_who_names_the_very_place_gets_there(network: str, address: str) -> None:
    assert Destinations([network]).allows("", address)
    assert not Destinations(["10.0.0.0/8"]).allows("", address)


@pytest.mark.parametrize("text", ["", "http://example.com", "10.0.0.1/8", "a b", "example.com:80"])
def test_what_is_neither_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="webhook_allow: neither a network nor a host name"):
        Settings(webhook_allow=(text,))


def test_the_environment_names_several() -> None:
    settings = Settings.from_env({"BRANCH_MOCK_WEBHOOK_ALLOW": "10.0.0.0/8, *.example.com"})
    assert settings.webhook_allow == ("10.0.0.0/8", "*.example.com")
    assert Settings(webhook_allow="receiver").webhook_allow == ("receiver",)  # type: ignore[arg-type]
