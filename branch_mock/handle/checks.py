"""What a test should not leave behind, and what happened in it (contract 12)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

from branch_mock.clock import Move, iso
from branch_mock.deeds import Deed
from branch_mock.domain.webhooks import Delivery, DeliveryState
from branch_mock.errors import LeakError, SettingsError
from branch_mock.faults import FaultRecord, describe
from branch_mock.handle.patterns import named
from branch_mock.journal import Entry
from branch_mock.secrets import masked_text

CHECKS = ("bugs", "faults", "webhooks", "leaks")
"""What `check` looks at, by the names that its `ignore` takes."""

_SETTLE_SECONDS = 5.0


class _Webhooks(Protocol):
    def all(self) -> list[Delivery]: ...

    def settled(self, timeout: float = ...) -> bool: ...


class _Faults(Protocol):
    def all(self) -> list[FaultRecord]: ...


class Checked(Protocol):
    """What is checked."""

    @property
    def faults(self) -> _Faults: ...

    @property
    def failures(self) -> list[Exception]: ...

    @property
    def webhooks(self) -> _Webhooks: ...

    @property
    def leaks(self) -> list[LeakError]: ...


def check(mock: Checked, ignore: Collection[str] = ()) -> None:
    """Raises a bug of the emulator as it was, and AssertionError for faults that were laid and
    never hit, for webhooks that did not reach their receiver and for what was stopped on its way to
    Branch; several as an ExceptionGroup.

    ignore: names of checks to leave out. Raises SettingsError for one that is none.
    """
    __tracebackhide__ = True
    known_checks(ignore)
    bugs = [] if "bugs" in ignore else [*mock.failures]
    problems = [
        f"{problem}\n  (ignore={[name]!r} of the marker or of check() leaves this check out,"
        f" and so does the ini option branch_mock_ignore = {name})"
        for name, look in _LOOKS.items()
        if name not in ignore
        for problem in look(mock)
    ]
    found: list[Exception] = [*bugs, *([AssertionError("\n".join(problems))] if problems else [])]
    raise_all(found)


def raise_all(found: Sequence[Exception]) -> None:
    """Raises the only exception as it is, several as an ExceptionGroup."""
    __tracebackhide__ = True
    if len(found) == 1:
        raise found[0]
    if found:
        raise ExceptionGroup(f"branch_mock: {len(found)} things went wrong unnoticed", found)


def known_checks(names: Iterable[str]) -> None:
    """Raises SettingsError for a name that is no check's."""
    for name in names:
        if name not in CHECKS:
            raise SettingsError(f"ignore: must be of {', '.join(CHECKS)}, got {name!r}")


def _unhit(mock: Checked) -> Iterator[str]:
    idle = [
        f"{describe(record.fault)}, for {named(None, record.fault.match)} ({_came(record.matched)})"
        for record in mock.faults.all()
        if _is_idle(record)
    ]
    if idle:
        yield f"branch_mock: faults were laid and never hit: {'; '.join(idle)}"


def _came(matched: int) -> str:
    """How many requests a fault might have hit: none of those that a test makes directly."""
    return f"{matched} such requests came" if matched else "no such request came over HTTP"


def _is_idle(record: FaultRecord) -> bool:
    """Whether it had no effect though one was sure, had a request come."""
    fault, matched, hits = record
    may_pass = fault.probability < 1 or fault.limit is not None
    return not hits and not (may_pass and matched)


def _undelivered(mock: Checked) -> Iterator[str]:
    mock.webhooks.settled(_SETTLE_SECONDS)
    for delivery in mock.webhooks.all():
        if delivery.state is not DeliveryState.DELIVERED:
            reason = delivery.error or f"nothing came of it within {_SETTLE_SECONDS:g} s"
            yield masked_text(
                f"branch_mock: webhook {delivery.id} to {delivery.url} was not delivered: {reason}"
            )


def _leaked(mock: Checked) -> Iterator[str]:
    for leak in mock.leaks:
        yield f"branch_mock: {leak}"


_LOOKS: dict[str, Callable[[Checked], Iterator[str]]] = {
    "faults": _unhit,
    "webhooks": _undelivered,
    "leaks": _leaked,
}


def timeline(
    entries: Iterable[Entry],
    deliveries: Iterable[Delivery],
    moves: Iterable[Move],
    deeds: Iterable[Deed] = (),
) -> list[str]:
    """What happened, a line each, in order: requests with what was done, hints and faults,
    attempts to deliver webhooks, moves of the clock, and what was done directly."""
    lines = [(entry.moment, f"{iso(entry.at_ms)}  {entry.line()}") for entry in entries]
    lines += [
        (
            attempt.moment,
            f"{iso(attempt.at_ms)}  webhook {delivery.id} to {masked_text(delivery.url)} -> "
            f"{attempt.status or 'no answer'} {masked_text(attempt.error or '')}".rstrip(),
        )
        for delivery in deliveries
        for attempt in delivery.attempts
    ]
    lines += [
        (move.moment, f"{iso(move.before_ms)}  clock: {move.verb} to {iso(move.after_ms)}")
        for move in moves
    ]
    lines += [(deed.moment, f"{iso(deed.at_ms)}  {deed.what}") for deed in deeds]
    lines.sort(key=lambda line: line[0])
    return [text for _, text in lines]
