"""What can be done with apps (contract 7)."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from branch_mock import profiles
from branch_mock.domain.addresses import NO_LINK_DOMAIN, is_branch_link_domain, may_serve_links
from branch_mock.domain.apps import (
    DEFAULT_STORE_COUNTRY,
    LIVE_DOMAIN,
    TEST_DOMAIN,
    App,
    config_of,
)
from branch_mock.errors import BranchMockError, InvalidCredentials, InvalidRequest, SettingsError
from branch_mock.indexes import index_app
from branch_mock.operations.core import Core


class Apps:
    """The apps of one emulator."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def all(self) -> list[App]:
        """Every app, in the order in which they came."""
        with self._core.store.lock:
            return list(self._core.store.state.apps.values())

    @property
    def default(self) -> App:
        """The first app: the one that calls which name none are for.

        Raises BranchMockError when there is none.
        """
        for app in self._core.store.state.apps.values():
            return app
        raise BranchMockError("there is no app yet; make one with apps.mint()")

    def find(self, key_or_id: object) -> App:
        """The app with that Branch key or app id. Raises InvalidCredentials."""
        app = self.known(key_or_id)
        if app is None:
            raise InvalidCredentials
        return app

    def known(self, key_or_id: object) -> App | None:
        """The same, or None where there is none."""
        state = self._core.store.state
        id_ = state.app_keys.get(key_or_id) if isinstance(key_or_id, str) else None
        return None if id_ is None else state.apps[id_]

    def get(self, id_: int) -> App:
        """The app with that id. Raises KeyError."""
        return self._core.store.state.apps[id_]

    def mint(
        self,
        *,
        live: bool = True,
        profile: str | None = None,
        config: Mapping[str, Any] | None = None,
        origin: str = "",
    ) -> App:
        """A new app with a key, secret, id and link domain of its own: a tenant.

        profile: that of the settings unless told. Raises InvalidRequest for one that is none.
        """
        ids, read = self._core.ids, self._profile(profile)
        with self._core.store.transaction():
            label = self.free_label()
            app = App(
                id=ids.next(),
                branch_key=ids.key(live=live),
                branch_secret=ids.secret(live=live),
                label=label,
                profile=read,
                config=config_of(config or {}),
                origin=origin,
                short_url_domain=f"{label}.{LIVE_DOMAIN if live else TEST_DOMAIN}",
            )
            self.add(app)
        return app

    def _profile(self, text: str | None) -> profiles.Profile:
        if text is None:
            return self._core.settings.app_profile
        try:
            return profiles.parse(text)
        except SettingsError as error:
            raise InvalidRequest.of("profile", str(error).removeprefix("profile: ")) from None

    def create(self, user_id: object, fields: Mapping[str, Any]) -> App:
        """A new app as POST /v1/app makes it, from checked fields."""
        config = {"ios_store_country": DEFAULT_STORE_COUNTRY, **config_of(fields)}
        email = config.get("dev_email")
        origin = f"API: creator id = {user_id}, creator email = {email}"
        return self.mint(config=config, origin=origin)

    def update(self, app: App, fields: Mapping[str, Any]) -> App:
        """Set the configuration that is given; the rest stays, and so do id and credentials."""
        with self._core.store.transaction() as state:
            known = state.apps[app.id]
            updated = replace(known, config={**known.config, **config_of(fields)})
            state.apps.put(app.id, updated)
            return updated

    def add(self, app: App) -> None:
        """Take in an app that is complete already. Raises InvalidRequest if its id or key is
        taken, and for a link domain that cannot be one."""
        if not may_serve_links(app.short_url_domain):
            problem = f"{NO_LINK_DOMAIN}, got {app.short_url_domain!r}"
            raise InvalidRequest.of("short_url_domain", problem)
        with self._core.store.transaction() as state:
            if app.id in state.apps:
                raise InvalidRequest.of("id", f"is another app's: {app.id}")
            if app.branch_key in state.app_keys:
                raise InvalidRequest.of("branch_key", f"is another app's: {app.branch_key}")
            state.apps.put(app.id, app)
            index_app(state, app)

    def is_link_domain(self, name: str) -> bool:
        """Whether a lower-case host name serves links (contract 2)."""
        return is_branch_link_domain(name) or name in self._core.store.state.domains

    def owner(self, domain: str) -> App | None:
        """The app that a link domain is of; None for one that apps share."""
        state = self._core.store.state
        id_ = state.domains.get(domain)
        return None if id_ is None else state.apps[id_]

    def link_domain(self, name: str) -> str:
        """The domain under which the links that a link domain leads to are kept."""
        state = self._core.store.state
        id_ = state.domains.get(name)
        if id_ is None:
            return name
        app = state.apps[id_]
        return name if name == app.short_url_domain else app.link_domain

    def at(self, domain: str) -> list[App]:
        """The apps whose links a link domain leads to."""
        home = self.link_domain(domain)
        return [app for app in self.all() if app.link_domain == home]

    def free_label(self) -> str:
        """Four characters that begin no app's domains yet."""
        domains = self._core.store.state.domains
        while True:
            label = self._core.ids.domain_label()
            if domains.keys().isdisjoint((f"{label}.{LIVE_DOMAIN}", f"{label}.{TEST_DOMAIN}")):
                return label
