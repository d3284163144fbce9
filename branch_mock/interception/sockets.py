"""Names, connections and TLS: what every client that is written in Python goes through.

A name of Branch's is resolved to an address that stands for the interception; a socket that is to
be connected there is connected to the emulator; a handshake for that name is made with a context
that trusts the emulator's authority and no other. A handshake for it on any other connection, such
as one through a proxy, is refused, and so is what was secured for it before.
"""

import socket
import ssl
from collections.abc import Callable
from inspect import signature
from typing import Any

from branch_mock.errors import LeakError
from branch_mock.interception.interceptions import (
    Interception,
    is_trust,
    of_host,
    of_stand_in,
    peer_of,
)
from branch_mock.interception.names import clean

Function = Callable[..., Any]


def resolving(original: Function) -> Function:
    """Around socket.getaddrinfo, gethostbyname and gethostbyname_ex."""

    def resolve(host: object, *arguments: Any, **options: Any) -> Any:
        owner = of_host(clean(host))
        return original(
            host if owner is None else owner.stand_in(clean(host)), *arguments, **options
        )

    return resolve


def connecting(original: Function) -> Function:
    """Around socket.socket.connect and connect_ex."""

    def connect(self: socket.socket, address: Any) -> Any:
        try:
            where = _redirected(address)
        except LeakError:
            self.close()  # callers do so for an OSError only
            raise
        return original(self, where)

    return connect


def _redirected(address: Any) -> Any:
    if not isinstance(address, tuple) or not address:
        return address
    name, owner = of_stand_in(clean(address[0]))
    if owner is None:
        owner = of_host(name)
    return address if owner is None else tuple(owner.target(name, address[1]))


def wrapping(original: Function) -> Function:
    """Around ssl.SSLContext.wrap_socket and wrap_bio.

    The second knows of no socket: a peer that is not the emulator fails the handshake there.
    """
    parameters = signature(original)

    def wrap(self: ssl.SSLContext, *arguments: Any, **options: Any) -> Any:
        call = parameters.bind(self, *arguments, **options)
        if not call.arguments.get("server_side"):
            name = clean(call.arguments.get("server_hostname"))
            owner = of_host(name)
            if owner is not None:
                _check_peer(owner, call.arguments.get("sock"), name)
                call.arguments["self"] = owner.trust
                call.arguments.pop("session", None)  # another context's
        return original(*call.args, **call.kwargs)

    return wrap


def _check_peer(owner: Interception, sock: socket.socket | None, name: str) -> None:
    peer = None if sock is None else peer_of(sock)
    if peer is not None and not owner.is_peer(peer):
        raise owner.refusal(name, f"the connection goes to {peer[0]} port {peer[1]}")


def writing(original: Function) -> Function:
    """Around ssl.SSLSocket.send and ssl.SSLObject.write: a connection that was secured for Branch
    before, or for another test, is refused."""

    def write(self: ssl.SSLSocket | ssl.SSLObject, data: Any, *arguments: Any) -> Any:
        name = clean(self.server_hostname)
        if name and not self.server_side and not is_trust(self.context):
            owner = of_host(name)
            if owner is not None:
                raise owner.refusal(name, "the connection is older than the interception")
        return original(self, data, *arguments)

    return write
