"""Direct operations take note of themselves, so that a timeline has them (contract 12)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from msgspec import Struct

from branch_mock.clock import moment
from branch_mock.deeds import Deeds
from branch_mock.domain.apps import App
from branch_mock.domain.devices import Device
from branch_mock.domain.events import Event
from branch_mock.errors import BranchMockError
from branch_mock.handle.host import Host
from branch_mock.secrets import mask, masked_text

_SHOWN = 200
_LISTED = 10


class Noting(Protocol):
    """What has operations that take note of themselves, there."""

    _deeds: Deeds


N = TypeVar("N", bound=Noting)
P = ParamSpec("P")
R = TypeVar("R")


def noted(
    verb: str,
) -> Callable[[Callable[Concatenate[N, P], R]], Callable[Concatenate[N, P], R]]:
    """An operation under that name, `links.create`: noted with what it was given and what came of
    it, refusals too."""

    def noting(operation: Callable[Concatenate[N, P], R]) -> Callable[Concatenate[N, P], R]:
        @wraps(operation)
        def done(self: N, /, *args: P.args, **fields: P.kwargs) -> R:
            __tracebackhide__ = True
            began = moment()
            try:
                result = operation(self, *args, **fields)
            except BranchMockError as error:
                self._deeds.note(
                    _told(verb, args, fields, f"{type(error).__name__}: {error}"), began
                )
                raise
            self._deeds.note(_told(verb, args, fields, _outcome(result)), began)
            return result

        return done

    return noting


def note_rules(host: Host, event: Event, began: int) -> None:
    """Take note of what the rules of its app made of an event, which began at that moment; their
    webhooks come after it."""
    for told in host.branch.rules.told(event):
        host.emulator.deeds.note(masked_text(f"event {event.id}: {told}"), began)


def _told(verb: str, args: tuple[Any, ...], fields: Mapping[str, Any], outcome: str) -> str:
    shown = [*map(_shown, args), *(f"{name}={_shown(fields[name])}" for name in fields)]
    called = f"mock.{verb}({', '.join(shown)})"
    return masked_text(f"{called} -> {outcome}" if outcome else called)


def _shown(value: object) -> str:
    """An argument, in so many characters at most."""
    match value:
        case App():
            return value.key
        case Device():
            return value.model or type(value).__name__
        case list() | tuple() if len(value) > _LISTED:
            return f"[{len(value)} items]"
    if isinstance(value, Struct):
        return _outcome(value)
    try:
        text = repr(mask(value))
    except (ValueError, RecursionError):  # a number of thousands of digits, a list that has itself
        return type(value).__name__
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _outcome(result: object) -> str:
    """What came of an operation, in a few words."""
    match result:
        case str() | int():
            return str(result)
        case list():
            return f"{len(result)} in all"
    id_ = getattr(result, "id", None) or getattr(result, "name", None)
    return "" if id_ is None else f"{type(result).__name__} {id_}"
