"""State and the store that guards it: one lock, transactions with rollback, snapshots.

State is tables of frozen entities, which have no cycles and so are none of the collector's
business. A transaction notes the old value of every entry it changes and puts them back when it
fails, so a refused request changes nothing (contract 3). A snapshot is a shallow copy, because
entities never change. What a restore replaces is freed aside.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from threading import RLock
from types import TracebackType
from typing import Any, Generic, TypeVar, get_type_hints

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.credits import Transaction
from branch_mock.domain.devices import Traits
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link
from branch_mock.domain.referral_codes import ReferralCode
from branch_mock.domain.rules import Outcome, Rule
from branch_mock.domain.sessions import Session
from branch_mock.freeing import discard
from branch_mock.ids import Ids

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_ABSENT: Any = object()
Watcher = Callable[[Any], None]
_Undo = list[tuple["Table[Any, Any]", Any, Any]]


class Table(dict[K, V]):
    """A dict to read; `put` and `drop` are the only ways to change it, inside a transaction.

    watcher: told of each entry that a transaction has added.
    """

    __slots__ = ("_note", "watcher")

    def __init__(self, undo: "_Undo") -> None:
        self._note = undo.append
        self.watcher: Watcher | None = None

    def put(self, key: K, value: V) -> None:
        """Set an entry."""
        self._note((self, key, self.get(key, _ABSENT)))
        self[key] = value

    def drop(self, key: K) -> None:
        """Remove an entry. Raises KeyError when there is none."""
        self._note((self, key, self.pop(key)))


class Log(Generic[K, V]):
    """Append-only sequences, one per key, with constant-time access to any position.

    Kept as two tables, so that transactions and snapshots need not know it.
    """

    __slots__ = ("_items", "_lengths")

    def __init__(self, items: Table[tuple[K, int], V], lengths: Table[K, int]) -> None:
        self._items = items
        self._lengths = lengths

    def append(self, key: K, value: V) -> None:
        """Add to the end of one sequence."""
        length = self._lengths.get(key, 0)
        self._items.put((key, length), value)
        self._lengths.put(key, length + 1)

    def length(self, key: K) -> int:
        """How long one sequence is; 0 when it was never added to."""
        return self._lengths.get(key, 0)

    def at(self, key: K, position: int) -> V:
        """One item, 0 being the oldest. Raises KeyError outside the sequence."""
        return self._items[key, position]

    def items(self, key: K) -> Iterator[V]:
        """One whole sequence, oldest first."""
        for position in range(self.length(key)):
            yield self._items[key, position]


class State:
    """Everything the emulator remembers, and the indexes over it.

    Addresses are `domain/path`; originals map a link's fingerprint to the link first made with it.
    Devices and browsers map what tells them apart to the fingerprint they were given; users and
    running map a fingerprint to its user and session; owners map users and browsers to the device
    that has the app. Waiting maps a device's traits to its latest click, waiting_before each click
    to the one before it; matched maps a click to the session of the app that it led to. Applied
    codes map a referral code and who applied it to a reward for that.
    """

    apps: Table[int, App]
    app_keys: Table[str, int]
    domains: Table[str, int]
    identities: Table[int, Identity]
    identity_names: Table[tuple[int, str], int]
    links: Table[int, Link]
    addresses: Table[str, int]
    originals: Table[bytes, int]
    clicks: Table[int, Click]
    browsers: Table[tuple[int, str, str], int]
    waiting: Table[Traits, int]
    waiting_before: Table[int, int | None]
    matched: Table[int, int]
    devices: Table[tuple[int, str], int]
    users: Table[int, int]
    running: Table[int, int]
    owners: Table[int, int]
    sessions: Table[int, Session]
    events: Table[int, Event]
    rules: Table[int, Rule]
    rewarded: Table[tuple[int, int], int]
    referral_codes: Table[int, ReferralCode]
    code_names: Table[tuple[int, str], int]
    applied_codes: Table[tuple[int, int], int]
    outcomes: Table[int, tuple[Outcome, ...]]
    listener_items: Table[tuple[tuple[int, str], int], int]
    listener_lengths: Table[tuple[int, str], int]
    transactions: Table[int, Transaction]
    balances: Table[tuple[int, str], int]
    buckets: Table[int, tuple[str, ...]]
    positions: Table[tuple[int, str | None], int]
    history_items: Table[tuple[tuple[int, str | None], int], int]
    history_lengths: Table[tuple[int, str | None], int]

    def __init__(self, undo: _Undo, snapshot: "Snapshot | None" = None) -> None:
        for name in TABLES:
            table: Table[Any, Any] = Table(undo)
            if snapshot is not None:
                table.update(snapshot[name])
            setattr(self, name, table)
        self.history: Log[tuple[int, str | None], int] = Log(
            self.history_items, self.history_lengths
        )
        self.listeners: Log[tuple[int, str], int] = Log(self.listener_items, self.listener_lengths)


TABLES = tuple(get_type_hints(State))
Snapshot = dict[str, dict[Any, Any]]


class Store:
    """Owns the state and its lock. Read through `state`; change inside `transaction`."""

    def __init__(self, ids: Ids) -> None:
        self._undo: _Undo = []
        self.state = State(self._undo)
        self.lock = RLock()
        self._after: list[Callable[[], None]] = []
        self._watchers: Mapping[str, Watcher] = {}
        self._transaction = _Transaction(self, self._undo, self._after, ids)

    def transaction(self) -> "_Transaction":
        """A context that yields the state and undoes every change in it when it is left by an
        exception, ids that were minted included. Nested ones are undone on their own; the lock
        is held throughout."""
        return self._transaction

    def after(self, action: Callable[[], None]) -> None:
        """Call `action` when the outermost transaction has succeeded; never if it, or the one that
        is open now, is undone. Only inside a transaction. For what cannot be taken back."""
        self._after.append(action)

    def watch(self, watchers: Mapping[str, Watcher]) -> None:
        """Tell of each entry that a transaction has added to the tables of those names, in order,
        before the lock is released. Watchers must be quick and not raise."""
        with self.lock:
            for name in self._watchers:
                getattr(self.state, name).watcher = None
            self._watchers = watchers
            self._set_watchers()

    def _set_watchers(self) -> None:
        for name, watcher in self._watchers.items():
            getattr(self.state, name).watcher = watcher

    def snapshot(self) -> Snapshot:
        """A copy of the state that later changes do not touch."""
        with self.lock:
            return {name: dict(getattr(self.state, name)) for name in TABLES}

    def restore(self, snapshot: Snapshot) -> None:
        """Make the state what it was when the snapshot was taken. Not inside a transaction."""
        with self.lock:
            assert not self._transaction.open, "a transaction could not be undone after this"
            before, self.state = self.state, State(self._undo, snapshot)
            self._set_watchers()
        discard([getattr(before, name) for name in TABLES])


class _Transaction:
    """Reentrant and shared: all of its own state is the stack of marks, used under the lock."""

    __slots__ = ("_after", "_ids", "_lock", "_marks", "_store", "_undo")

    def __init__(
        self, store: Store, undo: _Undo, after: list[Callable[[], None]], ids: Ids
    ) -> None:
        self._store = store
        self._undo = undo
        self._after = after
        self._lock = store.lock
        self._ids = ids
        self._marks: list[tuple[int, int, int]] = []

    @property
    def open(self) -> bool:
        """Whether it has been entered and not left. To be asked under the lock."""
        return bool(self._marks)

    def __enter__(self) -> State:
        self._lock.acquire()
        self._marks.append((len(self._undo), len(self._after), self._ids.last))
        return self._store.state

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        actions = None
        try:
            mark, actions_mark, last_id = self._marks.pop()
            if kind is not None:
                self._ids.last = last_id
                del self._after[actions_mark:]
                self._take_back(mark)
            if not self._marks:
                actions = self._finish()
        finally:
            self._lock.release()
        if actions is not None:
            for action in actions:
                action()

    def _take_back(self, mark: int) -> None:
        """Undo what was done since there were `mark` changes."""
        while len(self._undo) > mark:
            table, key, old = self._undo.pop()
            if old is _ABSENT:
                del table[key]
            else:
                table[key] = old

    def _finish(self) -> list[Callable[[], None]] | None:
        """Tell the watchers, at the end of the outermost; what is to be called after it."""
        for table, key, old in self._undo:
            watcher = table.watcher
            if watcher is not None and old is _ABSENT and key in table:
                watcher(table[key])
        self._undo.clear()
        if not self._after:
            return None
        actions = self._after.copy()
        self._after.clear()
        return actions
