"""Apps: key, secret, link domains and configuration (contract 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from branch_mock.ids import created_ms
from branch_mock.profiles import DOCUMENTED, Profile

SHARED_DOMAIN = "bnc.lt"
"""The link domain of every app that has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One Branch app: a tenant of the emulator.

    config: the app's configuration, by the names of contract 7; unset fields are absent.
    label: the four characters that begin its app.link domains.
    """

    id: int
    branch_key: str
    branch_secret: str = field(repr=False)
    label: str
    profile: Profile = DOCUMENTED
    short_url_domain: str = ""
    origin: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)

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
        return "test-app.link" if self.branch_key.startswith("key_test_") else "app.link"

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
