"""`Emulator`: Branch and the things around it that have a life of their own. No HTTP."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from branch_mock import documents
from branch_mock.agenda import Agenda, Happening
from branch_mock.branch import Branch, ResetTo
from branch_mock.clock import Move, iso
from branch_mock.deeds import Deeds
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.credits import Transaction, TransactionType
from branch_mock.domain.webhooks import Delivery
from branch_mock.errors import InvalidRequest, SeedError
from branch_mock.faults import Faults
from branch_mock.journal import Entry, Journal
from branch_mock.live import Live
from branch_mock.secrets import mask
from branch_mock.seeds import check, plant_one
from branch_mock.snapshots import Snapshots

if TYPE_CHECKING:
    from branch_mock.export_files.files import ExportFiles
    from branch_mock.tls import Authority

PARTS = ("state", "journal", "faults", "webhooks", "clock")
"""What `reset` can be narrowed to (contract 12)."""

_SEED = "seed"


class Emulator:
    """One emulator: `branch` and what watches and disturbs it.

    failures: exceptions that nobody meant, each answered by a 500: bugs of ours. authority: what
    certifies Branch's hosts where it is reached by TLS, None where it is not.
    """

    def __init__(self, branch: Branch) -> None:
        self.branch = branch
        self.live = Live()
        self.journal = Journal(self._notice_request, max_bytes=branch.settings.journal_bytes)
        self.faults = Faults(branch.clock, branch.ids)
        self.deeds = Deeds(branch.clock)
        self.agenda = Agenda(branch, self.faults)
        self.snapshots = Snapshots(branch, self.live)
        self.failures: list[Exception] = []
        self.authority: Authority | None = None
        branch.store.watch({"clicks": self._notice_click, "transactions": self._notice_credits})
        branch.webhooks.watcher = self._notice_webhook
        branch.clock.watcher = self._notice_move
        self._happened: list[Happening] = []

    @cached_property
    def export_files(self) -> "ExportFiles":
        """What can be downloaded."""
        from branch_mock.export_files.files import ExportFiles  # noqa: PLC0415 - few need it

        return ExportFiles(self.branch)

    def _notice_click(self, click: Click) -> None:
        self.live.publish("click", lambda: mask(_click_view(click)))

    def _notice_credits(self, transaction: Transaction) -> None:
        if transaction.type is TransactionType.REWARD:
            self.live.publish("reward", lambda: mask(_reward_view(transaction)))

    def _notice_request(self, entry: Entry) -> None:
        self.live.publish("request", entry.view, entry.size)

    def _notice_webhook(self, delivery: Delivery) -> None:
        self.live.publish("webhook", lambda: mask(delivery.view()))

    def reset(
        self,
        parts: Iterable[str] | None = None,
        *,
        to: ResetTo = "seed",
        branch_key: str | None = None,
    ) -> None:
        """Go back to the seed in one step, wholly unless narrowed (contract 12).

        parts: some of `PARTS`. to: `empty` leaves one new app and no data, as the seed `empty`
        does. branch_key: only what is that app's: its data, its webhooks, the journal's entries
        and the faults that name its key. The app stays, with its credentials.

        Raises InvalidRequest for what cannot go together, InvalidCredentials for an unknown key.
        """
        chosen = self._parts(parts, to, branch_key)
        with self.branch.store.lock:
            app = None if branch_key is None else self.branch.apps.find(branch_key)
            for part in PARTS:
                if part in chosen:
                    self._reset_part(part, to, app)
            self.live.publish(
                "reset", lambda: {"parts": [part for part in PARTS if part in chosen]}
            )

    @staticmethod
    def _parts(parts: Iterable[str] | None, to: ResetTo, branch_key: str | None) -> tuple[str, ...]:
        possible = tuple(part for part in PARTS if branch_key is None or part != "clock")
        if to not in get_args(ResetTo):
            choice = ", ".join(get_args(ResetTo))
            raise InvalidRequest.of("to", f"must be one of {choice}, got {to!r}")
        if isinstance(parts, str):
            parts = [parts]
        chosen = possible if parts is None else tuple(parts)
        for part in chosen:
            if part not in PARTS:
                raise InvalidRequest.of("parts", f"must be of {', '.join(PARTS)}, got {part!r}")
            if part not in possible:
                raise InvalidRequest.of("parts", "cannot have clock: it is every app's")
        if to == "empty" and "state" not in chosen:
            raise InvalidRequest.of("to", "is about the part state, which parts leaves out")
        return chosen

    def _reset_part(self, part: str, to: ResetTo, app: App | None) -> None:
        key = None if app is None else app.key
        match part:
            case "state":
                self.branch.reset(to, app=app)
            case "journal":
                self.journal.clear(key)
                if key is None:
                    self.deeds.clear()
            case "faults":
                self.faults.clear(branch_key=key)
            case "webhooks":
                self.branch.webhooks.clear(app)
            case _:
                self.branch.clock.rewind()

    def change_clock(self, verb: str, value: Any) -> list[Happening]:
        """Move the clock: `freeze` and `set` take a moment, `advance` seconds, `resume` nothing.

        Returns what fell due on the way, in order; nothing does on the way back. value: True where
        there is nothing to say. Raises InvalidRequest for a moment that is none or that no id could
        carry.
        """
        clock = self.branch.clock
        with self.branch.store.lock:
            try:
                match verb:
                    case "freeze":
                        clock.freeze(None if value is True else value)
                    case "set":
                        clock.set(value)
                    case "advance":
                        clock.advance(value)
                    case _:
                        clock.resume()
            except ValueError as error:
                raise InvalidRequest.of(verb, f"cannot be {value!r}: {error}") from None
            return self._happened

    def _notice_move(self, move: Move) -> None:
        """Whoever moved the clock: what fell due on the way, and who listens is told."""
        with self.branch.store.lock:
            happened = self._happened = self.agenda.between(move.before_ms, move.after_ms)
        said = [happening.view() for happening in happened]
        now = iso(move.after_ms)
        self.live.publish("clock", lambda: {"verb": move.verb, "now": now, "happened": said})

    def seed(self, data: Mapping[str, Any], *, keep: bool = False) -> None:
        """Load seed data on top of what there is, all or nothing (contract 12).

        keep: make all that there is then what `reset` goes back to. Otherwise a reset undoes it.
        Raises InvalidRequest naming the place.
        """
        branch = self.branch
        with branch.store.lock:
            before = branch.ids.save()
            try:
                check(_SEED, data)
                plant_one(branch, data, _SEED)
            except SeedError as error:
                branch.ids.restore(before)
                raise InvalidRequest.of(error.place or _SEED, error.reason) from None
            if keep:
                branch.keep()
        self.live.publish("state", lambda: {"verb": "seed"})

    def state(self) -> documents.Document:
        """Everything that is remembered, as one document: see `branch_mock.documents`."""
        return documents.write(self.branch.save())

    def put_state(self, document: object) -> None:
        """Make the emulator remember what a document says, and nothing else, or change nothing.

        Raises InvalidBody and InvalidRequest naming the places that cannot be, at most 20.
        """
        saved = documents.read(document)
        try:
            self.branch.load(saved)
        except ValueError as error:
            raise InvalidRequest.of("clock", str(error)) from None
        self.live.publish("state", lambda: {"verb": "put"})


def _click_view(click: Click) -> dict[str, Any]:
    return {
        "id": str(click.id),
        "app_id": str(click.app_id),
        "link_id": str(click.link.id),
        "date": iso(click.created_ms),
        "path": click.link.path,
        "user_agent": click.user_agent,
        "ip": click.ip,
    }


def _reward_view(reward: Transaction) -> dict[str, Any]:
    return {
        "app_id": str(reward.app_id),
        "identity_id": str(reward.identity_id),
        **reward.history_view(),
    }
