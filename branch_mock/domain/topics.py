"""Topics: the files of the third generation's exports, each with the events of one sort
(contract 11)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class Topic(StrEnum):
    """What a file of the third generation is about; the value is the word for it in its name."""

    CLICK = "eo_click"
    COMMERCE = "eo_commerce_event"
    CONTENT = "eo_content_event"
    CUSTOM = "eo_custom_event"
    INSTALL = "eo_install"
    OPEN = "eo_open"
    PAGEVIEW = "eo_pageview"
    REINSTALL = "eo_reinstall"
    LIFECYCLE = "eo_user_lifecycle_event"
    WEB_SESSION_START = "eo_web_session_start"


NEVER_INVENTED = frozenset({Topic.PAGEVIEW, Topic.REINSTALL})
"""Topics that invented stories have nothing of: their files hold only what was recorded."""

_COMMERCE = (
    "ADD_TO_CART",
    "ADD_TO_WISHLIST",
    "VIEW_CART",
    "INITIATE_PURCHASE",
    "ADD_PAYMENT_INFO",
    "PURCHASE",
    "SPEND_CREDITS",
    "RESERVE",
    "VIEW_AD",
    "CLICK_AD",
)
_CONTENT = (
    "SEARCH",
    "VIEW_ITEM",
    "VIEW_ITEMS",
    "RATE",
    "SHARE",
    "INITIATE_STREAM",
    "COMPLETE_STREAM",
)
_LIFECYCLE = (
    "COMPLETE_REGISTRATION",
    "COMPLETE_TUTORIAL",
    "ACHIEVE_LEVEL",
    "UNLOCK_ACHIEVEMENT",
    "LOGIN",
    "SUBSCRIBE",
    "START_TRIAL",
    "INVITE",
)
STANDARD: Mapping[str, Topic] = {
    **dict.fromkeys(_COMMERCE, Topic.COMMERCE),
    **dict.fromkeys(_CONTENT, Topic.CONTENT),
    **dict.fromkeys(_LIFECYCLE, Topic.LIFECYCLE),
}
"""The names of standard events, and their topics."""

_AUTOMATIC: Mapping[str, Topic | None] = {
    "install": Topic.INSTALL,
    "open": Topic.OPEN,
    "web session start": Topic.WEB_SESSION_START,
    "pageview": Topic.PAGEVIEW,
    "referred session": None,  # counts a session a second time, which this generation does not
}


def topic_of(name: str, metadata: Mapping[str, Any]) -> Topic | None:
    """The topic of an event; None for one that no file of this generation has."""
    if name == "install" and metadata.get("reinstall") is True:
        return Topic.REINSTALL
    if name in _AUTOMATIC:
        return _AUTOMATIC[name]
    return STANDARD.get(name, Topic.CUSTOM)
