"""`Doors`: everything that one emulator listens on (contract 2)."""

import socket
import ssl
from contextlib import suppress
from errno import EADDRINUSE
from typing import TYPE_CHECKING

from aiohttp import web

from branch_mock.app import EmulatorRunner
from branch_mock.domain.addresses import host_name, is_branch_host
from branch_mock.emulator import Emulator
from branch_mock.errors import BranchMockError, SettingsError
from branch_mock.settings import address

if TYPE_CHECKING:
    from branch_mock.beside import Beside
    from branch_mock.proxy import Proxy, SecureDoor, Target
    from branch_mock.tls import Authority

_BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SettingsError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        (*_, address), *_ = socket.getaddrinfo(
            host or None, port, family, socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except ValueError:  # no name that can be looked up
        raise SettingsError(f"host: must be an address or a host name, got {host!r}") from None
    except OSError as error:
        reason = str(error.strerror or error).partition(" (while")[0]
        if error.errno == EADDRINUSE:
            reason += "; another port will do, and 0 picks a free one"
        raise SettingsError(f"cannot listen on {host} port {port}: {reason}") from None


def address_of(sock: socket.socket) -> str:
    """The http address of a listening socket; one that listens everywhere is at 127.0.0.1."""
    host, port = sock.getsockname()[:2]
    return address(host, port)


class Doors:
    """The listening sockets of an emulator, and who serves them between `open` and `close`.

    HTTP always; HTTPS for Branch's real hosts and a proxy where the settings name ports. Sockets
    are had at once. Raises SettingsError when one cannot be, or there can be no authority.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        settings = emulator.branch.settings
        self._sockets: list[socket.socket] = []
        try:
            self._http = self._listen(settings.port)
            self._tls = None if settings.tls_port is None else self._listen(settings.tls_port)
            self._proxy = None if settings.proxy_port is None else self._listen(settings.proxy_port)
            self.authority = self._open_authority()
        except BaseException:
            self.shut()
            raise
        self._runner: EmulatorRunner | None = None
        self._proxying: Proxy | None = None
        self._secure: SecureDoor | None = None
        self._beside_open: set[Beside] = set()

    @property
    def url(self) -> str:
        """The http address."""
        return address_of(self._http)

    @property
    def tls_url(self) -> str:
        """The https address. Raises BranchMockError when the setting `tls_port` names none."""
        return _told("tls_port", self._tls).replace("http:", "https:", 1)

    @property
    def proxy_url(self) -> str:
        """The proxy's address. Raises BranchMockError when the setting `proxy_port` names none."""
        return _told("proxy_port", self._proxy)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """What there is besides plain HTTP, and where, for people to read."""
        found = []
        if self._tls is not None:
            found.append(("https", self.tls_url))
        if self._proxy is not None:
            found.append(("proxy", self.proxy_url))
        if self.authority is not None:
            found.append(("trust", str(self.authority.certificate_path)))
        return found

    async def open(self) -> None:
        """Serve on the running loop."""
        self._runner = runner = EmulatorRunner(self._emulator)
        await runner.setup()
        await web.SockSite(runner, self._http).start()
        if self.authority is None:
            return
        await self._open_secure(self.authority, runner)

    async def _open_secure(self, authority: "Authority", runner: EmulatorRunner) -> None:
        from branch_mock.proxy import Guard, Limits, Proxy, SecureDoor  # noqa: PLC0415 - few need it

        self._emulator.authority = authority
        context, limits = authority.context(self._is_certified), Limits()
        if self._tls is not None:
            self._secure = SecureDoor(runner.protocols, context, limits)
            await self._secure.start(self._tls)
        if self._proxy is not None:
            settings = self._emulator.branch.settings
            guard = Guard(self.is_ours, settings.allow_host, self._beside())
            self._proxying = Proxy(runner.handler, guard, context, limits)
            await self._proxying.start(self._proxy)

    async def open_beside(self, context: ssl.SSLContext) -> "Beside":
        """Listen at two further addresses of loopback, for http and https, while `open`."""
        from branch_mock.beside import Beside  # noqa: PLC0415 - few need it

        assert self._runner is not None
        listeners = Beside(self._runner, context)
        self._beside_open.add(listeners)
        await listeners.open()
        return listeners

    async def close_beside(self, listeners: "Beside") -> None:
        """End those and their connections, if they have not ended."""
        if listeners in self._beside_open:
            self._beside_open.discard(listeners)
            await listeners.close()

    async def close(self) -> None:
        """End every connection; requests in flight get 0.3 seconds."""
        for listeners in list(self._beside_open):
            await self.close_beside(listeners)
        if self._proxying is not None:
            await self._proxying.close()
        if self._secure is not None:
            await self._secure.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._secure is not None:
            self._secure.abort()
        self.shut()

    def shut(self) -> None:
        """Let go of the sockets, whoever serves them."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.close()

    def _listen(self, port: int) -> socket.socket:
        sock = listen(self._emulator.branch.settings.host, port)
        self._sockets.append(sock)
        return sock

    def _open_authority(self) -> "Authority | None":
        if self._tls is None and self._proxy is None:
            return None
        from branch_mock.tls import Authority  # noqa: PLC0415 - few need it

        return Authority.open(self._emulator.branch.settings.ca_dir)

    def is_ours(self, name: str) -> bool:
        """Whether a lower-case host name is one of Branch's, or serves links of an app."""
        return is_branch_host(name) or self._emulator.branch.apps.is_link_domain(name)

    def _is_certified(self, name: str) -> bool:
        from branch_mock.tls import serves_locally  # noqa: PLC0415 - few need it

        return self.is_ours(name) or serves_locally(name)

    def _beside(self) -> "list[Target]":
        """The emulator's own plain and https addresses, for clients that know no `NO_PROXY`."""
        from branch_mock.proxy import Target  # noqa: PLC0415 - few need it

        found = []
        for sock in (self._http, self._tls):
            if sock is not None:
                host, port = host_name(address_of(sock).partition("//")[2]), sock.getsockname()[1]
                found += [Target(host, port), Target("localhost", port)]
        return found


def _told(setting: str, sock: socket.socket | None) -> str:
    if sock is None:
        raise BranchMockError(f"the setting {setting} names no port")
    return address_of(sock)
