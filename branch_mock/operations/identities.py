"""What can be done with identities."""

from dataclasses import replace

from branch_mock.domain.apps import App
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
