"""Seed data: checked against `schemas/seed.json`, planted through the operations."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from branch_mock import profiles
from branch_mock.branch import Branch, Kept
from branch_mock.clock import EARLIEST_MS, LATEST_MS, parse_iso
from branch_mock.data import folder
from branch_mock.domain.apps import App
from branch_mock.domain.credits import DEFAULT_BUCKET, TransactionType
from branch_mock.domain.events import Event, check_numbers
from branch_mock.domain.identities import Identity
from branch_mock.domain.rules import rule_fields
from branch_mock.errors import BranchMockError, InvalidBody, InvalidRequest, SeedError
from branch_mock.ids import first_id_at
from branch_mock.strict_json import json_of, read_json
from branch_mock.validation import is_valid, load, violations

BUNDLED = ("default", "demo")
EMPTY = "empty"
Json = Mapping[str, Any]


def plant(branch: Branch, names: Iterable[str | Json] | None = None) -> None:
    """Load seeds, those of the settings unless told, and make them what `reset` goes back to.

    Those of the settings are `seed` and the files of `init_dir`.

    A name is `default`, `demo`, `empty` or a path; seed data may stand in its place. A server
    always has an app: where no seed brings one, it is minted. Raises SeedError; then nothing
    was loaded.
    """
    several = tuple(_names(branch) if names is None else names)
    key = (several, branch.settings.random_seed, branch.settings.app_profile)
    once = not branch.store.state.apps and all(name in BUNDLED for name in several)
    if once and key in _planted:
        branch.begin(_planted[key])
        return
    with branch.store.transaction() as state:
        for name in several:
            source, seed = read(name)
            plant_one(branch, seed, source)
        if not state.apps:
            branch.apps.mint()
    kept = branch.keep()
    if once and not branch.ids.last:
        _planted[key] = kept


_planted: dict[object, Kept] = {}
"""What bundled seeds came to that minted no id, which would tell when: every fresh emulator of a
process begins so, and entities that never change need to be made only once."""


def _names(branch: Branch) -> Iterable[str]:
    """The seeds of the settings, those of the folder `init_dir` last. Raises SeedError."""
    folder_name = branch.settings.init_dir
    if folder_name is None:
        return branch.settings.seed
    try:
        found = [
            str(path)
            for path in sorted(Path(folder_name).iterdir(), key=lambda path: path.name)
            if path.suffix == ".json" and not path.name.startswith(".")
        ]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SeedError(
            folder_name, "", f"cannot be read: {reason} (init_dir is a folder)"
        ) from None
    return (*branch.settings.seed, *found)


def read(name: str | Json) -> tuple[str, Json]:
    """Where a seed comes from, and its data, checked. Raises SeedError."""
    if not isinstance(name, str):
        try:
            return "seed", parse("seed", json_of(name).decode())
        except InvalidBody as error:
            raise SeedError("seed", "", error.message) from None
    if name == EMPTY:
        return name, {}
    if name in BUNDLED:
        return name, _bundled(name)
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else _reason(error)
        hint = f"seeds are {', '.join((*BUNDLED, EMPTY))} or a file"
        raise SeedError(name, "", f"cannot be read: {reason} ({hint})") from None
    return name, parse(name, text)


@cache
def _bundled(name: str) -> Json:
    path = folder("fixtures") / f"{name}.json"
    return parse(name, path.read_text("utf-8"))


def parse(source: str, text: str) -> Json:
    """The seed in a JSON text, checked against the schema. Raises SeedError."""
    try:
        seed = read_json(text)
    except InvalidBody as error:
        raise SeedError(source, *_json_problem(error)) from None
    check(source, seed)
    return seed  # type: ignore[no-any-return]


def _json_problem(error: InvalidBody) -> tuple[str, str]:
    """Where a text is not JSON, if it is known, and why."""
    syntax = error.__context__
    if isinstance(syntax, JSONDecodeError):
        return f"line {syntax.lineno} column {syntax.colno}", f"not JSON: {syntax.msg}"
    return "", error.message


def _reason(error: ValueError) -> str:
    return "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)


def check(source: str, seed: object) -> None:
    """Raises SeedError with the first place where `seed` breaks the schema of seeds."""
    if not is_valid("seed.json", seed):
        first = violations(load("seed.json"), seed)[0]
        raise SeedError(source, first.field if isinstance(seed, dict) else "", first.problem)


def plant_one(branch: Branch, seed: Json, source: str) -> None:
    """Load one checked seed. Raises SeedError; then nothing of it was loaded."""
    with branch.store.transaction():
        for number, entry in enumerate(seed.get("apps", [])):
            _plant_app(branch, entry, _Place(source, f"apps[{number}]"))


class _Place:
    """A place in a seed; inside `with place.at(…)` errors are said to be there."""

    def __init__(self, source: str, path: str) -> None:
        self.source = source
        self.path = path

    @contextmanager
    def at(self, step: str = "") -> Iterator["_Place"]:
        inner = _Place(self.source, f"{self.path}{step}")
        try:
            yield inner
        except InvalidRequest as error:
            first = error.violations[0]
            raise SeedError(self.source, f"{inner.path}.{first.field}", first.problem) from None
        except SeedError:
            raise
        except (BranchMockError, ValueError, OverflowError) as error:
            raise SeedError(self.source, inner.path, str(error)) from None


def _plant_app(branch: Branch, entry: Json, place: _Place) -> None:
    with place.at():
        app = _app(branch, entry)
    for number, user in enumerate(entry.get("users", [])):
        with place.at(f".users[{number}]") as inner:
            _plant_user(branch, app, user, inner)
    for number, link in enumerate(entry.get("links", [])):
        with place.at(f".links[{number}]"):
            _plant_link(branch, app, link)
    for number, rule in enumerate(entry.get("rules", [])):
        with place.at(f".rules[{number}]"):
            branch.rules.create(app, **rule_fields(rule))
    for number, event in enumerate(entry.get("events", [])):
        with place.at(f".events[{number}]"):
            _plant_event(branch, app, event)


def _app(branch: Branch, entry: Json) -> App:
    """The app of an entry: the one that has its key already, or a new one."""
    key = entry.get("branch_key")
    if key in branch.store.state.app_keys:
        return _known_app(branch.apps.find(key), entry)
    live = not (key or "").startswith("key_test_")
    ids = branch.ids
    app = App(
        id=int(entry["id"]) if "id" in entry else ids.next(),
        branch_key=key or ids.key(live=live),
        branch_secret=entry.get("branch_secret") or ids.secret(live=live),
        label=entry.get("label") or branch.apps.free_label(),
        short_url_domain=entry.get("short_url_domain", ""),
        profile=(
            profiles.parse(entry["profile"]) if "profile" in entry else branch.settings.app_profile
        ),
        config=entry.get("config", {}),
    )
    branch.apps.add(app)
    return app


def _known_app(app: App, entry: Json) -> App:
    """An app that an earlier seed brought. Raises InvalidRequest where this one says otherwise."""
    own = {
        "id": str(app.id),
        "branch_secret": app.branch_secret,
        "label": app.label,
        "short_url_domain": app.short_url_domain,
        "profile": app.profile,
        "config": app.config,
    }
    said = {**entry, "profile": profiles.parse(entry["profile"])} if "profile" in entry else entry
    for name, value in own.items():
        if said.get(name, value) != value:
            raise InvalidRequest.of(name, f"differs from what an earlier seed says of {app.key}")
    return app


def _plant_user(branch: Branch, app: App, entry: Json, place: _Place) -> None:
    id_ = int(entry["id"]) if "id" in entry else None
    user = branch.identities.ensure(app, entry["identity"], id_=id_)
    if "referred_by" in entry:
        referrer = branch.identities.find(app, entry["referred_by"])
        if referrer is None:
            raise InvalidRequest.of("referred_by", f"names no earlier user: {entry['referred_by']}")
        user = branch.identities.refer(referrer, user)
    for number, row in enumerate(entry.get("history", [])):
        with place.at(f".history[{number}]"):
            _plant_transaction(branch, user, row)


def _plant_transaction(branch: Branch, user: Identity, row: Json) -> None:
    event = row.get("event", {})
    branch.credits.record(
        user,
        TransactionType(row["type"]),
        row["amount"],
        row.get("bucket", DEFAULT_BUCKET),
        id_=int(row["id"]) if "id" in row else None,
        date_ms=parse_iso(row["date"]) if "date" in row else None,
        event_name=event.get("name"),
        event_metadata=event.get("metadata"),
        referrer=row.get("referrer"),
        referree=row.get("referree"),
    )


def _plant_link(branch: Branch, app: App, entry: Json) -> None:
    """A link, made as if its app's links were on the domain that the entry names, if any."""
    owner = replace(app, short_url_domain=entry["domain"]) if "domain" in entry else app
    id_ = int(entry["id"]) if "id" in entry else None
    branch.links.create_from(owner, entry, id_=id_, path=entry.get("path"))


def _plant_event(branch: Branch, app: App, entry: Json) -> None:
    """An event of the past: recorded, but no rule acts on it."""
    identity, metadata = entry.get("identity"), entry.get("metadata", {})
    check_numbers(metadata)
    branch.events.add(
        Event(
            id=_event_id(branch, entry),
            app_id=app.id,
            name=entry["event"],
            identity_id=None if identity is None else branch.identities.ensure(app, identity).id,
            ip=entry.get("ip"),
            metadata=metadata,
        )
    )


def _event_id(branch: Branch, entry: Json) -> int:
    """The id of an event tells when it happened."""
    if "id" in entry:
        return int(entry["id"])
    if "date" not in entry:
        return branch.ids.next()
    date_ms = parse_iso(entry["date"])
    if not EARLIEST_MS <= date_ms <= LATEST_MS:
        raise InvalidRequest.of("date", f"must be a time that ids can carry, got {entry['date']}")
    id_ = first_id_at(date_ms)
    while id_ in branch.store.state.events:
        id_ += 1
    return id_
