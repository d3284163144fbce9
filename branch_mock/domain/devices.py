"""Devices, as a user agent tells them: the platform decides where a click leads (contract 6)."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

_MAX_USER_AGENT = 1024
_LIBRARIES = ("Java/", "Python-urllib/", "python-urllib3/")
"""HTTP clients that ua-parser takes for bots; tests follow links with them."""


class Platform(StrEnum):
    """The kinds of device that links and apps have destinations for."""

    DESKTOP = "desktop"
    IOS = "ios"
    IPAD = "ipad"
    ANDROID = "android"
    FIRE = "fire"
    WINDOWS_PHONE = "windows_phone"
    BLACKBERRY = "blackberry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a user agent says of itself; None where it does not say."""

    platform: Platform
    os: str | None = None
    os_version: str | None = None
    brand: str | None = None
    model: str | None = None
    browser: str | None = None
    bot: bool = False

    @property
    def mobile(self) -> bool:
        """Whether it is a phone or tablet."""
        return self.platform is not Platform.DESKTOP


@lru_cache(maxsize=4096)
def recognise(user_agent: str) -> Device:
    """The device behind a user agent. Characters past the first 1,024 are not looked at."""
    from ua_parser import parse  # noqa: PLC0415 - a tenth of a second that only clicks need

    result = parse(user_agent[:_MAX_USER_AGENT])
    device, system, browser = result.device, result.os, result.user_agent
    family = device.family if device else ""
    brand = device.brand if device else None
    return Device(
        platform=_platform(family, system.family if system else "", brand),
        os=system.family if system else None,
        os_version=_version(system),
        brand=brand,
        model=device.model if device else None,
        browser=browser.family if browser else None,
        bot=family == "Spider" and not user_agent.startswith(_LIBRARIES),
    )


def _platform(family: str, system: str, brand: str | None) -> Platform:
    if brand == "Amazon" and not family.startswith("AFT"):  # AFT…: the Fire TV sticks
        return Platform.FIRE
    if family.startswith("iPad"):
        return Platform.IPAD
    return _PLATFORM_BY_SYSTEM.get(system, Platform.DESKTOP)


_PLATFORM_BY_SYSTEM = {
    "iOS": Platform.IOS,
    "Android": Platform.ANDROID,
    "Windows Phone": Platform.WINDOWS_PHONE,
    "BlackBerry OS": Platform.BLACKBERRY,
    "BlackBerry Tablet OS": Platform.BLACKBERRY,
}


def _version(system: Any) -> str | None:
    if system is None or system.major is None:
        return None
    parts = (system.major, system.minor, system.patch)
    return ".".join(part for part in parts if part is not None)
