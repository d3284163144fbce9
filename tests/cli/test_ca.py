"""`branch-mock ca`: shows, exports and rotates the authority."""

import subprocess
from pathlib import Path

import pytest

from branch_mock import BranchMock
from branch_mock.tls import Authority
from tests.process import run, serving
from tests.raw import talk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for an authority that is not there yet."""
    return tmp_path / "ca"


def test_show_tells_where_it_is_and_until_when(folder: Path) -> None:
    done = run("ca", "show", "--ca-dir", str(folder))
    authority = Authority.open(folder)
    assert done.stdout.splitlines() == [
        f"certificate  {folder}/ca.pem",
        f"expires      {authority.expires:%Y-%m-%dT%H:%M:%SZ}",
        f"SHA-256      {authority.fingerprint}",
    ]
    assert run("ca", "show", BRANCH_MOCK_CA_DIR=str(folder)).stdout == done.stdout


def test_export_gives_the_certificate_and_never_the_key(folder: Path, tmp_path: Path) -> None:
    printed = run("ca", "export", "--ca-dir", str(folder)).stdout
    assert printed == Authority.open(folder).certificate_pem
    out = tmp_path / "out.pem"
    done = run("ca", "export", "--ca-dir", str(folder), "--out", str(out))
    assert done.stdout == f"certificate written to {out}\n"
    assert out.read_text() == printed
    assert "PRIVATE" not in printed


def test_rotate_makes_a_new_one(folder: Path) -> None:
    old = Authority.open(folder).fingerprint
    done = run("ca", "rotate", "--ca-dir", str(folder))
    new = Authority.open(folder).fingerprint
    assert f"SHA-256      {new}" in done.stdout
    assert new != old


@pytest.mark.parametrize("verb", ["show", "export", "rotate"])
def test_a_folder_that_cannot_be_is_refused(verb: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run("ca", verb, "--ca-dir", str(tmp_path / "file" / "ca"))
    assert done.returncode == 2
    assert done.stderr.startswith(f"branch-mock: ca_dir: {tmp_path}/file")


def test_a_file_that_cannot_be_written_is_refused(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "none" / "out.pem"
    done = run("ca", "export", "--ca-dir", str(folder), "--out", str(out))
    assert done.returncode == 2
    assert done.stderr == f"branch-mock: out: {out}: No such file or directory\n"


def test_serve_tells_its_doors(folder: Path) -> None:
    doors = ("--port", "0", "--tls-port", "0", "--proxy-port", "0", "--ca-dir", str(folder))
    with serving(*doors) as served:
        said = dict(line.split() for line in served.announced[1:-1])
        assert said["trust"] == f"{folder}/ca.pem"
        port = said["https"].rpartition(":")[2]
        done = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "10"),
                *("--cacert", said["trust"], "--resolve", f"bnc.lt:{port}:127.0.0.1"),
                *("--output", "/dev/null", "--write-out", "%{http_code} %{redirect_url}"),
                f"https://bnc.lt:{port}/test-link",
            ],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.stdout.startswith("307 https://example.com/?_branch_match_id="), done.stderr
        via = subprocess.run(
            [
                *("curl", "--silent", "--show-error", "--max-time", "10", "--noproxy", ""),
                *("--cacert", said["trust"], "--proxy", said["proxy"]),
                "https://api.branch.io/_mock/health",
            ],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert via.stdout.startswith('{"status":"ok"'), via.stderr
        status, _, log = served.end()
    assert status == 0
    assert not [line for line in log if "Traceback" in line]


def test_a_taken_port_stops_the_start(folder: Path) -> None:
    with serving("--port", "0", "--tls-port", "0", "--ca-dir", str(folder)) as served:
        port = served.url.rpartition(":")[2]
        for option in ("--tls-port", "--proxy-port"):
            done = run("serve", "--port", "0", option, port, "--ca-dir", str(folder))
            assert done.returncode == 2
            assert f"port {port}: Address already in use" in done.stderr


@pytest.mark.parametrize(("options", "status"), [((), 403), (("--allow-all",), 404)])
def test_serve_lets_through_whom_it_is_told_to(
    options: tuple[str, ...], status: int, folder: Path, mock: BranchMock
) -> None:
    doors = ("--port", "0", "--proxy-port", "0", "--ca-dir", str(folder))
    with serving(*doors, *options) as served:
        said = dict(line.split() for line in served.announced[1:-1])
        target = f"GET {mock.url}/none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        assert talk(said["proxy"], target.encode()).status == status


def test_a_server_is_asked_for_its_own(folder: Path) -> None:
    with BranchMock(tls_port=0, ca_dir=str(folder)) as mock:
        done = run("ca", "export", "--url", mock.url)
        assert (done.returncode, done.stdout) == (0, mock.ca_pem)
    assert mock.emulator.authority is not None
    assert done.stdout == mock.emulator.authority.certificate_pem
    with BranchMock() as mock:
        done = run("ca", "export", "--url", mock.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("branch-mock: No authority: ")
    assert run("ca", "export", "--url", "localhost").returncode == 2
