"""What a proxy in between costs: POST /v1/url through it against the same without it."""

import socket
import ssl
import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from branch_mock.tls import Authority
from tests.benchmarks.load import connect, rate, request, server
from tests.process import free_port

_SERVE = ("-m", "branch_mock", "serve", "--port", "0", "--log-level", "warning")
_ROUNDS = 5
_SECONDS = 1.0
_CONNECT = b"CONNECT api.branch.io:443 HTTP/1.1\r\nHost: api.branch.io:443\r\n\r\n"


def report(body: bytes) -> str:
    """Ratios of requests per second to those of the same server without a proxy: the medians of
    interleaved rounds. 16 connections each, kept alive."""
    port = free_port()
    with TemporaryDirectory() as folder:
        authority = Authority.open(Path(folder) / "ca")
        doors = ("--proxy-port", str(port), "--ca-dir", str(authority.folder))
        with server(*_SERVE, *doors) as address:
            return _measured(body, address, f"http://127.0.0.1:{port}", authority)


def _measured(body: bytes, address: str, proxy: str, authority: Authority) -> str:
    opener = _tunnel_by(ssl.create_default_context(cadata=authority.certificate_pem))
    direct = request("POST", "/v1/url", body)
    absolute = request("POST", "https://api.branch.io/v1/url", body)
    ways: tuple[Callable[[], float], ...] = (
        lambda: rate(address, direct, _SECONDS),
        lambda: rate(proxy, direct, _SECONDS, opener=opener),
        lambda: rate(proxy, absolute, _SECONDS),
    )
    rounds = [[way() for way in ways] for _ in range(_ROUNDS)]
    tunnel = statistics.median(times[1] / times[0] for times in rounds)
    whole = statistics.median(times[2] / times[0] for times in rounds)
    rates = [statistics.median(column) for column in zip(*rounds, strict=True)]
    return (
        f"{tunnel:.2f} of direct by CONNECT and TLS, {whole:.2f} in absolute form "
        f"({rates[1]:,.0f}/s, {rates[2]:,.0f}/s, direct {rates[0]:,.0f}/s)"
    )


def _tunnel_by(context: ssl.SSLContext) -> Callable[[str], socket.socket]:
    """Opens TLS with api.branch.io in a tunnel."""

    def open_(address: str) -> socket.socket:
        opened = connect(address)
        opened.sendall(_CONNECT)
        answer = opened.recv(4096)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        return context.wrap_socket(opened, server_hostname="api.branch.io")

    return open_
