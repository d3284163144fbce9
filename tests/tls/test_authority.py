"""The authority: who may read it, how long it holds, what it certifies (contract 2)."""

import os
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from branch_mock import FrozenClock, SettingsError
from branch_mock.domain.addresses import BRANCH_HOSTS, is_branch_host
from branch_mock.tls import Authority, default_folder
from tests.tls.handshake import der_of, shake_hands, trusting, trusting_anything

TIMEOUT = 20
NOW = "2026-02-01T12:00:00Z"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place for an authority that is not there yet."""
    return tmp_path / "state" / "ca"


def openssl(*arguments: str | Path) -> str:
    """What openssl says, which must be content."""
    return subprocess.run(
        ["openssl", *arguments], capture_output=True, text=True, timeout=TIMEOUT, check=True
    ).stdout


def certificate_for(authority: Authority, name: str | None) -> dict[str, Any]:
    """The certificate that a client which trusts nothing else gets."""
    client = trusting(authority.certificate_pem)
    client.check_hostname = name is not None
    certificate = shake_hands(authority.context(), client, name).getpeercert()
    assert certificate is not None
    return certificate


def test_only_its_owner_can_read_it(folder: Path) -> None:
    old = os.umask(0)
    try:
        Authority.open(folder)
    finally:
        os.umask(old)
    assert folder.stat().st_mode & 0o777 == 0o700
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes.pop("ca.pem") == 0o644
    assert modes.pop("authority.pem") == 0o600
    assert set(modes) <= {".lock"}
    assert b"PRIVATE" not in (folder / "ca.pem").read_bytes()


def test_it_stays_the_same(folder: Path) -> None:
    first, second = Authority.open(folder), Authority.open(str(folder))
    assert first.certificate_pem == second.certificate_pem
    assert first.certificate_path.read_text() == first.certificate_pem
    assert first.folder == folder


def test_its_public_file_comes_back(folder: Path) -> None:
    first = Authority.open(folder)
    first.certificate_path.unlink()
    assert Authority.open(folder).certificate_path.read_text() == first.certificate_pem


def test_processes_that_start_together_agree(folder: Path) -> None:
    code = (
        "import sys; from branch_mock.tls import Authority; "
        "print(Authority.open(sys.argv[1]).fingerprint)"
    )

    def run(_: int) -> str:
        return subprocess.run(
            [sys.executable, "-c", code, folder],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
        ).stdout.strip()

    with ThreadPoolExecutor(4) as pool:
        said = set(pool.map(run, range(4)))
    assert said == {Authority.open(folder).fingerprint}


def test_rotating_makes_a_new_one(folder: Path) -> None:
    old = Authority.open(folder)
    new = Authority.rotate(folder)
    assert old.fingerprint != new.fingerprint == Authority.open(folder).fingerprint
    assert new.certificate_path.read_text() == new.certificate_pem
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(new.context(), trusting(old.certificate_pem), "api.branch.io")


def test_it_is_renewed_before_it_ends(folder: Path) -> None:
    clock = FrozenClock(NOW)
    first = Authority.open(folder, clock=clock)
    assert first.expires - clock.now() == timedelta(days=30)
    clock.advance(timedelta(days=23, seconds=-1))
    assert Authority.open(folder, clock=clock).fingerprint == first.fingerprint
    clock.advance(1)
    second = Authority.open(folder, clock=clock)
    assert second.fingerprint != first.fingerprint
    assert second.expires - clock.now() == timedelta(days=30)


def test_one_of_the_future_is_replaced(folder: Path) -> None:
    clock = FrozenClock(NOW)
    future = Authority.open(folder, clock=clock)
    clock.advance(timedelta(days=-1))
    assert Authority.open(folder, clock=clock).fingerprint != future.fingerprint


def test_a_server_that_runs_on_renews_what_it_shows(folder: Path) -> None:
    clock = FrozenClock(NOW)
    authority = Authority.open(folder, clock=clock)
    context = authority.context()

    def days_left() -> timedelta:
        der = der_of(shake_hands(context, trusting_anything(), "api.branch.io"))
        return x509.load_der_x509_certificate(der).not_valid_after_utc - clock.now()

    assert days_left() == timedelta(days=5)
    clock.advance(timedelta(days=3, seconds=-1))
    assert days_left() == timedelta(days=2, seconds=1)
    clock.advance(1)
    assert days_left() == timedelta(days=5)
    before = authority.fingerprint
    clock.advance(timedelta(days=21))
    assert days_left() == timedelta(days=5)
    assert authority.fingerprint != before
    assert authority.fingerprint == Authority.open(folder, clock=clock).fingerprint


@pytest.mark.parametrize(
    "name",
    [
        *("api.branch.io", "api2.branch.io", "api3-eu.branch.io", "cdn.branch.io", "branch.io"),
        *("bnc.lt", "a1b2.app.link", "a1b2-alternate.app.link", "x.test-app.link", "app.link"),
        "branch-exports.s3.amazonaws.com",
        *("localhost", "API.Branch.IO", "deep.down.app.link", "branch-mock", "a.localhost"),
    ],
)
def test_it_certifies_the_name_that_is_asked_for(folder: Path, name: str) -> None:
    certificate = certificate_for(Authority.open(folder), name)
    ends = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    begins = ssl.cert_time_to_seconds(str(certificate["notBefore"]))
    assert timedelta(days=5) <= timedelta(seconds=ends - begins) <= timedelta(days=5, hours=2)


def test_a_client_that_asks_for_none_gets_the_common_one(folder: Path) -> None:
    names = certificate_for(Authority.open(folder), None)["subjectAltName"]
    assert set(names) == {
        *(("DNS", name) for name in (*BRANCH_HOSTS, "localhost")),
        *(("IP Address", name) for name in ("127.0.0.1", "0:0:0:0:0:0:0:1")),
    }


def test_the_hosts_in_certificates_are_branchs() -> None:
    assert all(is_branch_host(name.replace("*", "x")) for name in BRANCH_HOSTS)


@pytest.mark.parametrize(
    "name",
    [
        *("example.com", "branch.io.example.com", "notbranch.io"),
        *("*", "two\nlines", "a b", "<script>", "\x1b[31m"),
    ],
)
def test_it_certifies_nobody_else(folder: Path, name: str) -> None:
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        certificate_for(Authority.open(folder), name)


def test_it_can_be_asked_to_certify_others(folder: Path) -> None:
    authority = Authority.open(folder)
    context = authority.context(lambda name: name == "go.example.com")
    client = trusting(authority.certificate_pem)
    certificate = shake_hands(context, client, "go.example.com").getpeercert()
    assert certificate is not None
    assert certificate["subjectAltName"] == (("DNS", "go.example.com"),)
    with pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"):
        shake_hands(context, client, "other.example.com")


def test_openssl_finds_it_valid(folder: Path, tmp_path: Path) -> None:
    authority = Authority.open(folder)
    leaf, ca = tmp_path / "leaf.pem", authority.certificate_path
    shown = shake_hands(authority.context(), trusting_anything(), "api.branch.io")
    leaf.write_text(ssl.DER_cert_to_PEM_cert(der_of(shown)))
    strictly = ("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", ca)
    for name in ("api.branch.io", "bnc.lt", "a1b2.app.link"):
        assert "OK" in openssl(*strictly, "-verify_hostname", name, leaf)
    text = openssl("x509", "-in", ca, "-noout", "-text")
    assert "CA:TRUE, pathlen:0" in text
    assert "Certificate Sign, CRL Sign" in text
    assert authority.fingerprint in openssl("x509", "-in", ca, "-noout", "-fingerprint", "-sha256")
    text = openssl("x509", "-in", leaf, "-noout", "-text")
    assert "CA:FALSE" in text
    assert "TLS Web Server Authentication" in text


def test_a_folder_that_is_open_to_others_is_refused(folder: Path) -> None:
    folder.mkdir(parents=True, mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(SettingsError, match=r"ca_dir: .* is open to others \(mode 0755\)"):
        Authority.open(folder)
    assert list(folder.iterdir()) == []


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    old = Authority.open(folder)
    (folder / "authority.pem").chmod(0o644)
    with pytest.raises(SettingsError, match=r"others may have read .*ca rotate"):
        Authority.open(folder)
    assert Authority.rotate(folder).fingerprint != old.fingerprint
    assert Authority.open(folder).fingerprint != old.fingerprint


@pytest.mark.parametrize("content", ["", "no certificate", "half"])
def test_what_is_no_authority_is_refused(folder: Path, content: str) -> None:
    Authority.open(folder)
    file = folder / "authority.pem"
    whole = file.read_text()
    file.write_text(content if content != "half" else whole[: len(whole) // 2])
    with pytest.raises(SettingsError, match=r"ca_dir: no authority can be read from .*ca rotate"):
        Authority.open(folder)
    assert Authority.rotate(folder).certificate_pem


def test_a_key_of_another_authority_is_refused(folder: Path, tmp_path: Path) -> None:
    Authority.open(folder)
    Authority.open(tmp_path / "other")
    file = folder / "authority.pem"
    key, begin, _ = file.read_text().partition("-----BEGIN CERTIFICATE")
    other = (tmp_path / "other" / "authority.pem").read_text().partition(begin)[2]
    file.write_text(key + begin + other)
    with pytest.raises(SettingsError, match="do not belong together"):
        Authority.open(folder)


def test_a_place_that_cannot_be_had_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "ca"):
        with pytest.raises(SettingsError, match=rf"ca_dir: {tmp_path}/file.*: .+"):
            Authority.open(place)


@pytest.mark.parametrize("library", ["cryptography", "filelock", "platformdirs"])
def test_what_is_not_installed_is_named(library: str, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from branch_mock.tls import Authority\n"
        f"Authority.open({None if library == 'platformdirs' else str(tmp_path / 'ca')!r})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    last = done.stderr.strip().splitlines()[-1]
    expected = f"TLS needs {library}: pip install 'branch-mock[tls]'"
    assert last == f"branch_mock.errors.SettingsError: {expected}"


def test_it_is_kept_with_the_users_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    folder = Authority.open().folder
    assert folder == default_folder()
    if sys.platform == "linux":
        assert folder == tmp_path / "branch-mock" / "ca"


def test_nothing_tells_the_key(folder: Path) -> None:
    authority = Authority.open(folder)
    assert "PRIVATE" not in f"{vars(authority)!r} {authority.certificate_pem}"
