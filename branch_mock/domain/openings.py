"""How a phone gets from a link into the app: its URI, and how long to wait (contract 6)."""

import re
from collections.abc import Mapping
from json import dumps
from typing import Any
from urllib.parse import quote, urlencode

from msgspec import Struct

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click, with_match_id
from branch_mock.domain.devices import Platform
from branch_mock.domain.links import Link

DEFAULT_TIMEOUT_MS = 750
"""How long a page waits for the app to open before it falls back."""

_MAX_TIMEOUT_MS = 60_000
_PLAY_STORE = "https://play.google.com/store/apps/details?"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)(:(//)?)?")
_NOT_APPS = frozenset({"javascript", "data", "vbscript", "file", "blob", "about", "http", "https"})
_URI_CHARACTERS = "/?&=:@!$'()*+,;~%-._"
_SYSTEMS = {
    Platform.IOS: "ios",
    Platform.IPAD: "ios",
    Platform.ANDROID: "android",
    Platform.FIRE: "android",
}
_NO = (False, 0, "false", "0", "no")


class Opening(Struct, frozen=True, kw_only=True):
    """What a page on a phone does: try the app, and fall back.

    uri: what opens the app. framed: whether it is tried in a hidden frame, so that the page stays,
    rather than by leaving the page. fallback: where to go otherwise, None to stay. timeout_ms: how
    long to wait for the app.
    """

    uri: str
    framed: bool
    fallback: str | None
    timeout_ms: int


def tries_app(app: App, data: Mapping[str, Any], platform: Platform) -> bool:
    """Whether a phone gets the page that tries the app, rather than a plain redirect.

    It does when the app has a URI scheme for it, unless `$web_only` is true or `$always_deeplink`
    is false. `data` is the link's, with the click's parameters above it.
    """
    if data.get("$web_only") not in {None, *_NO} or data.get("$always_deeplink", True) in _NO:
        return False
    return _scheme(app, platform) is not None


def opening(
    app: App, click: Click, data: Mapping[str, Any], platform: Platform, target: str | None
) -> Opening:
    """How a click tries the app. Only for one that `tries_app`."""
    system, scheme = _SYSTEMS[platform], _told_scheme(app, platform)
    place = _place(click.id, data, platform)
    fallback = None if target is None else fallback_address(target, click)
    package = app.config.get("android_package_name")
    intent = system == "android" and isinstance(package, str) and click.device.browser in _CHROMES
    return Opening(
        uri=(
            _intent(scheme, str(package), place, fallback, click)
            if intent
            else app_address(app, click, data, platform)
        ),
        framed=not intent,
        fallback=fallback,
        timeout_ms=_timeout(data.get(f"${system}_redirect_timeout")),
    )


def app_address(app: App, click: Click, data: Mapping[str, Any], platform: Platform) -> str:
    """What opens the app where a click leads to. Only for one that `tries_app`."""
    return f"{_told_scheme(app, platform)}://{_place(click.id, data, platform)}"


def scraped_addresses(app: App, link: Link) -> dict[str, str]:
    """What opens the app at a link on each system, for scrapers to pass on, by the system's name.

    Nobody clicked, so it is the link's own id that the app is given.
    """
    return {
        _SYSTEMS[platform]: f"{scheme}://{_place(f'{UNCLICKED}{link.id}', link.data, platform)}"
        for platform in (Platform.IOS, Platform.ANDROID)
        if (scheme := _scheme(app, platform)) is not None
    }


UNCLICKED = "link-"
"""What a link's id begins with where it stands for a click that was none."""


def _told_scheme(app: App, platform: Platform) -> str:
    scheme = _scheme(app, platform)
    assert scheme is not None, "tries_app says so"
    return scheme


def _place(click_id: object, data: Mapping[str, Any], platform: Platform) -> str:
    """The part of the app that a click leads to, and the click, as the rest of its URI."""
    system = _SYSTEMS[platform]
    path = data.get(f"${system}_deeplink_path") or data.get("$deeplink_path") or "open"
    path = quote(str(path).lstrip("/"), safe=_URI_CHARACTERS)
    return f"{path}{'&' if '?' in path else '?'}link_click_id={click_id}"


_CHROMES = frozenset({"Chrome Mobile", "Chrome", "Chrome Mobile WebView"})


def _scheme(app: App, platform: Platform) -> str | None:
    """The app's URI scheme on a platform, bare; None for none, and for what a browser would run."""
    value = app.config.get(f"{_SYSTEMS[platform]}_uri_scheme") if platform in _SYSTEMS else None
    found = _SCHEME.fullmatch(value) if isinstance(value, str) else None
    return None if found is None or found[1].lower() in _NOT_APPS else found[1]


def _timeout(value: object) -> int:
    text = str(value)
    known = text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_TIMEOUT_MS))
    return min(int(text), _MAX_TIMEOUT_MS) if known else DEFAULT_TIMEOUT_MS


def _intent(scheme: str, package: str, place: str, fallback: str | None, click: Click) -> str:
    """The form in which Chrome on Android opens apps."""
    extras = {
        "scheme": scheme,
        "package": package,
        "S.browser_fallback_url": fallback,
        "S.market_referrer": _campaign(f"link_click_id-{click.id}", click),
        "S.branch_data": dumps(dict(click.link.data), separators=(",", ":")),
        "B.branch_intent": "true",
    }
    parts = "".join(
        f"{name}={quote(value, safe='')};" for name, value in extras.items() if value is not None
    )
    return f"intent://{place}#Intent;{parts}end"


def fallback_address(target: str, click: Click) -> str:
    """Where a click goes outside the app, with its id; the Play Store keeps that for the app."""
    if target.startswith(_PLAY_STORE):
        target += "&referrer=" + quote(_campaign(f"link_click_id={click.id}", click), safe="")
    return with_match_id(target, str(click.id))


def _campaign(first: str, click: Click) -> str:
    labels = {
        "utm_source": click.link.channel,
        "utm_campaign": click.link.campaign,
        "utm_feature": click.link.feature,
    }
    set_ = {name: value for name, value in labels.items() if value is not None}
    return f"{first}&{urlencode(set_)}" if set_ else first
