"""What user agents say of devices (contract 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch_mock.domain.devices import Platform, recognise
from tests import user_agents as agents


@pytest.mark.parametrize(
    ("agent", "platform", "os", "os_version"),
    [
        (agents.DESKTOP, Platform.DESKTOP, "Windows", "10"),
        (agents.MAC, Platform.DESKTOP, "Mac OS X", "10.11.2"),
        (agents.IPHONE, Platform.IOS, "iOS", "9.2"),
        (agents.IPOD, Platform.IOS, "iOS", "9.2"),
        (agents.IPAD, Platform.IPAD, "iOS", "9.2"),
        (agents.ANDROID, Platform.ANDROID, "Android", "6.0"),
        (agents.FIRE, Platform.FIRE, "Android", "5.1.1"),
        (agents.FIRE_TV, Platform.ANDROID, "Android", "5.1.1"),
        (agents.WINDOWS_PHONE, Platform.WINDOWS_PHONE, "Windows Phone", "10.0"),
        (agents.BLACKBERRY, Platform.BLACKBERRY, "BlackBerry OS", "10.0.9"),
        (agents.PLAYBOOK, Platform.BLACKBERRY, "BlackBerry Tablet OS", "2.1.0"),
        ("", Platform.DESKTOP, None, None),
    ],
)
def test_platforms_are_told_apart(
    agent: str, platform: Platform, os: str | None, os_version: str | None
) -> None:
    device = recognise(agent)
    assert (device.platform, device.os, device.os_version) == (platform, os, os_version)
    assert device.mobile is (platform is not Platform.DESKTOP)
    assert not device.bot


@pytest.mark.parametrize("agent", agents.BOTS)
def test_bots_are_known(agent: str) -> None:
    assert recognise(agent).bot


@given(st.text(max_size=2000))
def test_any_text_is_some_device(agent: str) -> None:
    assert recognise(agent).platform in Platform


def test_only_the_beginning_is_looked_at() -> None:
    assert recognise("x" * 1024 + agents.IPHONE).platform is Platform.DESKTOP


@pytest.mark.parametrize("agent", ["Java/17.0.15", "Python-urllib/3.11", "python-urllib3/2.2"])
def test_libraries_that_tests_are_made_with_are_no_bots(agent: str) -> None:
    assert not recognise(agent).bot
