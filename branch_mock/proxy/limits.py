"""How long and how much the proxy puts up with."""

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    """Seconds of real time, and bytes.

    head_seconds: for a CONNECT to come. handshake_seconds: for TLS inside it to begin and be
    agreed on. connect_seconds: to reach a host that is let through. silent_seconds: without a byte
    in a tunnel to such a host; half_closed_seconds: the same when one side has ended.
    closing_seconds: to take leave in TLS. head_bytes: of a CONNECT.
    """

    head_seconds: float = 30
    handshake_seconds: float = 10
    connect_seconds: float = 10
    silent_seconds: float = 600
    half_closed_seconds: float = 30
    closing_seconds: float = 1
    head_bytes: int = 16 * 1024
