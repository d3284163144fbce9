"""What can be done with identities."""

from msgspec.structs import replace

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.identities import Identity, Who
from branch_mock.errors import InvalidRequest
from branch_mock.indexes import index_identity
from branch_mock.operations.core import Core


class Identities:
    """The users of every app of one emulator."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def find(self, app: App, name: Who) -> Identity | None:
        """The identity of that name or id, if the app has seen it."""
        state = self._core.store.state
        if isinstance(name, int):
            known = state.identities.get(name)
            return known if known is not None and known.app_id == app.id else None
        id_ = state.identity_names.get((app.id, name))
        return None if id_ is None else state.identities[id_]

    def known(self, id_: int) -> Identity | None:
        """The identity with that id, of whatever app."""
        return self._core.store.state.identities.get(id_)

    def get(self, id_: int) -> Identity:
        """The identity with that id. Raises KeyError."""
        return self._core.store.state.identities[id_]

    def ensure(self, app: App, name: Who, *, id_: int | None = None) -> Identity:
        """The identity of that name, made now if the app has not seen it.

        Raises InvalidRequest for a user named by an id that is none of the app's, and for an `id_`
        that is another identity's, or not this one's.
        """
        with self._core.store.transaction() as state:
            known = self.find(app, name)
            if known is not None:
                if id_ not in {None, known.id}:
                    raise InvalidRequest.of("id", f"cannot be changed from {known.id}, got {id_}")
                return known
            if isinstance(name, int):
                raise InvalidRequest.of("identity_id", f"is no user of this app, got {name}")
            if id_ in state.identities:
                raise InvalidRequest.of("id", f"is another identity's: {id_}")
            identity = Identity(id=id_ or self._core.ids.next(), app_id=app.id, name=name)
            state.identities.put(identity.id, identity)
            index_identity(state, identity)
            return identity

    def anonymous(self, app: App) -> Identity:
        """A new user, of a device whose user has no name yet."""
        with self._core.store.transaction() as state:
            identity = Identity(id=self._core.ids.next(), app_id=app.id, name=None)
            state.identities.put(identity.id, identity)
            return identity

    def rename(self, app: App, user: Identity, name: str) -> Identity:
        """Who the user of a device is, once it is named.

        An anonymous user takes the name, unless the app has seen a user of that name: then it is
        that one, who takes over referrer and first click if it has none. A user with another name
        is left as it is.
        """
        if user.name == name:
            return user
        with self._core.store.transaction() as state:
            known = self.find(app, name)
            if user.name is not None:
                return self.ensure(app, name)
            if known is None:
                known = replace(user, name=name)
                index_identity(state, known)
            else:
                referrer_id = known.referrer_id or user.referrer_id
                known = replace(
                    known,
                    referrer_id=None if referrer_id == known.id else referrer_id,
                    first_click=known.first_click or user.first_click,
                )
            state.identities.put(known.id, known)
            return known

    def led_by(self, user: Identity, click: Click) -> Identity:
        """Tie a user to the click that led to a session, and to the owner of its link.

        The first click and the first referrer stay (contract 6).
        """
        with self._core.store.transaction() as state:
            if user.first_click is None:
                user = replace(user, first_click=click)
                state.identities.put(user.id, user)
            owner = click.link.identity_id
            return user if owner is None else self.refer(self.get(owner), user)

    def refer(self, referrer: Identity, referred: Identity) -> Identity:
        """Tie an identity to the one that referred it. The first referrer stays (contract 6)."""
        if referred.referrer_id is not None or referrer.id == referred.id:
            return referred
        with self._core.store.transaction() as state:
            tied = replace(referred, referrer_id=referrer.id)
            state.identities.put(tied.id, tied)
            return tied

    def introduce(self, app: App, referrer: str, referred: str) -> Identity:
        """Let one user refer another, both made now if the app has not seen them.

        Returns the referred one, whose first referrer stays. Raises InvalidRequest for a user who
        refers themselves.
        """
        if referrer == referred:
            raise InvalidRequest.of("referred", f"must not be the referrer, got {referred!r}")
        with self._core.store.transaction():
            return self.refer(self.ensure(app, referrer), self.ensure(app, referred))
