"""Requests in absolute form for hosts that are let through: asked again, answered as it comes."""

import errno
import logging
import socket

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

from branch_mock.proxy.guard import Guard, Refused, Target
from branch_mock.proxy.limits import Limits

log = logging.getLogger(__name__)

_HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authenticate", "te", "trailer"),
        *("proxy-authorization", "transfer-encoding", "upgrade"),
    }
)
_BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "DELETE", "TRACE"})


class Forwarder:
    """Asks other hosts in a client's place, but at no address that the guard refuses."""

    def __init__(self, guard: Guard, limits: Limits) -> None:
        self._guard = guard
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        """The session; the first request makes it."""
        if self._session is None:
            limits = self._limits
            timeout = aiohttp.ClientTimeout(
                total=None, sock_connect=limits.connect_seconds, sock_read=limits.silent_seconds
            )
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=self._socket),
                timeout=timeout,
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            )
        return self._session

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for one address that a host led to. Raises PermissionError, since the library
        goes on to the next address for an OSError only."""
        family, kind, protocol, _, target = address
        try:
            self._guard.check_address(str(target[0]))
        except Refused as refused:
            raise PermissionError(errno.EACCES, str(refused)) from None
        return socket.socket(family, kind, protocol)

    async def close(self) -> None:
        """End the connections to other hosts."""
        if self._session is not None:
            await self._session.close()

    async def forward(
        self, request: web.BaseRequest, address: str, target: Target
    ) -> web.StreamResponse:
        """The answer of the host in an address. Raises Refused: 502 when there is none, 403 when it
        leads where the guard lets nobody."""
        headers = _passed_on(request.headers)
        headers.popall("Host", None)  # the address counts
        if "Content-Encoding" in headers:  # the body is read decompressed
            del headers["Content-Encoding"]
            headers.popall("Content-Length", None)
        has_body = request.can_read_body or request.method not in _BODILESS
        try:
            answer = await self._open().request(
                request.method,
                address,
                headers=headers,
                data=request.content if has_body else None,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.EACCES:
                raise Refused(403, str(getattr(error, "strerror", error))) from error
            raise Refused(502, f"{target} cannot be reached: {type(error).__name__}") from error
        async with answer:
            response = web.StreamResponse(
                status=answer.status, reason=answer.reason, headers=_passed_on(answer.headers)
            )
            await response.prepare(request)
            try:
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            except aiohttp.ClientError as error:
                log.info("The answer of %s broke off: %r", target, error)
                if request.transport is not None:  # so does this one
                    request.transport.abort()
                return response
            await response.write_eof()
            return response


def _passed_on(headers: CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Headers without those that are about one connection."""
    own = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _HOP_BY_HOP and name.lower() not in own
    )
