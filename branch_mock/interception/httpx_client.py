"""httpx: its transports pass requests for Branch on to one of the interception's own.

So connections that a client has kept are not used, and proxies that it has are left out of it.
"""

from collections.abc import Callable
from typing import Any

import httpx

from branch_mock.interception.interceptions import Interception, of_host
from branch_mock.interception.names import clean

Function = Callable[..., Any]


def handling(original: Function) -> Function:
    """Around httpx.HTTPTransport.handle_request."""

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        owner = of_host(clean(request.url.host))
        if owner is None:
            return original(self, request)  # type: ignore[no-any-return]
        transport = httpx.HTTPTransport(verify=owner.trust, trust_env=False, limits=_NONE_KEPT)
        return transport.handle_request(_redirected(request, owner))

    return handle_request


def handling_async(original: Function) -> Function:
    """Around httpx.AsyncHTTPTransport.handle_async_request."""

    async def handle_async_request(
        self: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        owner = of_host(clean(request.url.host))
        if owner is None:
            return await original(self, request)  # type: ignore[no-any-return]
        transport = httpx.AsyncHTTPTransport(verify=owner.trust, trust_env=False, limits=_NONE_KEPT)
        return await transport.handle_async_request(_redirected(request, owner))

    return handle_async_request


_NONE_KEPT = httpx.Limits(max_keepalive_connections=0)
"""A connection ends with its response, so nothing outlives a test or its event loop."""


def _redirected(request: httpx.Request, owner: Interception) -> httpx.Request:
    """The same request to the emulator, with the name in Host and in the TLS handshake."""
    url = request.url
    port = url.port or (443 if url.scheme == "https" else 80)
    target = owner.target(clean(url.host), port)
    return httpx.Request(
        request.method,
        url.copy_with(host=target.host, port=target.port),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": url.host},
    )
