"""`Authority`: made on this machine, for this machine; it certifies Branch's hosts (contract 2).

What it makes holds for a time of the machine's own clock, never the emulator's: clients compare
certificates with the time that they have.
"""

import logging
import re
import ssl
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple, Self

from branch_mock.clock import Clock, SystemClock
from branch_mock.domain.addresses import BRANCH_HOSTS, is_branch_host
from branch_mock.errors import SettingsError

if TYPE_CHECKING:
    from branch_mock.tls.certificates import Signed
    from branch_mock.tls.folder import Folder

log = logging.getLogger(__name__)

_RENEWED_BEFORE = timedelta(days=7)
_LEAF_RENEWED_BEFORE = timedelta(days=2)
_LOCAL = ("localhost", "127.0.0.1", "::1")
_COMMON = frozenset({*BRANCH_HOSTS, *_LOCAL})
_HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_KEPT = 1000
"""Contexts for names of their own that are kept; past that, all are made anew."""


class _Leaf(NamedTuple):
    context: ssl.SSLContext
    until: datetime


def default_folder() -> Path:
    """Where the authority is kept unless `ca_dir` says otherwise: the user's own state folder.

    Raises SettingsError where the extra `tls` is not installed.
    """
    try:
        from platformdirs import user_state_path  # noqa: PLC0415 - of the extra `tls`
    except ImportError as error:
        raise _missing(error) from None
    return user_state_path("branch-mock", appauthor=False) / "ca"


def serves_locally(name: str) -> bool:
    """Whether a lower-case host name is one of Branch's, or can only mean something nearby: a
    name without dots, as containers have, or one under `localhost`."""
    return is_branch_host(name) or "." not in name or name.endswith(".localhost")


class Authority:
    """An authority of this machine and user, kept in a folder.

    Its certificate holds for 30 days and is renewed in the last seven of them; those that it makes
    hold for five. Use from any thread.
    """

    def __init__(self, folder: "Folder", signed: "Signed", clock: Clock) -> None:
        self._folder = folder
        self._signed = signed
        self._clock = clock
        self._leaves: dict[frozenset[str], _Leaf] = {}
        self._lock = RLock()

    @classmethod
    def open(cls, folder: Path | str | None = None, *, clock: Clock | None = None) -> Self:
        """The authority that is kept in `folder`, or in `default_folder()`; a new one where there
        is none, or where its time comes to an end.

        clock: the machine's own unless given; the emulator's would have clients refuse what is
        certified. Raises SettingsError naming the folder when it cannot be used, when others can
        read it or the key, and when the libraries of the extra `tls` are not installed.
        """
        return cls._take(folder, clock, anew=False)

    @classmethod
    def rotate(cls, folder: Path | str | None = None, *, clock: Clock | None = None) -> Self:
        """A new authority in place of the one in the folder. What trusts that must be told, and
        running servers keep it until they start again. Raises SettingsError as `open`."""
        return cls._take(folder, clock, anew=True)

    @classmethod
    def _take(cls, folder: Path | str | None, clock: Clock | None, *, anew: bool) -> Self:
        clock = clock or SystemClock()
        path = Path(folder).expanduser() if folder is not None else default_folder()
        try:
            from branch_mock.tls.folder import Folder  # noqa: PLC0415 - of the extra `tls`

            kept = Folder(path)
            signed = _make(kept, clock) if anew else _current(kept, clock)
            return cls(kept, signed, clock)
        except ImportError as error:
            raise _missing(error) from None

    @property
    def certificate_pem(self) -> str:
        """Its certificate, as clients take it to trust what it makes."""
        return self._signed.certificate_pem.decode()

    @property
    def certificate_path(self) -> Path:
        """A file with `certificate_pem` in it."""
        from branch_mock.tls.folder import CERTIFICATE_FILE  # noqa: PLC0415 - of the extra `tls`

        return self._folder.path / CERTIFICATE_FILE

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self._folder.path

    @property
    def fingerprint(self) -> str:
        """SHA-256 of its certificate: pairs of hex digits with colons between them."""
        return self._signed.fingerprint

    @property
    def expires(self) -> datetime:
        """When its certificate ends, UTC."""
        return self._signed.certificate.not_valid_after_utc

    def context(self, serves: Callable[[str], bool] = serves_locally) -> ssl.SSLContext:
        """A server's side of TLS: each client gets a certificate for the name that it asks for.

        serves: whether a lower-case host name may be certified; others are refused with the alert
        `unrecognized_name`. Clients that ask for no name get a certificate for Branch's hosts,
        `localhost` and the loopback addresses. Only HTTP/1.1 is offered.
        """
        context = _bare_context()
        context.sni_callback = partial(self._choose, serves)
        return context

    def _choose(
        self,
        serves: Callable[[str], bool],
        connection: ssl.SSLObject | ssl.SSLSocket,
        name: str | None,
        context: ssl.SSLContext,  # noqa: ARG002 - the hook's signature
    ) -> int | None:
        """Give a connection its certificate; what is returned is a TLS alert."""
        name = name.lower().rstrip(".") if name else None
        if name is not None and not (_is_common(name) or _is_served(name, serves)):
            log.info("No certificate for %s: not a host of Branch's", name)
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        try:
            names = _COMMON if name is None or _is_common(name) else frozenset({name})
            connection.context = self._leaf(names)
        except Exception:  # in a hook of the library, which would hide it
            log.exception("No certificate for %s", name)
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        return None

    def _leaf(self, names: frozenset[str]) -> ssl.SSLContext:
        from branch_mock.tls.certificates import make_leaf  # noqa: PLC0415 - of the extra `tls`

        now = self._clock.now()
        with self._lock:
            known = self._leaves.get(names)
            if known is not None and now < known.until:
                return known.context
            if _is_ending(self._signed, now):
                self._signed = _current(self._folder, self._clock)
            leaf = make_leaf(self._signed, sorted(names), now)
            context = _bare_context()
            with self._folder.private_file(leaf.pem) as file:  # the library only takes files
                context.load_cert_chain(file)
            if len(self._leaves) >= _KEPT:
                self._leaves.clear()
            until = leaf.certificate.not_valid_after_utc - _LEAF_RENEWED_BEFORE
            self._leaves[names] = _Leaf(context, until)
            return context


def _bare_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _is_served(name: str, serves: Callable[[str], bool]) -> bool:
    """Whether it may be certified, and is a host name at all, which a handshake does not see to."""
    return _HOST_NAME.fullmatch(name) is not None and serves(name)


def _is_common(name: str) -> bool:
    """Whether the certificate for common names has this one."""
    return name in _COMMON or f"*.{name.partition('.')[2]}" in _COMMON


def _current(folder: "Folder", clock: Clock) -> "Signed":
    """The authority in a folder; a new one where there is none or it is about to end."""
    signed = _read(folder)
    if signed is not None and not _is_ending(signed, clock.now()):
        folder.publish(signed.certificate_pem)
        return signed
    with folder.locked():
        signed = _read(folder)  # another process may have been quicker
        if signed is None or _is_ending(signed, clock.now()):
            signed = _write_new(folder, clock)
    return signed


def _make(folder: "Folder", clock: Clock) -> "Signed":
    with folder.locked():
        return _write_new(folder, clock)


def _write_new(folder: "Folder", clock: Clock) -> "Signed":
    from branch_mock.tls.certificates import make_authority  # noqa: PLC0415 - of the extra `tls`

    signed = make_authority(clock.now())
    folder.write(signed.pem)
    folder.publish(signed.certificate_pem)
    log.info("New authority in %s, SHA-256 %s", folder.path, signed.fingerprint)
    return signed


def _read(folder: "Folder") -> "Signed | None":
    from branch_mock.tls.certificates import load  # noqa: PLC0415 - of the extra `tls`

    pem = folder.read()
    if pem is None:
        return None
    try:
        return load(pem)
    except ValueError as error:
        raise SettingsError(
            f"ca_dir: no authority can be read from {folder.path} ({error}); "
            f"`branch-mock ca rotate` makes a new one"
        ) from None


def _is_ending(signed: "Signed", now: datetime) -> bool:
    certificate = signed.certificate
    end = certificate.not_valid_after_utc - _RENEWED_BEFORE
    return not certificate.not_valid_before_utc <= now < end


def _missing(error: ImportError) -> SettingsError:
    return SettingsError(f"TLS needs {error.name}: pip install 'branch-mock[tls]'")
