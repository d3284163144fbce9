"""A stand-in for Docker's engine: the part of its HTTP API that testcontainers uses.

Its containers are processes of `branch-mock serve` with the image's environment and what was asked
for on top. Ports are mapped as an engine does it: to free ones of this machine.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from tests.process import TIMEOUT, Served, free_port, serving

IMAGE = "branch-mock"
_VERSION = {"ApiVersion": "1.45", "MinAPIVersion": "1.24", "Version": "27.0.0"}


class Container:
    """One container, made and perhaps started."""

    def __init__(self, config: dict[str, Any], image_env: dict[str, str]) -> None:
        self.config = config
        self.ports = {port: free_port() for port in config["ExposedPorts"]}
        asked = dict(text.split("=", 1) for text in config.get("Env") or [])
        self.env = {**image_env, **asked}
        self.ended_with: tuple[int, bytes] | None = None
        self._served: Served | None = None
        self._lost = False

    def start(self, stack: ExitStack, volume: Path) -> None:
        """Run what the image's CMD runs."""
        binds = dict(
            bind.split(":")[1::-1] for bind in self.config["HostConfig"].get("Binds") or []
        )
        env = {
            **self.env,
            "BRANCH_MOCK_HOST": "127.0.0.1",
            "BRANCH_MOCK_PORT": str(self.ports["8080/tcp"]),
            "BRANCH_MOCK_TLS_PORT": str(self.ports["8443/tcp"]),
            "BRANCH_MOCK_CA_DIR": str(volume / "ca"),
            "BRANCH_MOCK_INIT_DIR": binds.get(self.env["BRANCH_MOCK_INIT_DIR"], str(volume)),
        }
        self._served = stack.enter_context(serving(environment=env, ready=False))

    def lose(self) -> None:
        """Kill what runs in it; the engine takes no notice yet."""
        assert self._served is not None
        self._served.process.kill()
        self._served.process.wait(TIMEOUT)
        self._lost = True

    @property
    def status(self) -> str:
        """What an engine says of it."""
        if self._served is None:
            return "created"
        if self._lost:
            return "running"
        if self.ended_with is None and self._served.process.poll() is not None:
            lines = self._served.errors.rest()
            self.ended_with = self._served.process.returncode, "\n".join(lines).encode()
        return "running" if self.ended_with is None else "exited"

    def view(self, id_: str) -> dict[str, Any]:
        """What `docker inspect` shows, as far as anybody looks here."""
        ports = {
            port: [{"HostIp": "0.0.0.0", "HostPort": str(number)}]
            for port, number in self.ports.items()
        }
        return {
            "Id": id_,
            "Name": "/one",
            "Image": IMAGE,
            "Config": self.config,
            "State": {"Status": self.status, "Running": self.status == "running"},
            "NetworkSettings": {"Ports": ports},
        }


class Engine(ThreadingHTTPServer):
    """The engine. image_env: the environment of its one image. containers: by id."""

    def __init__(self, image_env: dict[str, str], folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.image_env = image_env
        self.folder = folder
        self.stack = ExitStack()
        self.containers: dict[str, Container] = {}
        self.removed: list[str] = []

    @property
    def address(self) -> str:
        """What DOCKER_HOST is to be."""
        return f"tcp://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Engine
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        path = self._path()
        if path == "/version":
            self._answer(200, _VERSION)
        elif path.startswith("/images/"):
            self._answer(200, {"Id": "sha256:1", "RepoTags": [IMAGE]})
        elif path.endswith("/json"):
            id_ = path.split("/")[2]
            self._answer(200, self.server.containers[id_].view(id_))
        else:
            self._logs(path)

    def do_POST(self) -> None:
        path = self._path()
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        if path == "/containers/create":
            id_ = f"{len(self.server.containers) + 1:064}"
            self.server.containers[id_] = Container(body, self.server.image_env)
            self._answer(201, {"Id": id_, "Warnings": []})
        else:
            volume = self.server.folder / path.split("/")[2]
            volume.mkdir()
            self.server.containers[path.split("/")[2]].start(self.server.stack, volume)
            self._answer(204, None)

    def do_DELETE(self) -> None:
        self.server.removed.append(self._path().split("/")[2])
        self._answer(204, None)

    def _path(self) -> str:
        return re.sub(r"^/v1\.\d+", "", urlsplit(self.path).path)

    def _logs(self, path: str) -> None:
        """One frame of the stream for errors, or nothing."""
        ended = self.server.containers[path.split("/")[2]].ended_with
        wanted = b"" if ended is None or "stderr=0" in self.path else ended[1]
        frame = b"\x02\0\0\0" + len(wanted).to_bytes(4, "big") + wanted if wanted else b""
        self._send(200, frame, "application/vnd.docker.multiplexed-stream")

    def _answer(self, status: int, body: object) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self._send(status, data, "application/json")

    def _send(self, status: int, data: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def engine(image_env: dict[str, str], folder: Path) -> Iterator[Engine]:
    """A running engine; its containers end with it."""
    with Engine(image_env, folder) as running, running.stack:
        thread = Thread(target=running.serve_forever)
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join(TIMEOUT)
