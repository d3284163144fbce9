"""Clicks: where a link leads a device, and what is recorded of it (contract 6)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from msgspec import Struct

from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import DEFAULT_STORE_COUNTRY, App
from branch_mock.domain.devices import Platform, Traits, UserAgent, traits
from branch_mock.domain.links import Link
from branch_mock.ids import created_ms

MATCH_ID = "_branch_match_id"
CLICK_EVENT = "click"
"""The event that a click counts as."""

_MATCH_PAIR = re.compile(rf"(?<=[?&]){MATCH_ID}=[^&#]*&?")
_URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"
_OWN_KEYS = {
    Platform.DESKTOP: ("$desktop_url",),
    Platform.IOS: ("$ios_url",),
    Platform.IPAD: ("$ipad_url", "$ios_url"),
    Platform.ANDROID: ("$android_url",),
    Platform.FIRE: ("$fire_url",),
    Platform.WINDOWS_PHONE: ("$windows_phone_url",),
    Platform.BLACKBERRY: ("$blackberry_url",),
}
_LINK_KEYS = {platform: (*own, "$fallback_url") for platform, own in _OWN_KEYS.items()}
_APP_KEYS = {
    Platform.DESKTOP: "default_desktop_url",
    Platform.IOS: "ios_url",
    Platform.IPAD: "ios_url",
    Platform.ANDROID: "android_url",
    Platform.FIRE: "fire_url",
    Platform.WINDOWS_PHONE: "windows_phone_url",
    Platform.BLACKBERRY: "blackberry_url",
}
_PACKAGE_NAME = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)+")
_APP_STORE_ID = re.compile(r"id\d+")


class Click(Struct, frozen=True, kw_only=True, gc=False):
    """One follow of a link by something that is not a bot.

    app_id: the link's app. link: as it was when it was clicked. query: the click's own parameters.
    user_agent, ip: who followed it, and from where; device: what that user agent tells.
    redirect_method: how it was led on, as exports tell it.
    browser_id: the fingerprint of this user agent at this address. phone_number: where the link was
    sent to from it.
    """

    id: int
    app_id: int
    link: Link
    browser_id: int
    device: UserAgent
    user_agent: str
    ip: str
    redirect_method: str
    phone_number: str | None = None
    query: Mapping[str, Any] = {}

    @property
    def created_ms(self) -> int:
        """When it happened, in milliseconds since 1970."""
        return created_ms(self.id)

    @property
    def traits(self) -> Traits | None:
        """What a session that this click led to must have in common with it."""
        device = self.device
        return traits(self.app_id, self.ip, device.os, device.os_version, device.model)

    def waits_at(self, now_ms: int) -> bool:
        """Whether a session may still be matched with it: for its link's match duration."""
        return now_ms - self.created_ms <= self.link.match_duration * 1000


def followed_address(origin: Origin, click: Click) -> str:
    """The address that was clicked; a dynamic link's carries all there is to it."""
    url = origin.link(click.link.domain, click.link.path)
    if click.link.id or not click.query:
        return url
    return f"{url}?{urlencode(click.query, doseq=True)}"


def destination(app: App, link: Link, query: Mapping[str, Any], platform: Platform) -> str | None:
    """Where a click leads, in the order of contract 6; None for the landing page.

    Only http and https addresses count; others are passed over.
    """
    for key in _LINK_KEYS[platform]:
        for given in (query, link.data):
            if key in given and _leads(given[key]):
                return str(given[key])
    store = _store_address(app, app.config.get(_APP_KEYS[platform]), platform)
    for address in (store, app.config.get("web_url")):
        if _leads(address):
            return str(address)
    return None


def _leads(address: object) -> bool:
    return isinstance(address, str) and is_web_address(address)


def _store_address(app: App, value: object, platform: Platform) -> object:
    """App config holds an address, a package name or an App Store id."""
    if isinstance(value, str):
        if platform in {Platform.IOS, Platform.IPAD} and _APP_STORE_ID.fullmatch(value):
            country = str(app.config.get("ios_store_country") or DEFAULT_STORE_COUNTRY).lower()
            return f"https://itunes.apple.com/{country}/app/{value}"
        if platform is Platform.ANDROID and _PACKAGE_NAME.fullmatch(value):
            return f"https://play.google.com/store/apps/details?id={value}"
    return value


@lru_cache(maxsize=1024)
def is_web_address(text: str) -> bool:
    """Whether a text is an http or https address with a host and nothing that breaks a header."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    clean = text.isprintable() and not text[:1].isspace()  # which urlsplit would strip
    return parts.scheme in {"http", "https"} and bool(host) and clean


def with_match_id(url: str, value: str) -> str:
    """`url` with `_branch_match_id` appended, before any fragment and once only; header-safe."""
    before, after = _around_match_id(url)
    return f"{before}{value}{after}"


@lru_cache(maxsize=1024)
def _around_match_id(url: str) -> tuple[str, str]:
    rest, hash_, fragment = quote(url, safe=_URL_CHARACTERS).partition("#")
    rest = _MATCH_PAIR.sub("", rest).rstrip("?&")
    separator = "&" if "?" in rest else "?"
    return f"{rest}{separator}{MATCH_ID}=", hash_ + fragment
