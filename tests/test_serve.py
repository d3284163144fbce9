"""The life of `branch-mock serve` (contract 12): health, readiness, and a clean end."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from urllib.parse import urlsplit

import pytest
import requests

from branch_mock import __version__
from tests.client import TIMEOUT, Client
from tests.process import Served, client_of, free_port, serving

END_MS = 1000
OWN_KEY = "key_live_ownownownownownownownownownownow"
OWN_SEED = {"apps": [{"branch_key": OWN_KEY, "links": [{"alias": "mine"}]}]}


@contextmanager
def pipe_as_seed(tmp_path: Path, port: int) -> Iterator[tuple[Served, Path]]:
    """A server whose seed is a pipe: it stays unready until something is written there."""
    pipe = tmp_path / "seed.json"
    os.mkfifo(pipe)
    with serving("--port", str(port), "--seed", str(pipe), ready=False) as served:
        wait_for_socket(port)
        yield served, pipe


def wait_for_socket(port: int) -> None:
    """Return once something listens there."""
    for _ in range(1000):
        with socket.socket() as sock:
            sock.settimeout(TIMEOUT)
            if sock.connect_ex(("127.0.0.1", port)) == 0:
                return
        subprocess.run([sys.executable, "-S", "-c", ""], check=True, timeout=TIMEOUT)
    pytest.fail(f"nothing listens on port {port}")


def test_health_is_answered_at_once_and_all_else_is_503_until_the_seeds_are_loaded(
    tmp_path: Path,
) -> None:
    port = free_port()
    with pipe_as_seed(tmp_path, port) as (served, pipe):
        client = Client(f"http://127.0.0.1:{port}", OWN_KEY, "")
        assert client.get("/_mock/health").json() == {"status": "ok", "version": __version__}
        refused = [
            client.get("/_mock/ready"),
            client.call("POST", "/_mock/reset", json={}),
            client.post("/v1/url", {"channel": "early"}),
            client.call("POST", f"/v1/url/bulk/{OWN_KEY}", json=[{}]),
            client.get("/v1/url", params={"url": "https://bnc.lt/mine", "branch_key": OWN_KEY}),
            client.get("/mine"),
        ]
        assert [response.status_code for response in refused] == [503] * len(refused)
        assert "/_mock/ready" in refused[0].json()["error"]["message"]
        assert client.get("/").status_code == 200
        assert client.get("/v1/nowhere").status_code == 404
        pipe.write_text(json.dumps(OWN_SEED))
        served.wait_until_ready()
        assert served.key == OWN_KEY
        assert client.get("/_mock/ready").status_code == 200
        assert client.post("/v1/url", {"channel": "late"}).status_code == 200
        reset = client.call("POST", "/_mock/reset", json={}).json()
        assert reset == {"apps": 1, "links": 1}
        client.close()


def test_a_big_seed_is_loaded_while_health_is_answered(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    links = [{"alias": f"n{number}", "data": {"n": number}} for number in range(20_000)]
    path.write_text(json.dumps({"apps": [{"links": links}]}))
    port = free_port()
    with serving("--port", str(port), "--seed", str(path), ready=False) as served:
        wait_for_socket(port)
        statuses: list[int] = []
        with requests.Session() as session:
            session.trust_env = False
            base = f"http://127.0.0.1:{port}/_mock"
            while not statuses or statuses[-1] == 503:
                assert session.get(f"{base}/health", timeout=TIMEOUT).status_code == 200
                statuses.append(session.get(f"{base}/ready", timeout=TIMEOUT).status_code)
        assert statuses[0] == 503
        assert statuses[-1] == 200
        served.wait_until_ready()
        with client_of(served) as client:
            assert client.call("POST", "/_mock/reset", json={}).json()["links"] == len(links)


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_it_can_be_ended_while_it_loads_seeds(tmp_path: Path, signal: Signals) -> None:
    port = free_port()
    with pipe_as_seed(tmp_path, port) as (served, _):
        client = Client(f"http://127.0.0.1:{port}", "", "")
        assert client.get("/_mock/health").status_code == 200
        status, ms, log = served.end(signal)
        client.close()
    assert status == 0
    assert ms < END_MS
    assert len(log) == 1


@pytest.mark.parametrize("signal", [SIGTERM, SIGINT])
def test_it_ends_within_a_second_with_a_request_in_flight_and_a_kept_connection(
    signal: Signals,
) -> None:
    with serving("--port", "0") as served, client_of(served) as idle:
        assert idle.get("/_mock/health").status_code == 200
        with half_a_request(served.url):
            assert idle.get("/_mock/health").status_code == 200
            status, ms, log = served.end(signal)
    assert status == 0
    assert ms < END_MS
    assert not [line for line in log if "Traceback" in line]
    assert len(log) == 2


@contextmanager
def half_a_request(url: str) -> Iterator[socket.socket]:
    """A connection on which the server waits for the second half of a body."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT) as sock:
        sock.sendall(b"POST /v1/url HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        sock.sendall(b"Expect: 100-continue\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100")
        sock.sendall(b'{"branch_key":')
        yield sock
