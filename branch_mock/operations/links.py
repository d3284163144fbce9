"""What can be done with links (contract 5)."""

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Any, Unpack

from msgspec.structs import replace

from branch_mock.domain.addresses import locate
from branch_mock.domain.apps import App
from branch_mock.domain.links import (
    DEFAULT_DURATION,
    LABELS,
    CreationSource,
    Link,
    LinkFields,
    LinkType,
    custom_data,
    fingerprint,
    lift_labels,
)
from branch_mock.errors import AliasConflict, ApiError, InvalidRequest, LinkNotFound, Violation
from branch_mock.ids import code_of, id_of
from branch_mock.indexes import index_link, link_at
from branch_mock.operations.apps import Apps
from branch_mock.operations.core import Core
from branch_mock.operations.identities import Identities
from branch_mock.store import State

_EMPTY: Mapping[str, Any] = {}
_STANDARD = LinkType.STANDARD
_MARKETING = LinkType.MARKETING
ACTIVE = 1
"""The `state` of a link that is not deleted."""


class Links:
    """The links of every app of one emulator."""

    def __init__(self, core: Core, apps: Apps, identities: Identities) -> None:
        self._core = core
        self._apps = apps
        self._identities = identities

    def all(self, app: App | None = None) -> list[Link]:
        """The links of one app, or of all, oldest first."""
        return self._core.listed(lambda state: state.links, app)

    def create(
        self,
        app: App,
        *,
        source: CreationSource = CreationSource.API,
        **fields: Unpack[LinkFields],
    ) -> Link:
        """A new link, or the one already made with that alias and the same parameters.

        Raises as `create_from` does.
        """
        return self.create_from(app, fields, source=source)

    def create_from(
        self,
        app: App,
        fields: Mapping[str, Any],
        *,
        source: CreationSource = CreationSource.API,
        id_: int | None = None,
        path: str | None = None,
    ) -> Link:
        """The same with the fields as they were sent, read as JSON and checked; unknown ones are
        left out.

        `id_` and `path` are for seeds, whose links may stand where no new link would.
        Raises AliasConflict when the alias belongs to a link made with other parameters, and
        InvalidRequest for an alias that begins with a link domain.
        """
        given = lift_labels(fields)
        alias = given.get("alias")
        with self._core.store.transaction() as state:
            mark = None
            if alias or app.profile.equal_post == "same":
                mark = fingerprint(app.id, given)
                original = state.originals.get(mark)
                if original is not None and state.links[original].deleted:
                    original = None  # what is deleted never comes back
                if alias:
                    self._check_alias(app, alias, original)
                if original is not None:
                    return state.links[original]
            if path and link_at(state, app.link_domain, path) is not None:
                raise AliasConflict(app.link_domain, path)
            link = self._make(app, given, source, id_, path)
            self._add(state, link)
            if mark is not None:
                state.originals.put(mark, link.id)
        return link

    def create_each(
        self, app: App, given: Iterable[Mapping[str, Any] | ApiError]
    ) -> list[Link | ApiError]:
        """A link for each, as `create_from` makes it, or what is wrong with it. Those that cannot
        be made change nothing and do not keep the others from it."""
        with self._core.store.transaction():
            return [self._create_or_error(app, fields) for fields in given]

    def _create_or_error(self, app: App, fields: Mapping[str, Any] | ApiError) -> Link | ApiError:
        if isinstance(fields, ApiError):
            return fields
        try:
            return self.create_from(app, fields)
        except ApiError as error:
            return error

    def _check_alias(self, app: App, alias: str, original: int | None) -> None:
        first, slash, _ = alias.partition("/")
        if slash and self._apps.is_link_domain(first.lower()):
            raise InvalidRequest.of("alias", f"must not begin with a link domain, got {alias!r}")
        holder = link_at(self._core.store.state, app.link_domain, alias)
        if holder is not None and holder.id != original:
            raise AliasConflict(app.link_domain, alias)

    def _make(
        self,
        app: App,
        given: Mapping[str, Any],
        source: CreationSource,
        id_: int | None,
        path: str | None,
    ) -> Link:
        get = given.get
        name, user_id, tags, data = get("identity"), get("identity_id"), get("tags"), get("data")
        campaign, channel = get("campaign"), get("channel")
        feature, stage = get("feature"), get("stage")
        owner = self._owner(app, name, user_id) if name or user_id else None
        type_ = get("type") or _STANDARD
        id_ = id_ or self._core.ids.next()
        return Link(
            id=id_,
            app_id=app.id,
            domain=app.link_domain,
            path=path or get("alias") or self._code_path(app, type_, id_),
            alias=get("alias"),
            type=type_,
            duration=get("duration"),
            campaign=campaign and intern(campaign),
            channel=channel and intern(channel),
            feature=feature and intern(feature),
            stage=stage and intern(stage),
            tags=None if tags is None else tuple(map(intern, tags)),
            identity_id=owner,
            creation_source=source,
            data=dict(data) if data else _EMPTY,
        )

    def _owner(self, app: App, name: str | None, id_: int | None) -> int | None:
        """Whose link it is: by name, or by the id that SDKs send; ids of nobody are ignored."""
        if name:
            return self._identities.ensure(app, name).id
        known = self._identities.find(app, id_) if id_ else None
        return None if known is None else known.id

    @staticmethod
    def _code_path(app: App, type_: int, id_: int) -> str:
        if app.profile.link_address == "app_link":
            return code_of(id_)
        return f"{'m' if type_ == _MARKETING else 'l'}/{code_of(id_)}"

    @staticmethod
    def _add(state: State, link: Link) -> None:
        if link.address in state.addresses:
            raise AliasConflict(link.domain, link.path)
        if link.id in state.links:
            raise InvalidRequest.of("id", f"is another link's: {link.id}")
        state.links.put(link.id, link)
        index_link(state, link)

    def at(self, domain: str, path: str) -> Link | None:
        """The link at a path of a link domain, whoever's it is."""
        return link_at(self._core.store.state, self._apps.link_domain(domain), path)

    def find(self, app: App, id_: int | None) -> Link | None:
        """The app's link with that id, if it is followed still."""
        link = self._core.store.state.links.get(id_ or 0)
        return link if link is not None and link.app_id == app.id and not link.deleted else None

    def get(self, app: App, url: str) -> Link:
        """The app's link at any form of its address (contract 2). Raises LinkNotFound."""
        domain, path = locate(url, self._apps.is_link_domain, self._core.settings.public_url)
        link = self.at(domain, path)
        if link is None or link.app_id != app.id:
            raise LinkNotFound
        return link

    def update(self, app: App, url: str, fields: Mapping[str, Any]) -> Link:
        """Set the labels and data that are given, the latter as the app's profile says.

        `fields` may hold what GET answered: computed keys of `data` are passed over, and fixed
        fields are tolerated when equal. Raises LinkNotFound, and InvalidRequest for a `/c/` or
        `/d/` link or for fixed fields with another value.
        """
        with self._core.store.transaction() as state:
            link = self.get(app, url)
            if link.deleted:
                raise LinkNotFound
            if not link.updatable:
                raise InvalidRequest.of("url", f"is not updateable: /{link.path}")
            self._check_fixed(app, link, fields)
            changed: dict[str, Any] = _labels(fields)
            data = fields.get("data")
            if data is not None:
                own = custom_data(data)
                merged = app.profile.link_data_on_put == "merge"
                changed["data"] = {**link.data, **own} if merged else own
                fields = {"duration": data.get("$match_duration"), **fields}
            if fields.get("duration") is not None and (
                link.duration is not None or fields["duration"] != DEFAULT_DURATION
            ):
                changed["duration"] = fields["duration"]
            updated = replace(link, **changed)
            state.links.put(link.id, updated)
            return updated

    def delete(self, app: App, url: str) -> Link:
        """Make a link one that is viewed only: it is no longer followed or updated, and its alias
        stays taken (contract 11). Raises LinkNotFound."""
        with self._core.store.transaction() as state:
            deleted = replace(self.get(app, url), deleted=True)
            state.links.put(deleted.id, deleted)
            return deleted

    def use(self, link: Link) -> bool:
        """Whether a session may carry the link's data: a one-time link's only once."""
        if link.type != LinkType.ONE_TIME or not link.id:
            return True
        with self._core.store.transaction() as state:
            stored = state.links[link.id]
            state.links.put(link.id, replace(stored, used=True))
            return not stored.used

    def _check_fixed(self, app: App, link: Link, fields: Mapping[str, Any]) -> None:
        owner = None if link.identity_id is None else self._identities.get(link.identity_id).name
        fixed: dict[str, Any] = {
            "alias": link.alias,
            "identity": owner,
            "type": int(link.type),
            "identity_id": link.identity_id,
            "app_id": app.id,
            "domain": link.domain,
            "state": ACTIVE,
            "creation_source": int(link.creation_source),
            "app_short_identifier": app.label,
        }
        violations = [
            Violation(name, f"cannot be changed from {own!r}, got {fields[name]!r}")
            for name, own in fixed.items()
            if fields.get(name) is not None and str(fields[name]) != str(own)
        ]
        if violations:
            raise InvalidRequest(violations)

    def of_identity(self, domain: str, code: str) -> Link | None:
        """The link that belongs to a user, `/i/CODE`; it has id 0 and is not stored."""
        state = self._core.store.state
        try:
            owner = state.identities.get(id_of(code))
        except ValueError:
            return None
        if owner is None or state.apps[owner.app_id].link_domain != self._apps.link_domain(domain):
            return None
        return Link(
            id=0, app_id=owner.app_id, domain=domain, path=f"i/{code}", identity_id=owner.id
        )

    def dynamic(self, app: App, domain: str, fields: Mapping[str, Any]) -> Link:
        """The link that a `/a/KEY?…` address stands for; it has id 0 and is not stored."""
        given = lift_labels(fields)
        return Link(
            id=0,
            app_id=app.id,
            domain=domain,
            path=f"a/{app.branch_key}",
            type=given.get("type") or LinkType.STANDARD,
            duration=given.get("duration"),
            creation_source=CreationSource.DYNAMIC,
            data=given.get("data") or {},
            **_labels(given),
        )


def _labels(fields: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name in LABELS:
        value = fields.get(name)
        if value is not None:
            found[name] = tuple(value) if name == "tags" else value
    return found
