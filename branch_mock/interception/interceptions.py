"""`Interception`: one emulator that stands for Branch's hosts, and whose code it does so for.

Several may be in force at once. Code belongs to the one that it was started by: its context
variable says so, or else its thread, which is the one that began to intercept or was started from
there. What belongs to none, such as a server's thread that lived before, belongs to the only one
that there is. Where there are several it is refused, since nobody could tell whose it is.
"""

import itertools
import socket
import ssl
import threading
from collections.abc import Callable
from contextvars import ContextVar
from threading import Lock, Thread
from typing import NamedTuple
from weakref import WeakKeyDictionary, ref

from branch_mock.domain.addresses import is_branch_host
from branch_mock.errors import LeakError
from branch_mock.interception.call_site import call_site

HTTP, HTTPS = 80, 443
_STAND_INS: dict[str, "tuple[str, ref[Interception]]"] = {}
"""Every address that Branch's names were ever resolved to. It is one of loopback, of its own for
each name and interception, so that it tells what it stands for, whoever kept it meanwhile."""


class Address(NamedTuple):
    """Where a listener of an emulator is: host and port."""

    host: str
    port: int


class Interception:
    """An emulator that stands for Branch's hosts.

    plain, secure: where it listens for http and https. trust: a client's side of TLS that trusts
    its authority, and no other. serves: whether a lower-case host name is its own. leaks: where
    what it refuses is kept, since the code that is refused may swallow the error.
    """

    def __init__(
        self,
        plain: Address,
        secure: Address,
        trust: ssl.SSLContext,
        serves: Callable[[str], bool],
        leaks: list[LeakError],
    ) -> None:
        self.plain = plain
        self.secure = secure
        self.trust = trust
        self.serves = serves
        self.leaks = leaks
        self.outer: Interception | None = None
        self.thread = threading.current_thread()
        self._stand_ins: dict[str, str] = {}

    def stand_in(self, name: str) -> str:
        """The address that a name is resolved to."""
        with _LOCK:
            if name not in self._stand_ins:
                number = next(_NUMBERS)
                address = f"127.66.{number // 250 % 250}.{number % 250 + 1}"
                self._stand_ins[name] = address
                _STAND_INS[address] = (name, ref(self))
            return self._stand_ins[name]

    def target(self, name: str, port: int) -> Address:
        """The listener for a port of Branch's. Raises LeakError for one that Branch has not."""
        if port == HTTPS:
            return self.secure
        if port == HTTP:
            return self.plain
        raise self.refusal(name, f"the emulator stands for the ports 80 and 443, not for {port}")

    def refusal(self, name: str, reason: str) -> LeakError:
        """The error for its own code on the way to a host; kept in `leaks`."""
        error = LeakError(name, call_site(), reason)
        self.leaks.append(error)
        return error

    def is_peer(self, peer: tuple[str, int] | None) -> bool:
        """Whether the other end of a socket is a listener of this emulator."""
        return peer is not None and peer[:2] in {self.plain, self.secure}


_NUMBERS = itertools.count()
_OWN: ContextVar[Interception | None] = ContextVar("branch_mock_interception", default=None)
_STARTED: WeakKeyDictionary[Thread, Interception] = WeakKeyDictionary()
_LOCK = Lock()
_active: tuple[Interception, ...] = ()


def peer_of(sock: socket.socket) -> tuple[str, int] | None:
    """The other end of a socket, None where there is none."""
    try:
        peer: tuple[str, int] = sock.getpeername()
    except OSError:
        return None
    return peer


def begin(interception: Interception) -> None:
    """From here on this context and this thread are its own."""
    global _active  # noqa: PLW0603 - replaced whole, so that readers need no lock
    interception.outer = _OWN.get()
    with _LOCK:
        _active = (*_active, interception)
    _OWN.set(interception)


def end(interception: Interception) -> None:
    """Nobody's any more."""
    global _active  # noqa: PLW0603
    with _LOCK:
        _active = tuple(other for other in _active if other is not interception)
    if _OWN.get() is interception:
        _OWN.set(interception.outer)


def any_active() -> bool:
    """Whether anything is intercepted just now."""
    return bool(_active)


def own() -> Interception | None:
    """What the running code belongs to; None where nobody could tell."""
    active = _active
    if not active:
        return None
    of_context = _OWN.get()
    if of_context in active:
        return of_context
    thread = threading.current_thread()
    started = _STARTED.get(thread)
    if started in active:
        return started
    begun = _innermost(tuple(one for one in active if one.thread is thread))
    return begun if begun is not None else _innermost(active)


def _innermost(candidates: tuple[Interception, ...]) -> Interception | None:
    """The one that was begun inside all the others; None where there is no such one."""
    outer = [one.outer for one in candidates]
    inner = [one for one in candidates if one not in outer]
    return inner[0] if len(inner) == 1 else None


def is_trust(context: ssl.SSLContext) -> bool:
    """Whether a connection with that context was secured for the running code's own emulator, or
    for any where nobody could tell whose the code is."""
    owner = own()
    return any(one.trust is context for one in (_active if owner is None else (owner,)))


def follow(thread: Thread, interception: Interception) -> None:
    """What the thread will run belongs to that interception."""
    _STARTED[thread] = interception


def run_as(
    interception: Interception, function: Callable[..., object], /, *a: object, **k: object
) -> object:
    """Call a function whose code belongs to that interception."""
    token = _OWN.set(interception)
    try:
        return function(*a, **k)
    finally:
        _OWN.reset(token)


def of_host(name: str | None) -> Interception | None:
    """Who answers for a lower-case host name here; None for hosts that are nobody's.

    Raises LeakError for a host of Branch's that the running code must not reach.
    """
    if not name or not _active:
        return None
    owner = own()
    if owner is not None:
        return owner if owner.serves(name) else None
    if is_branch_host(name):
        raise _nobodys(name)
    return None


def of_stand_in(address: str) -> tuple[str, Interception | None]:
    """What an address stands for: name and interception, or itself and None.

    Raises LeakError where its time is over.
    """
    if address not in _STAND_INS:
        return address, None
    name, known = _STAND_INS[address]
    interception = known()
    if interception in _active:
        return name, interception
    raise LeakError(name, call_site(), f"{address} stood for it in a test that has ended")


def _nobodys(name: str) -> LeakError:
    return LeakError(
        name,
        call_site(),
        f"{len(_active)} tests intercept it just now, and this thread was started by none of them",
    )
