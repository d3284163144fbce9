"""Devices: what their user agents tell, and what a click and a session of one device share.

The platform decides where a click leads; the traits decide which click led to a session (contract
6).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import Struct

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


class UserAgent(Struct, frozen=True, kw_only=True, gc=False):
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
def recognise(user_agent: str) -> UserAgent:
    """The device behind a user agent. Characters past the first 1,024 are not looked at."""
    from ua_parser import parse  # noqa: PLC0415 - a tenth of a second that only clicks need

    result = parse(user_agent[:_MAX_USER_AGENT])
    device, system, browser = result.device, result.os, result.user_agent
    family = device.family if device else ""
    brand = device.brand if device else None
    return UserAgent(
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


class Traits(NamedTuple):
    """What a click and a deferred session have in common when one device made both."""

    app_id: int
    ip: str
    os: str
    os_version: str
    model: str


@lru_cache(maxsize=4096)
def traits(
    app_id: int, ip: str, os: str | None, os_version: str | None, model: str | None
) -> Traits | None:
    """The traits of a device, by whichever name browser or SDK calls them; None if it hides its os.

    SDKs name some models more precisely than browsers do: `iPhone8,1`, `KFFOWI`.
    """
    return Traits(app_id, ip, *_common_names(os, os_version, model)) if os else None


def _common_names(os: str, os_version: str | None, model: str | None) -> tuple[str, str, str]:
    system = os.lower()
    release = (os_version or "").strip()
    if system == "android":
        release = ".".join(release.split(".")[:2])
    while release.endswith(".0"):
        release = release.removesuffix(".0")
    family = model or ""
    for pattern, name in _FAMILIES:
        if pattern.match(family):
            family = name
    return system, release, family


_FAMILIES = (
    (re.compile(r"iPhone"), "iPhone"),
    (re.compile(r"iPad"), "iPad"),
    (re.compile(r"iPod"), "iPod"),
    (re.compile(r"KF[A-Z]{2,}"), "Kindle"),
)


def release_of(os: str | None, version: str | None) -> str | None:
    """The version that an SDK means: on Android it sends the level of the API instead."""
    return _ANDROID_RELEASES.get(version or "", version) if os == "Android" else version


_ANDROID_RELEASES = {
    "14": "4.0", "15": "4.0", "16": "4.1", "17": "4.2", "18": "4.3", "19": "4.4", "20": "4.4",
    "21": "5.0", "22": "5.1", "23": "6.0", "24": "7.0", "25": "7.1", "26": "8.0", "27": "8.1",
    "28": "9", "29": "10", "30": "11", "31": "12", "32": "12", "33": "13", "34": "14", "35": "15",
    "36": "16",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device to simulate: what its browser and the SDK in its app say of it.

    Two devices are told apart by hardware_id in apps, by ip and user agent in browsers:
    `dataclasses.replace(IPHONE, ip="192.0.2.77", hardware_id="another-iphone")` is another one.

    user_agent: its browser's. ip: the address that it calls from. os, os_version, model, brand: as
    the SDK names them; None for what runs no apps. app_version: of the app on it.
    """

    user_agent: str
    ip: str
    os: str | None = None
    os_version: str | None = None
    model: str | None = None
    brand: str | None = None
    hardware_id: str | None = None
    app_version: str = "1.0"

    @property
    def runs_apps(self) -> bool:
        """Whether an app can be opened on it, rather than pages only."""
        return self.os is not None

    def app_fields(self) -> dict[str, str]:
        """What the SDK in an app on it says when a session begins."""
        names = ("os", "os_version", "model", "brand", "hardware_id", "app_version")
        fields = {name: getattr(self, name) for name in names}
        return {name: value for name, value in fields.items() if value is not None}


_MOZILLA = "Mozilla/5.0"
_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IOS_WEBKIT = "AppleWebKit/601.1.46 (KHTML, like Gecko)"
_IOS_SAFARI = f"{_IOS_WEBKIT} Version/9.0 Mobile/13C75 Safari/601.1"

IPHONE = Device(
    user_agent=f"{_MOZILLA} (iPhone; CPU iPhone OS 9_2 like Mac OS X) {_IOS_SAFARI}",
    ip="192.0.2.10",
    os="iOS",
    os_version="9.2",
    model="iPhone8,1",
    brand="Apple",
    hardware_id="4D0C1E5A-9C1B-4B57-9C36-2E6A1F0B7D11",
)
"""An iPhone 6s with iOS 9.2: Safari, and an app with the SDK."""

IPAD = Device(
    user_agent=f"{_MOZILLA} (iPad; CPU OS 9_2 like Mac OS X) {_IOS_SAFARI}",
    ip="192.0.2.11",
    os="iOS",
    os_version="9.2",
    model="iPad5,3",
    brand="Apple",
    hardware_id="7B2F90D3-51AE-4E0C-8A44-6D1E3C5F8A22",
)
"""An iPad Air 2 with iOS 9.2: Safari, and an app with the SDK."""

PIXEL = Device(
    user_agent=(
        f"{_MOZILLA} (Linux; Android 7.1.1; Pixel Build/NMF26U) {_WEBKIT} "
        "Chrome/55.0.2883.91 Mobile Safari/537.36"
    ),
    ip="192.0.2.20",
    os="Android",
    os_version="7.1.1",
    model="Pixel",
    brand="Google",
    hardware_id="9f3a6c1d2e4b5870",
)
"""A Pixel with Android 7.1.1: Chrome, and an app with the SDK."""

KINDLE_FIRE = Device(
    user_agent=(
        f"{_MOZILLA} (Linux; Android 5.1.1; KFFOWI Build/LMY47O) {_WEBKIT} "
        "Silk/47.1.79 like Chrome/47.0.2526.80 Safari/537.36"
    ),
    ip="192.0.2.21",
    os="Android",
    os_version="5.1.1",
    model="KFFOWI",
    brand="Amazon",
    hardware_id="c81d20aa5be94f76",
)
"""A Kindle Fire with Fire OS, which is Android 5.1.1: Silk, and an app with the SDK."""

DESKTOP = Device(
    user_agent=(
        f"{_MOZILLA} (Macintosh; Intel Mac OS X 10_11_2) {_WEBKIT} "
        "Chrome/47.0.2526.111 Safari/537.36"
    ),
    ip="192.0.2.30",
)
"""Chrome on a Mac; it runs no apps."""

FACEBOOK_BOT = Device(
    user_agent="facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    ip="192.0.2.40",
)
"""Facebook's reader of Open Graph tags: it makes no clicks."""

TWITTER_BOT = Device(user_agent="Twitterbot/1.0", ip="192.0.2.41")
"""Twitter's reader of cards: it makes no clicks."""

DEVICES: Mapping[str, Device] = {
    "iphone": IPHONE,
    "ipad": IPAD,
    "pixel": PIXEL,
    "kindle_fire": KINDLE_FIRE,
    "desktop": DESKTOP,
    "facebook_bot": FACEBOOK_BOT,
    "twitter_bot": TWITTER_BOT,
}
"""Devices by name, for the control plane."""
