"""`branch-mock health`: what the container's health check and scripts ask."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Event, Thread

import pytest
from click.testing import CliRunner, Result

from branch_mock import BranchMock, BranchMockError, Settings, SettingsError, __version__
from branch_mock.cli import cli
from branch_mock.health import version_at
from branch_mock.settings import address

TIMEOUT = 20


def health(*arguments: str, **environ: str) -> Result:
    return CliRunner().invoke(cli, ["health", *arguments], env=environ)


@pytest.fixture
def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
    return port


def test_a_running_emulator_is_up() -> None:
    with BranchMock() as mock:
        result = health(mock.url)
        line = f"{mock.url} is up: branch_mock {__version__}\n"
    assert (result.exit_code, result.output) == (0, line)


def test_its_address_comes_from_the_settings() -> None:
    with BranchMock() as mock:
        port = mock.url.rpartition(":")[2]
        result = health(BRANCH_MOCK_PORT=port, BRANCH_MOCK_HOST="0.0.0.0")
    assert result.output.startswith(f"http://127.0.0.1:{port} is up")
    assert result.exit_code == 0


def test_a_proxy_of_the_environment_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, free_port: int
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    monkeypatch.delenv("no_proxy", raising=False)
    with BranchMock() as mock:
        assert version_at(mock.url, TIMEOUT) == __version__


def test_nobody_there_is_one_line_and_status_1(free_port: int) -> None:
    result = health(f"http://127.0.0.1:{free_port}")
    line = f"branch-mock: http://127.0.0.1:{free_port} does not answer: Connection refused\n"
    assert (result.exit_code, result.output) == (1, line)


@pytest.mark.parametrize(
    "url",
    ["127.0.0.1:8080", "ftp://127.0.0.1", "http://", "http://h:x", "http://h:99999", "http://h /x"],
)
def test_no_address_is_one_line_and_status_2(url: str) -> None:
    result = health(url)
    assert result.exit_code == 2
    assert result.output == (
        f"branch-mock: url: must be an http or https address with its port, got {url!r}\n"
    )


@pytest.mark.parametrize(("name", "value"), [("BRANCH_MOCK_PORT", "x"), ("BRANCH_MOCK_PORT", "0")])
def test_a_setting_without_an_address_is_status_2(name: str, value: str) -> None:
    result = health(**{name: value})
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "port" in result.output.lower()


@pytest.mark.parametrize("timeout", ["0", "-1", "x"])
def test_a_timeout_is_a_number_above_zero(timeout: str) -> None:
    result = health("--timeout", timeout)
    assert result.exit_code == 2
    assert "--timeout" in result.output


class _Other(BaseHTTPRequestHandler):
    """Some other server: a status and a body by the first segment of the path."""

    def do_GET(self) -> None:
        status, body = {"page": (200, b"<html>"), "list": (200, b"[]"), "no": (404, b"")}[
            self.path.split("/")[1]
        ]
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Keep quiet."""


@pytest.fixture
def other() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Other) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(TIMEOUT)


@pytest.mark.parametrize(
    ("path", "said"), [("page", "something else"), ("list", "something else"), ("no", "404")]
)
def test_another_server_is_not_taken_for_it(other: str, path: str, said: str) -> None:
    result = health(f"{other}/{path}")
    assert result.exit_code == 1
    assert result.output == f"branch-mock: {other}/{path} is not branch_mock: it answered {said}\n"


def test_another_server_is_no_server_of_verbs(other: str) -> None:
    for place, said in (("page", "is not branch_mock: no JSON answered"), ("no", "answered 404")):
        result = CliRunner().invoke(cli, ["ready", "--url", f"{other}/{place}"])
        assert result.exit_code == 1
        assert said in result.output
        assert result.output.count("\n") == 1


def test_no_http_at_all_is_not_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:

        def greet() -> None:
            peer, _ = sock.accept()
            with peer:
                peer.recv(1000)
                peer.sendall(b"220 mail\r\n")

        thread = Thread(target=greet)
        thread.start()
        with pytest.raises(BranchMockError, match="something else"):
            version_at(address(*sock.getsockname()), TIMEOUT)
        thread.join(TIMEOUT)


def test_a_dawdling_answer_ends_with_the_timeout() -> None:
    """It sends a byte now and then, which no timeout of a single read would notice."""
    over = Event()
    with socket.create_server(("127.0.0.1", 0)) as sock:

        def dawdle() -> None:
            peer, _ = sock.accept()
            with peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not over.wait(0.05):
                    peer.sendall(b"x")

        thread = Thread(target=dawdle)
        thread.start()
        result = health(address(*sock.getsockname()), "--timeout", "0.3")
        over.set()
        thread.join(TIMEOUT)
    assert result.exit_code == 1
    assert result.output.endswith(" did not answer within 0.3 seconds\n")


def test_it_loads_neither_server_nor_schemas() -> None:
    """A container runs it every few seconds."""
    with BranchMock() as mock:
        script = (
            "import sys; from branch_mock.cli import cli\n"
            f"cli(['health', {mock.url!r}], standalone_mode=False)\n"
            "loaded = {'aiohttp', 'jsonschema', 'jsonschema_rs'} & set(sys.modules)\n"
            "assert not loaded, loaded\n"
        )
        subprocess.run([sys.executable, "-c", script], check=True, timeout=TIMEOUT)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
    ],
)
def test_addresses(host: str, url: str) -> None:
    assert Settings(host=host, port=80).url == url


def test_any_free_port_has_no_address() -> None:
    with pytest.raises(SettingsError, match="port: 0"):
        _ = Settings(port=0).url
