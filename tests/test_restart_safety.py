"""Whoever kills a server: the old state is there or the new one, never half (contract 12)."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from subprocess import TimeoutExpired
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from tests.process import TIMEOUT, Served, client_of, serving

LINKS = 1500
KILLS = 8
"""How often a server is killed; each time at another moment of what it is at."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A state document that takes some time to read and to write."""
    path = tmp_path / "state.json"
    with BranchMock(seed=("empty",), export_on_exit=str(path)) as mock:
        for number in range(LINKS):
            mock.branch.links.create(mock.app, alias=f"old-{number}", data={"text": "x" * 200})
    return path


def aliases(path: Path) -> set[str]:
    """The aliases in a state document; whole, as a server takes it."""
    with BranchMock(import_file=str(path)) as mock:
        return {link.alias for link in mock.links.all() if link.alias is not None}


def served_with(file: Path) -> Any:
    return serving("--port", "0", "--import", str(file), "--export-on-exit", str(file))


def kill_after(served: Served, ms: float) -> None:
    """Kill it with SIGKILL after that time, unless it has ended before."""
    try:
        served.process.wait(ms / 1000)
    except TimeoutExpired:
        served.process.kill()
        served.process.wait(TIMEOUT)


def test_a_kill_while_it_ends_leaves_the_old_file_or_the_new_one(file: Path) -> None:
    known = aliases(file)
    with served_with(file) as served, client_of(served) as client:
        client.post("/v1/url", {"alias": "first"})
        status, whole_ms, _ = served.end()
    assert status == 0
    assert aliases(file) == known | {"first"}
    known = aliases(file)
    outcomes = set()
    for number in range(KILLS):
        alias = f"new-{number}"
        with served_with(file) as served, client_of(served) as client:
            assert client.post("/v1/url", {"alias": alias}).status_code == 200
            served.process.send_signal(SIGTERM)
            last = number == KILLS - 1
            kill_after(served, TIMEOUT * 1000 if last else whole_ms * number / (KILLS - 2))
        found = aliases(file)
        assert found in (known, known | {alias}), found ^ known
        outcomes.add(found == known)
        known = found
        assert file.stat().st_mode & 0o077 == 0
    assert outcomes == {True, False}


@contextmanager
def putting(url: str, document: bytes) -> Iterator[list[object]]:
    """Puts a state into a server meanwhile; what came of it is in the list at the end."""
    ends: list[object] = []

    def put() -> None:
        try:
            reply = requests.put(f"{url}/_mock/state", document, timeout=TIMEOUT)
            ends.append(reply.status_code)
        except requests.RequestException as error:
            ends.append(error)

    thread = Thread(target=put)
    thread.start()
    try:
        yield ends
    finally:
        thread.join(TIMEOUT)


def test_a_kill_while_a_state_is_put_in_leaves_the_old_file(file: Path) -> None:
    with BranchMock(import_file=str(file)) as mock:
        mock.links.create(alias="other")
        other = json.dumps(mock.state()).encode()
        watch = Stopwatch()
        assert requests.put(f"{mock.url}/_mock/state", other, timeout=TIMEOUT).status_code == 200
        whole_ms = watch.ms()
    old = file.read_bytes()
    for number in range(KILLS):
        with served_with(file) as served, putting(served.url, other) as ends:
            kill_after(served, whole_ms * 1.2 * number / (KILLS - 1))
        assert len(ends) == 1
        assert file.read_bytes() == old
        assert {item.name for item in file.parent.iterdir()} == {file.name}
    assert "other" not in aliases(file)


def test_a_client_that_is_killed_while_it_puts_changes_nothing(file: Path) -> None:
    with BranchMock(import_file=str(file)) as mock:
        old = mock.state()
        other = json.dumps({**old, "clock": {"frozen_ms": None, "offset_ms": 5}}).encode()
        place = urlsplit(mock.url)
        head = f"PUT /_mock/state HTTP/1.1\r\nHost: x\r\nContent-Length: {len(other)}\r\n\r\n"
        for sent in (0, 1, len(other) // 2, len(other) - 1):
            with socket.create_connection((place.hostname, place.port), TIMEOUT) as sock:
                sock.sendall(head.encode() + other[:sent])
            assert mock.state() == old
            assert requests.get(f"{mock.url}/_mock/state", timeout=TIMEOUT).json() == old
    assert mock.failures == []


def test_nobody_sees_half_a_state(file: Path) -> None:
    with BranchMock(import_file=str(file)) as mock:
        old = mock.state()
        mock.links.create(alias="other")
        new = mock.state()
        mock.put_state(old)
        seen = []
        with putting(mock.url, json.dumps(new).encode()) as ends:
            while not ends:
                found = requests.get(f"{mock.url}/_mock/state", timeout=TIMEOUT).json()
                seen.append(found)
        seen.append(mock.state())
        assert ends == [200]
        turn = next(at for at, state in enumerate(seen) if state == new)
        assert all(state == old for state in seen[:turn])
        assert all(state == new for state in seen[turn:])
