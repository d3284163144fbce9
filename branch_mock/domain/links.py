"""Links: what they carry and how they are shown (contract 5)."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from hashlib import blake2b
from json import dumps
from typing import Any, TypedDict

from msgspec import Struct

from branch_mock.ids import code_of, created_ms

LABELS = ("campaign", "channel", "feature", "stage", "tags")
"""The analytics labels, in the order in which a link is shown."""

DEFAULT_DURATION = 7200
"""Seconds that a click may wait to be matched with a session."""

CONTROL_PREFIX = "_mock"
RESERVED_PATHS = (*"acdlmie", "v1", "v2", "v3", CONTROL_PREFIX, "branch-exports")
"""First path segments that no alias may have. All but `_mock` may be an alias as they are."""

_FIXED_PREFIXES = ("c/", "d/")
_LIFTED_DATA = frozenset(
    {"$one_time_use", "$one_time_use_used", "$identity_id", "$match_duration", "url"}
)


class LinkType(IntEnum):
    """What kind of link it is."""

    STANDARD = 0
    ONE_TIME = 1
    MARKETING = 2


class CreationSource(IntEnum):
    """Where a link came from, as `~creation_source` shows it."""

    API = 0
    QUICK_LINK = 1
    SDK = 2
    IOS_SDK = 3
    ANDROID_SDK = 4
    WEB_SDK = 5
    DYNAMIC = 6


_SDK_SOURCES = {
    "ios": CreationSource.IOS_SDK,
    "android": CreationSource.ANDROID_SDK,
    "web": CreationSource.WEB_SDK,
}


def source_of(fields: Mapping[str, Any]) -> CreationSource:
    """Where a link came from that is asked for over the API: SDKs say themselves who they are, as
    in `"sdk": "web2.59.0"`; everyone else is the API."""
    sdk = fields.get("sdk")
    if isinstance(sdk, str):
        for name, source in _SDK_SOURCES.items():
            if sdk.startswith(name):
                return source
    return CreationSource.API


class LinkFields(TypedDict, total=False):
    """What a link can be made with; None counts as not given. Contract 5 tells the limits."""

    data: Mapping[str, Any] | None
    alias: str | None
    type: int | None
    duration: int | None
    campaign: str | None
    channel: str | None
    feature: str | None
    stage: str | None
    tags: Sequence[str] | None
    identity: str | None
    identity_id: int | None


class Link(Struct, frozen=True, kw_only=True, gc=False):
    """One link. Its address is `domain`/`path`; a dynamic link has id 0 and is never stored.

    app_id: whose it is. creation_source: 0 for the API, 1 to 5 for quick links and SDKs, 6 for a
    dynamic link. used: whether a session has carried the data of a one-time link. deleted: whether
    it is past being followed.
    """

    id: int
    app_id: int
    domain: str
    path: str
    alias: str | None = None
    type: int = LinkType.STANDARD
    duration: int | None = None
    campaign: str | None = None
    channel: str | None = None
    feature: str | None = None
    stage: str | None = None
    tags: tuple[str, ...] | None = None
    identity_id: int | None = None
    creation_source: int = CreationSource.API
    used: bool = False
    deleted: bool = False
    data: Mapping[str, Any] = {}

    @property
    def created_ms(self) -> int:
        """When it was made, in milliseconds since 1970."""
        return created_ms(self.id)

    @property
    def address(self) -> str:
        """Domain and path, which no other link has."""
        return f"{self.domain}/{self.path}"

    @property
    def coded(self) -> bool:
        """Whether its path ends in the code of its id, as that of a new link without alias does."""
        return self.path.rpartition("/")[2] == code_of(self.id)

    @property
    def match_duration(self) -> int:
        """Seconds that a click of it may wait for a session."""
        return DEFAULT_DURATION if self.duration is None else self.duration

    @property
    def updatable(self) -> bool:
        """Whether PUT may change it: `/c/` and `/d/` links may not be."""
        return not self.path.startswith(_FIXED_PREFIXES)

    def labels(self) -> dict[str, Any]:
        """The labels that are set, in the order in which they are shown."""
        found: dict[str, Any] = {}
        for name in LABELS:
            value = getattr(self, name)
            if value is not None:
                found[name] = list(value) if name == "tags" else value
        return found

    def data_view(self, url: str) -> dict[str, Any]:
        """`data` as answers show it: custom and computed keys sorted, then `url`."""
        shown = dict(self.data)
        shown["$one_time_use"] = self.type == LinkType.ONE_TIME
        if self.used:
            shown["$one_time_use_used"] = True
        shown["~creation_source"] = int(self.creation_source)
        shown["~id"] = str(self.id)
        for name, value in self.labels().items():
            shown["~" + name] = value
        if self.identity_id is not None:
            shown["$identity_id"] = str(self.identity_id)
        if self.duration is not None:
            shown["$match_duration"] = self.duration
        if self.type == LinkType.MARKETING:
            shown["~marketing"] = True
        ordered = {key: shown[key] for key in sorted(shown)}
        ordered["url"] = url
        return ordered

    def view(self, url: str) -> dict[str, Any]:
        """The whole link, as GET and PUT answer it."""
        return {
            **self.labels(),
            "data": self.data_view(url),
            "type": int(self.type),
            "alias": self.alias,
        }


def custom_data(data: Mapping[str, Any]) -> dict[str, Any]:
    """`data` less the keys that say what the link itself holds."""
    return {
        key: value
        for key, value in data.items()
        if not key.startswith("~") and key not in _LIFTED_DATA
    }


def lift_labels(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """A link's fields with `~label` and `$match_duration` of `data` made labels and duration.

    Those sent at the top level win. What is left of `data` is the link's own.
    """
    data = fields.get("data")
    if not data or ("~" not in "".join(data) and _LIFTED_DATA.isdisjoint(data)):
        return fields
    lifted = {**fields, "data": custom_data(data)}
    for name in LABELS:
        value = data.get("~" + name)
        if value is not None and lifted.get(name) is None:
            lifted[name] = value
    if data.get("$match_duration") is not None and lifted.get("duration") is None:
        lifted["duration"] = data["$match_duration"]
    return lifted


def fingerprint(app_id: int, fields: Mapping[str, Any]) -> bytes:
    """Stands for an app and the parameters that a link is made with; equal ones are equal."""
    given = {name: value for name in _FIELD_NAMES if (value := fields.get(name)) is not None}
    given["type"] = given.get("type", LinkType.STANDARD)
    given["duration"] = given.get("duration", DEFAULT_DURATION)
    given["data"] = dict(given.get("data") or {})
    text = dumps([app_id, given], sort_keys=True, default=list)
    return blake2b(text.encode(), digest_size=16).digest()


_FIELD_NAMES = tuple(LinkFields.__annotations__)
_UTM = {
    "utm_source": "channel",
    "utm_medium": "feature",
    "utm_campaign": "campaign",
    "utm_content": "tags",
}


def dynamic_fields(query: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a dynamic link from its query parameters and decoded `data` parameter.

    Labels, type and duration are the link's; all else is data, the query above `data`. UTM
    parameters set labels that nothing else sets.
    """
    fields: dict[str, Any] = {}
    custom = dict(data)
    for name, value in query.items():
        if name in _DYNAMIC_NAMES:
            fields[name] = value
        else:
            custom[name] = value
    for utm, label in _UTM.items():
        value = query.get(utm)
        if value and "~" + label not in custom:
            bare = label == "tags" and isinstance(value, str)
            fields.setdefault(label, [value] if bare else value)
    fields["data"] = custom
    return fields


_DYNAMIC_NAMES = frozenset({*LABELS, "type", "duration"})
