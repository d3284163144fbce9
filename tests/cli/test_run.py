"""`branch-mock run`: streams, exit status and signals are the command's own."""

import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.checkout import environment
from tests.process import SCRIPT, Lines, free_port

TIMEOUT = 20
WAITING = """
import os, signal, sys
def heard(number, frame):
    os.write(1, f"heard {signal.Signals(number).name}\\n".encode())  # print may be at work
    os._exit(5)
signal.signal({signal}, heard)
os.write(1, b"ready\\n")
while True:
    signal.pause()
"""


@pytest.fixture(scope="module")
def environ(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with an authority of these tests."""
    return environment(BRANCH_MOCK_CA_DIR=str(tmp_path_factory.mktemp("state") / "ca"))


def run(
    *arguments: str, environ: dict[str, str], given: str = ""
) -> "subprocess.CompletedProcess[str]":
    """Run `branch-mock run` to its end."""
    return subprocess.run(
        [SCRIPT, "run", *arguments],
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def test_streams_and_status_are_the_commands_own(environ: dict[str, str]) -> None:
    done = run("--", "sh", "-c", "cat; echo no >&2; exit 7", environ=environ, given="through")
    assert (done.returncode, done.stdout, done.stderr) == (7, "through", "no\n")


def test_options_of_the_command_are_its_own(environ: dict[str, str]) -> None:
    done = run("--log-level", "error", "printf", "%s|", "--help", "-h", "--seed", environ=environ)
    assert done.stdout == "--help|-h|--seed|"


def test_the_emulator_is_there_while_it_runs(environ: dict[str, str]) -> None:
    code = (
        "import json, os, urllib.request as u\n"
        "print(json.load(u.urlopen(os.environ['BRANCH_API_URL'] + '/_mock/ready'))['status'])\n"
        "body = json.dumps({'branch_key': os.environ['BRANCH_KEY'], 'alias': 'x'}).encode()\n"
        "for base in ('https://api.branch.io', os.environ['BRANCH_API_URL']):\n"
        "    print(json.load(u.urlopen(base + '/v1/url', body))['url'])\n"
        "print(os.environ['BRANCH_API_URL'])"
    )
    done = run("--profile", "documented", "--", sys.executable, "-c", code, environ=environ)
    assert done.returncode == 0, done.stderr
    ready, real, local, url = done.stdout.split()
    assert (ready, real, local) == ("ok", "https://bnc.lt/x", f"{url}/x")
    again = run(
        "--",
        sys.executable,
        "-c",
        f"import urllib.request as u; u.urlopen({url!r})",
        environ=environ,
    )
    assert again.returncode == 1
    assert "Connection refused" in again.stderr


def test_nothing_stays_behind(environ: dict[str, str]) -> None:
    done = run(
        "--", "sh", "-c", 'printf %s "$SSL_CERT_FILE"; test -s "$SSL_CERT_FILE"', environ=environ
    )
    assert done.returncode == 0
    assert not Path(done.stdout).parent.exists()


def test_a_fixed_port_in_the_environment_is_not_taken(environ: dict[str, str]) -> None:
    port = free_port()
    ports = {f"BRANCH_MOCK_{name}PORT": str(port) for name in ("", "TLS_", "PROXY_")}
    done = run("--", "printenv", "HTTPS_PROXY", environ={**environ, **ports})
    assert done.returncode == 0, done.stderr
    assert not done.stdout.endswith(f":{port}\n")


@pytest.mark.parametrize(
    ("command", "status", "reason"),
    [
        ("no-such-command", 127, "no-such-command: No such file or directory"),
        ("/etc/passwd", 126, "/etc/passwd: Permission denied"),
    ],
)
def test_what_cannot_run_is_named(
    command: str, status: int, reason: str, environ: dict[str, str]
) -> None:
    done = run("--", command, environ=environ)
    assert (done.returncode, done.stderr) == (status, f"branch-mock: {reason}\n")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "Missing argument 'COMMAND...'"),
        (("--seed", "no-such", "true"), "no-such: "),
        (("--ca-dir", "/dev/null", "true"), "ca_dir: /dev/null"),
        (("--prfile", "observed", "true"), "No such option '--prfile'"),
        (("--log-level", "loud", "true"), "log_level: must be one of"),
    ],
)
def test_wrong_usage_is_refused(
    arguments: tuple[str, ...], reason: str, environ: dict[str, str]
) -> None:
    done = run(*arguments, environ=environ)
    assert done.returncode == 2
    assert reason in done.stderr


@contextmanager
def running(code: str, environ: dict[str, str]) -> Iterator[tuple["subprocess.Popen[str]", Lines]]:
    """`branch-mock run` of Python code that has said that it is ready."""
    process = subprocess.Popen(
        [SCRIPT, "run", "--", sys.executable, "-c", code],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # where no terminal is
    )
    assert process.stdout is not None
    lines = Lines(process.stdout)
    try:
        assert lines.next() == "ready"
        yield process, lines
    finally:
        process.kill()
        process.wait(TIMEOUT)
        lines.rest()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"])
def test_signals_are_passed_on(name: str, environ: dict[str, str]) -> None:
    code = WAITING.replace("{signal}", f"signal.{name}")
    with running(code, environ) as (process, lines):
        process.send_signal(signal.Signals[name])
        assert lines.next() == f"heard {name}"
        assert process.wait(TIMEOUT) == 5


def test_a_command_that_a_signal_ends_has_the_status_that_shells_give(
    environ: dict[str, str],
) -> None:
    done = run("--", "sh", "-c", "kill -TERM $$", environ=environ)
    assert done.returncode == 128 + signal.SIGTERM


def test_a_terminals_keys_reach_the_command_once(environ: dict[str, str]) -> None:
    """The terminal sends Ctrl-C to both; passing it on too would make it two."""
    code = """
import signal
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
print("ready", flush=True)
while not heard:
    signal.pause()
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.5)
signal.pause()
print("heard", len(heard), flush=True)
"""
    terminal, name = pty.openpty()
    opened = os.ttyname(name)  # a session's leader that opens it has it for its terminal
    process = subprocess.Popen(
        [
            "sh",
            "-c",
            f'exec "$@" < {opened}',
            "sh",
            SCRIPT,
            "run",
            "--",
            sys.executable,
            "-c",
            code,
        ],
        env=environ,
        stdout=name,
        start_new_session=True,
    )
    os.close(name)
    with os.fdopen(terminal, "rb", buffering=0) as screen:
        seen = b""
        while b"ready" not in seen:
            seen += screen.read(1024)
        os.write(terminal, b"\x03")
        while b"heard" not in seen or not seen.endswith(b"\n"):
            seen += screen.read(1024)
        assert b"heard 1\r\n" in seen
        assert process.wait(TIMEOUT) == 0
