"""The few lines of HTTP that a proxy speaks itself: CONNECT, and answers to it."""

import re
from urllib.parse import urlsplit

from branch_mock import __version__
from branch_mock.api.call import JSON_TYPE, Reply
from branch_mock.proxy.guard import Refused, Target

END = b"\r\n\r\n"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_CONNECT = re.compile(rb"CONNECT ([!-~]+) HTTP/1\.[01]\r\n")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}|[0-9A-Fa-f:.]{2,45}")
_PORT = re.compile(r"[0-9]{1,5}")
_SHOWN = 80
_LAST_PORT = 65535
_DEFAULT_PORTS = {"http": 80, "https": 443}


def connect_target(head: bytes) -> Target:
    """Where a CONNECT wants to go; `head` is what came until the first empty line.

    Raises Refused, 400, for what is no CONNECT to a host and port.
    """
    found = _CONNECT.match(head)
    if found is None:
        raise _malformed("CONNECT HOST:PORT HTTP/1.1", head.partition(b"\r\n")[0].decode("latin-1"))
    text = found[1].decode()
    host, colon, port = text.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    if not colon or not _HOST.fullmatch(host) or not _is_port(port):
        raise _malformed("HOST:PORT after CONNECT", text)
    return Target(host.lower().rstrip("."), int(port))


def absolute_target(address: str) -> tuple[str, Target]:
    """Scheme and target of the address in a request for a proxy.

    Raises Refused, 400, for an address that is neither http nor https, or has no host.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # such as an unbalanced bracket
        raise _malformed("an http or https address", address) from None
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host) or port == 0:
        raise _malformed("an http or https address", address)
    return parts.scheme, Target(host.lower().rstrip("."), port or _DEFAULT_PORTS[parts.scheme])


def refusal_reply(refused: Refused) -> Reply:
    """A refusal as an answer of its own: the envelope (contract 3)."""
    reply = Reply.json(
        {"error": {"code": refused.status, "message": str(refused)}}, status=refused.status
    )
    reply.note = str(refused)
    return reply


def refusal_bytes(refused: Refused) -> bytes:
    """A refusal of a CONNECT. Most clients show no more of it than its first line."""
    body = refusal_reply(refused).body
    head = (
        f"HTTP/1.1 {refused.status} {refused}\r\nContent-Type: {JSON_TYPE}\r\n"
        f"Server: branch_mock/{__version__}\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii", "replace") + body


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and 0 < int(text) <= _LAST_PORT


def _malformed(expected: str, got: str) -> Refused:
    got = got.partition("?")[0].rpartition("@")[2][:_SHOWN]  # secrets are in queries and users
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in got)
    return Refused(400, f"The proxy takes {expected}, got {shown!r}")
