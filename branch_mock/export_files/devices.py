"""The devices of invented users: real user agents, and what they say as ready pieces of CSV.

Nothing about a device is stated here but its user agent, so its columns agree with it: they are
what `domain.devices` reads in it.
"""

from functools import cache

from msgspec import Struct

from branch_mock.domain.devices import Platform, recognise
from branch_mock.domain.export_columns import csv_line

_SAFARI = (
    "Mozilla/5.0 ({device}; CPU {cpu} {system} like Mac OS X) AppleWebKit/601.1.46 "
    "(KHTML, like Gecko) Version/9.0 Mobile/{build} Safari/601.1"
)
_CHROME_IOS = (
    "Mozilla/5.0 ({device}; CPU {cpu} {system} like Mac OS X) AppleWebKit/601.1 "
    "(KHTML, like Gecko) CriOS/47.0.2526.107 Mobile/{build} Safari/601.1.46"
)
_ANDROID = (
    "Mozilla/5.0 (Linux; Android {system}; {model} Build/{build}) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/{chrome} Mobile Safari/537.36"
)
_DESKTOP = (
    (
        "Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/{chrome} Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/{chrome} Safari/537.36"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_2) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/{chrome} Safari/537.36"
    ),
)
_DESKTOP_OTHERS = (
    "Mozilla/5.0 (Windows NT 10.0; WOW64; rv:43.0) Gecko/20100101 Firefox/43.0",
    "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:43.0) Gecko/20100101 Firefox/43.0",
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_2) AppleWebKit/601.3.9 (KHTML, like Gecko) "
        "Version/9.0.2 Safari/601.3.9"
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_10_5) AppleWebKit/601.2.7 (KHTML, like Gecko) "
        "Version/9.0.1 Safari/601.2.7"
    ),
)
_APPLE_DEVICES = (("iPhone", "iPhone OS", 12), ("iPad", "OS", 3))
_APPLE_SYSTEMS = (("8_4_1", "12H321", 1), ("9_1", "13B143", 2), ("9_2", "13C75", 5))
_ANDROID_MODELS = (
    ("5.1.1", "SM-G920F", "LMY47X", 8),
    ("5.0", "SM-G900V", "LRX21T", 7),
    ("5.0.1", "SM-N910V", "LRX22C", 4),
    ("4.4.2", "SM-G7102", "KOT49H", 2),
    ("6.0", "Nexus 5", "MRA58N", 4),
    ("6.0.1", "Nexus 6P", "MMB29M", 2),
    ("6.0.1", "Nexus 5X", "MMB29P", 2),
    ("5.1", "XT1068", "LPB23.13-56", 3),
    ("5.1", "LG-H815", "LMY47D", 3),
    ("5.0.2", "HTC One_M8", "LRX22G", 3),
    ("5.1.1", "D6603", "23.4.A.1.264", 2),
)
_CHROMES = (("46.0.2490.76", 1), ("47.0.2526.83", 4))


class DevicePieces(Struct, frozen=True, kw_only=True):
    """One kind of device, as pieces of the lines that it appears in.

    click: os, os_version, model, browser, user_agent. system: device_os, device_os_version,
    device_metadata; empty on the desktop, where there is no app. browser: browser_os,
    browser_os_version, user_agent. weight: how common it is.
    """

    click: str
    system: str
    browser: str
    mobile: bool
    apple: bool
    weight: int


@cache
def devices() -> tuple[DevicePieces, ...]:
    """Every kind of device that invented users have."""
    return tuple(_pieces(agent, weight) for agent, weight in _user_agents())


def _user_agents() -> list[tuple[str, int]]:
    found = []
    for device, cpu, many in _APPLE_DEVICES:
        for system, build, often in _APPLE_SYSTEMS:
            parts = {"device": device, "cpu": cpu, "system": system, "build": build}
            found.append((_SAFARI.format(**parts), many * often * 4))
            found.append((_CHROME_IOS.format(**parts), many * often))
    for chrome, often in _CHROMES:
        for system, model, build, many in _ANDROID_MODELS:
            parts = {"system": system, "model": model, "build": build, "chrome": chrome}
            found.append((_ANDROID.format(**parts), many * often * 2))
        found.extend((agent.format(chrome=chrome), often * 12) for agent in _DESKTOP)
    found.extend((agent, 10) for agent in _DESKTOP_OTHERS)
    return found


def _pieces(user_agent: str, weight: int) -> DevicePieces:
    device = recognise(user_agent)
    metadata = {"brand": device.brand, "model": device.model, "os": device.os}
    system = (device.os, device.os_version, metadata) if device.mobile else (None, None, None)
    return DevicePieces(
        click=csv_line((device.os, device.os_version, device.model, device.browser, user_agent)),
        system=csv_line(system),
        browser=csv_line((device.os, device.os_version, user_agent)),
        mobile=device.mobile,
        apple=device.platform in {Platform.IOS, Platform.IPAD},
        weight=weight,
    )
