"""Apps: key, secret, link domains and configuration (contract 7)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypedDict

from msgspec import Struct
from msgspec.structs import asdict

from branch_mock.clock import iso
from branch_mock.ids import created_ms
from branch_mock.profiles import DOCUMENTED, Profile

SHARED_DOMAIN = "bnc.lt"
"""The link domain of every app that has none of its own."""

LIVE_DOMAIN, TEST_DOMAIN = "app.link", "test-app.link"
"""Below which every app has domains of its own: by the kind of its key."""

DEFAULT_STORE_COUNTRY = "US"

_BOOLEANS = ("android_app_links_enabled", "universal_linking_enabled")
_TEXTS_OF_NEW_APPS = (
    "app_name",
    "dev_name",
    "dev_email",
    "dev_phone_number",
    "android_url",
    "android_uri_scheme",
    "ios_url",
    "ios_uri_scheme",
    "ios_store_country",
    "web_url",
    "text_message",
    "og_app_id",
    "og_title",
    "og_image_url",
    "og_description",
)
CONFIG_FIELDS = (
    *_TEXTS_OF_NEW_APPS,
    *_BOOLEANS,
    "android_app",
    "android_package_name",
    "blackberry_url",
    "deepview_android",
    "deepview_desktop",
    "deepview_ios",
    "default_desktop_url",
    "fire_url",
    "ios_app",
    "ios_bundle_id",
    "ios_team_id",
    "sha256_cert_fingerprints",
    "windows_phone_url",
)
"""What can be set of an app's configuration."""


class AppFields(TypedDict, total=False):
    """What an app's configuration is made of; None counts as not given. Contract 7 tells the
    limits."""

    app_name: str | None
    dev_name: str | None
    dev_email: str | None
    dev_phone_number: str | None
    android_app: int | None
    android_app_links_enabled: int | None
    android_package_name: str | None
    android_uri_scheme: str | None
    android_url: str | None
    blackberry_url: str | None
    deepview_android: str | None
    deepview_desktop: str | None
    deepview_ios: str | None
    default_desktop_url: str | None
    fire_url: str | None
    ios_app: int | None
    ios_bundle_id: str | None
    ios_store_country: str | None
    ios_team_id: str | None
    ios_uri_scheme: str | None
    ios_url: str | None
    og_app_id: str | None
    og_description: str | None
    og_image_url: str | None
    og_title: str | None
    sha256_cert_fingerprints: Sequence[str] | None
    text_message: str | None
    universal_linking_enabled: int | None
    web_url: str | None
    windows_phone_url: str | None


def config_of(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration among the fields of a call."""
    return {name: fields[name] for name in CONFIG_FIELDS if fields.get(name) is not None}


class App(Struct, frozen=True, kw_only=True, gc=False):
    """One Branch app: a tenant of the emulator.

    id: a snowflake, which carries when the app was made. branch_key, branch_secret: its
    credentials, `key` and `secret` for short. profile: how it is answered (contract 1).
    short_url_domain: its own link domain; empty for none. origin: what GET
    /v1/app tells of its creator.
    config: the app's configuration, by the names of contract 7; unset fields are absent.
    label: the four characters that begin its app.link domains.
    """

    id: int
    branch_key: str
    branch_secret: str
    label: str
    profile: Profile = DOCUMENTED
    short_url_domain: str = ""
    origin: str = ""
    config: Mapping[str, Any] = {}

    def __repr__(self) -> str:
        """Without its secret."""
        return f"App({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """The same for rich."""
        return [(name, value) for name, value in asdict(self).items() if name != "branch_secret"]

    @property
    def key(self) -> str:
        """The Branch key, under its short name."""
        return self.branch_key

    @property
    def secret(self) -> str:
        """The Branch secret, under its short name."""
        return self.branch_secret

    @property
    def created_ms(self) -> int:
        """When the app was made, in milliseconds since 1970."""
        return created_ms(self.id)

    @property
    def default_short_url_domain(self) -> str:
        """The app.link domain that Branch gives every app."""
        return f"{self.label}.{self._suffix}"

    @property
    def alternate_short_url_domain(self) -> str:
        """The second app.link domain, which leads to the same links."""
        return f"{self.label}-alternate.{self._suffix}"

    @property
    def _suffix(self) -> str:
        return TEST_DOMAIN if self.branch_key.startswith("key_test_") else LIVE_DOMAIN

    @property
    def link_domain(self) -> str:
        """The domain that new links get, and whose aliases this app shares (contract 1)."""
        if self.short_url_domain:
            return self.short_url_domain
        if self.profile.link_address == "app_link":
            return self.default_short_url_domain
        return SHARED_DOMAIN

    @property
    def domains(self) -> tuple[str, ...]:
        """Every domain of this app's own; all of them lead to `link_domain`."""
        own = (self.default_short_url_domain, self.alternate_short_url_domain)
        return (self.short_url_domain, *own) if self.short_url_domain else own

    def view(self) -> dict[str, Any]:
        """As GET and PUT /v1/app answer it: every field, in alphabetical order, null when unset.

        The two `…_enabled` fields are booleans, `android_app` and `ios_app` numbers.
        """
        shown: dict[str, Any] = {**dict.fromkeys(CONFIG_FIELDS), **self.config, **self._computed()}
        for name in _BOOLEANS:
            if shown[name] is not None:
                shown[name] = bool(shown[name])
        return dict(sorted(shown.items()))

    def creation_view(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """As POST /v1/app answers it: the fields that the document lists for it, null when unset,
        and every other field that was sent.

        What was sent is echoed exactly as it was sent, so the text "1" stays a text: contract 7
        says which keys there are and is silent on their types, and the live service echoed.
        """
        shown: dict[str, Any] = {**dict.fromkeys(_TEXTS_OF_NEW_APPS), **self._computed()}
        shown["ios_store_country"] = self.config.get("ios_store_country")
        return dict(sorted({**shown, **config_of(sent)}.items()))

    def _computed(self) -> dict[str, Any]:
        return {
            "id": str(self.id),
            "app_key": str(self.id),
            "branch_key": self.branch_key,
            "branch_secret": self.branch_secret,
            "creation_date": iso(self.created_ms),
            "default_short_url_domain": self.default_short_url_domain,
            "alternate_short_url_domain": self.alternate_short_url_domain,
            "short_url_domain": self.short_url_domain or None,
            "origin": self.origin or None,
        }


def apple_app_site_association(apps: Iterable[App]) -> dict[str, Any]:
    """What iOS asks a link domain: which apps its links open in (universal links)."""
    details = [
        {"appID": f"{config['ios_team_id']}.{config['ios_bundle_id']}", "paths": _APPLE_PATHS}
        for config in (app.config for app in apps)
        if config.get("universal_linking_enabled")
        and config.get("ios_team_id")
        and config.get("ios_bundle_id")
    ]
    return {"applinks": {"apps": [], "details": details}}


_APPLE_PATHS = ["NOT /e/*", "*", "/"]


def asset_links(apps: Iterable[App]) -> list[dict[str, Any]]:
    """What Android asks a link domain: which apps its links open in (app links)."""
    return [
        {
            "relation": ["delegate_permission/common.handle_all_urls"],
            "target": {
                "namespace": "android_app",
                "package_name": config["android_package_name"],
                "sha256_cert_fingerprints": list(config["sha256_cert_fingerprints"]),
            },
        }
        for config in (app.config for app in apps)
        if config.get("android_app_links_enabled")
        and config.get("android_package_name")
        and config.get("sha256_cert_fingerprints")
    ]
