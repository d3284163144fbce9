"""Which tables hold what was said and done, and which are only indexes over those.

An index is made of its entity here and nowhere else: by the operation that adds the entity, and
again where state comes from outside. Its entries can therefore never contradict the entities.

`RELATIONS` tells what the entries of the other tables name, so that state can be taken apart by
app and looked through for references that lead nowhere.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from branch_mock.domain.apps import App
from branch_mock.domain.credits import Transaction
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link
from branch_mock.domain.referral_codes import ReferralCode
from branch_mock.domain.rules import Rule
from branch_mock.ids import id_of
from branch_mock.store import TABLES, Snapshot, State

ENTITIES = (
    "apps",
    "identities",
    "links",
    "clicks",
    "sessions",
    "events",
    "rules",
    "transactions",
    "referral_codes",
)
"""Tables of entities by their id. Each entity but an app names its app."""


class Relation(NamedTuple):
    """The tables whose keys the parts of an entry's key, and its value, are; None for other
    values."""

    key: tuple[str | None, ...]
    value: str | None = None


RELATIONS: dict[str, Relation] = {
    "originals": Relation((None,), "links"),
    "browsers": Relation(("apps", None, None)),
    "waiting": Relation(("apps", None, None, None, None), "clicks"),
    "waiting_before": Relation(("clicks",), "clicks"),
    "matched": Relation(("clicks",), "sessions"),
    "devices": Relation(("apps", None)),
    "users": Relation((None,), "identities"),
    "running": Relation((None,), "sessions"),
    "owners": Relation((None,), "users"),
    "rewarded": Relation(("rules", "identities"), "events"),
    "outcomes": Relation(("events",)),
    "applied_codes": Relation(("referral_codes", "identities"), "transactions"),
}
"""Tables that are neither entities nor made of them. Each entry names an app, or what has one."""

INDEXES = tuple(name for name in TABLES if name not in {*ENTITIES, *RELATIONS})

REFERENCES = {
    "app_id": "apps",
    "identity_id": "identities",
    "referrer_id": "identities",
    "creator_id": "identities",
    "rule_id": "rules",
    "transaction_id": "transactions",
}
"""What the fields of that name refer to, in whatever entity they are."""


def index_app(state: State, app: App) -> None:
    """Its key and id lead to an app; a domain leads to the first app that has it."""
    state.app_keys.put(app.branch_key, app.id)
    state.app_keys.put(str(app.id), app.id)
    for domain in app.domains:
        if domain not in state.domains:
            state.domains.put(domain, app.id)


def index_identity(state: State, identity: Identity) -> None:
    """A name, once there is one, leads to a user."""
    if identity.name is not None:
        state.identity_names.put((identity.app_id, identity.name), identity.id)


def index_link(state: State, link: Link) -> None:
    """An address leads to a link; one with the code of the link's id does so without an entry."""
    if not link.coded:
        state.addresses.put(link.address, link.id)


def link_at(state: State, domain: str, path: str) -> Link | None:
    """The link that has that address."""
    id_ = state.addresses.get(f"{domain}/{path}")
    if id_ is not None:
        return state.links[id_]
    try:
        link = state.links.get(id_of(path.rpartition("/")[2]))
    except ValueError:
        return None
    return link if link is not None and (link.domain, link.path) == (domain, path) else None


def index_rule(state: State, rule: Rule) -> None:
    """An event's name leads to the rules that listen to it, in the order in which they came."""
    state.listeners.append((rule.app_id, rule.event), rule.id)


def index_referral_code(state: State, code: ReferralCode) -> None:
    """What it reads leads to a code."""
    state.code_names.put((code.app_id, code.code), code.id)


def index_transaction(state: State, transaction: Transaction) -> None:
    """Balances, buckets and histories are made of transactions, in the order in which they came."""
    user, bucket = transaction.identity_id, transaction.bucket
    balance = state.balances.get((user, bucket), 0)
    state.balances.put((user, bucket), balance + transaction.amount)
    buckets = state.buckets.get(user, ())
    if bucket not in buckets:
        state.buckets.put(user, (*buckets, bucket))
    for key in ((user, None), (user, bucket)):
        state.positions.put((transaction.id, key[1]), state.history.length(key))
        state.history.append(key, transaction.id)


_INDEXED = {
    "apps": index_app,
    "identities": index_identity,
    "links": index_link,
    "rules": index_rule,
    "transactions": index_transaction,
    "referral_codes": index_referral_code,
}


def indexed(tables: Snapshot) -> Snapshot:
    """A whole snapshot from the tables that are no indexes; those that are missing are empty."""
    given: Snapshot = {name: {} if name in INDEXES else tables.get(name, {}) for name in TABLES}
    state = State([], given)
    for name, index in _INDEXED.items():
        for entity in getattr(state, name).values():
            index(state, entity)  # type: ignore[operator]
    return {name: dict(getattr(state, name)) for name in TABLES}


def with_app_of(app_id: int, present: Snapshot, other: Snapshot) -> Snapshot:
    """The present state, but with one app's data as in another. The app stays where it is, empty
    if the other state does not have it."""
    tables: Snapshot = {
        name: {
            **dict(_owned(other, name, app_id, own=True)),
            **dict(_owned(present, name, app_id, own=False)),
        }
        for name in (*ENTITIES, *RELATIONS)
    }
    tables["apps"] = {**present["apps"], app_id: other["apps"].get(app_id, present["apps"][app_id])}
    return indexed(tables)


def _owned(tables: Snapshot, name: str, app_id: int, *, own: bool) -> Iterator[tuple[Any, Any]]:
    for key, value in tables[name].items():
        if (owner(tables, name, key, value) == app_id) is own:
            yield key, value


def owner(tables: Snapshot, name: str, key: Any, value: Any) -> int | None:
    """The id of the app that an entry belongs to."""
    if name in ENTITIES:
        app_id: int = value.id if name == "apps" else value.app_id
        return app_id
    for target, part in parts(name, key, value):
        if target is not None and part in tables[target]:
            return owner(tables, target, part, tables[target][part])
    return None


def parts(name: str, key: Any, value: Any) -> Iterator[tuple[str | None, Any]]:
    """What an entry of a relation is made of, each part with the table that it names."""
    relation = RELATIONS[name]
    yield from zip(relation.key, (key,) if len(relation.key) == 1 else key, strict=True)
    yield relation.value, value
