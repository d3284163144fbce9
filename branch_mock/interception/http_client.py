"""http.client, and with it urllib, urllib3 and requests.

Sockets are looked after already. Here connections that were kept from before are closed, so that
the client opens a new one, and proxies are left out of it.
"""

from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any
from urllib.request import Request

from branch_mock.errors import LeakError
from branch_mock.interception.interceptions import Interception, of_host, peer_of
from branch_mock.interception.names import clean, of_url

Function = Callable[..., Any]


def putting_request(original: Function) -> Function:
    """Around HTTPConnection.putrequest, which begins every request."""

    def putrequest(
        self: HTTPConnection, method: str, url: str, *arguments: Any, **options: Any
    ) -> Any:
        owner = of_host(clean(self.host))
        if owner is None:
            _check_proxied(self, url)
        elif self.sock is not None and not owner.is_peer(peer_of(self.sock)):
            HTTPConnection.close(self)  # another is opened by itself; what urllib3 has noted stays
        return original(self, method, url, *arguments, **options)

    return putrequest


def _check_proxied(connection: HTTPConnection, url: str) -> None:
    """Raises LeakError for a request to Branch that goes to a proxy's address."""
    for name in (of_url(url), clean(getattr(connection.sock, "server_hostname", None))):
        owner = of_host(name)
        if owner is not None:
            raise _through_proxy(owner, name, connection)


def tunnelling(original: Function) -> Function:
    """Around HTTPConnection.set_tunnel."""

    def set_tunnel(self: HTTPConnection, host: str, *arguments: Any, **options: Any) -> Any:
        owner = of_host(clean(host))
        if owner is not None:
            raise _through_proxy(owner, clean(host), self)
        return original(self, host, *arguments, **options)

    return set_tunnel


def _through_proxy(owner: Interception, name: str, connection: HTTPConnection) -> LeakError:
    return owner.refusal(name, f"the way goes by {connection.host} port {connection.port}")


def setting_proxy(original: Function) -> Function:
    """Around urllib.request.Request.set_proxy: what is Branch's needs no proxy."""

    def set_proxy(self: Request, host: str, type: str) -> Any:  # noqa: A002 - its own name
        if self.type in {type, "https"} and of_host(clean(self.host)) is not None:
            return None
        return original(self, host, type)

    return set_proxy


def sending(original: Function) -> Function:
    """Around requests.adapters.HTTPAdapter.send: what is Branch's needs no proxy."""

    def send(self: Any, request: Any, *arguments: Any, **options: Any) -> Any:
        if of_host(of_url(request.url)) is not None:
            options["proxies"] = None
            arguments = arguments[:4]  # stream, timeout, verify, cert; proxies come after them
        return original(self, request, *arguments, **options)

    return send
