"""The environment of a child: what leads where, and whom it trusts."""

import logging
import warnings
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.utils import CryptographyDeprecationWarning

from branch_mock import Branch
from branch_mock.child import Files, environment
from branch_mock.child.environment import no_proxy
from branch_mock.child.trust import BUNDLES, trusted
from branch_mock.tls import Authority

PROXY = "http://127.0.0.1:3128"
LOCAL = ["localhost", "127.0.0.1", "::1"]


@pytest.fixture
def pem(tmp_path: Path) -> str:
    """The certificate of an authority."""
    return Authority.open(tmp_path / "ca").certificate_pem


def made(branch: Branch, folder: Path, pem: str, **base: str) -> dict[str, str]:
    """The environment that a child gets where `base` is."""
    files = Files(folder, base, pem)
    url = "http://127.0.0.1:1"
    return environment(base, proxy_url=PROXY, api_url=url, app=branch.apps.default, files=files)


def test_the_apps_credentials_are_there(branch: Branch, tmp_path: Path, pem: str) -> None:
    environ, app = made(branch, tmp_path, pem), branch.apps.default
    names = ("BRANCH_API_URL", "BRANCH_KEY", "BRANCH_SECRET", "BRANCH_APP_ID")
    values = ["http://127.0.0.1:1", app.key, app.secret, str(app.id)]
    assert [environ[name] for name in names] == values


def test_proxies_are_named_in_both_cases(branch: Branch, tmp_path: Path, pem: str) -> None:
    environ = made(branch, tmp_path, pem, HTTP_PROXY="http://other:1", all_proxy="socks5://x")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        assert environ[name] == environ[name.lower()] == PROXY


@pytest.mark.parametrize(
    ("inherited", "kept"),
    [
        ("", []),
        ("*", []),
        ("branch.io,.branch.io, api.branch.io ,*.branch.io:443", []),
        ("io,.lt,app.link,X.APP.LINK,ch.io", []),
        ("amazonaws.com,.com", []),
        (
            "db,10.0.0.0/8, .corp.example,app.linked",
            ["db", "10.0.0.0/8", ".corp.example", "app.linked"],
        ),
        ("localhost,db,,db", ["localhost", "db"]),
    ],
)
def test_no_proxy_keeps_what_lets_no_host_of_branch_slip(inherited: str, kept: list[str]) -> None:
    assert no_proxy([inherited, ""]) == list(dict.fromkeys([*kept, *LOCAL]))


def test_both_lists_of_no_proxy_count(branch: Branch, tmp_path: Path, pem: str) -> None:
    environ = made(branch, tmp_path, pem, NO_PROXY="a", no_proxy="b,.c")
    assert environ["NO_PROXY"] == environ["no_proxy"] == ",".join(["a", "b", ".c", *LOCAL])
    assert "nonProxyHosts=a|b|*.c|localhost|" in environ["JAVA_TOOL_OPTIONS"]


def test_what_is_inherited_stays(branch: Branch, tmp_path: Path, pem: str) -> None:
    own = {
        "NODE_OPTIONS": "--max-old-space-size=100",
        "JAVA_TOOL_OPTIONS": "-Xmx1g",
        "PHP_INI_SCAN_DIR": "/own",
        "PATH": "/bin",
    }
    environ = made(branch, tmp_path, pem, **own)
    assert environ["PATH"] == "/bin"
    assert environ["NODE_OPTIONS"].startswith("--max-old-space-size=100 --require ")
    assert environ["JAVA_TOOL_OPTIONS"].startswith('-Xmx1g "-Dhttp.proxyHost=127.0.0.1" ')
    assert environ["PHP_INI_SCAN_DIR"].startswith("/own:/")
    assert own["NODE_OPTIONS"] == "--max-old-space-size=100"


def test_the_bundle_has_the_system_the_users_own_and_the_authority(
    branch: Branch, tmp_path: Path, pem: str
) -> None:
    own = Authority.open(tmp_path / "own").certificate_pem
    folder = tmp_path / "bundles"
    folder.mkdir()
    (folder / "own.pem").write_text(own)
    environ = made(branch, tmp_path, pem, CURL_CA_BUNDLE=str(folder))
    bundles = {environ[name] for name in BUNDLES}
    (bundle,) = bundles
    text = Path(bundle).read_text()
    system = trusted({})
    assert all(certificate in text for certificate in (*system, own.strip(), pem.strip()))
    assert text.count("BEGIN CERTIFICATE") == len(system) + 2 == len(set(system)) + 2
    assert len(system) > 50


def test_java_trusts_them_too(branch: Branch, tmp_path: Path, pem: str) -> None:
    made(branch, tmp_path, pem)
    with warnings.catch_warnings():  # systems' bundles have old certificates
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        store = pkcs12.load_pkcs12((tmp_path / "trusted.p12").read_bytes(), b"changeit")
    count = (tmp_path / "bundle.pem").read_text().count("BEGIN CERTIFICATE")
    assert len(store.additional_certs) == count
    assert store.key is None


def test_a_bundle_that_is_not_there_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "branch_mock"):
        assert trusted({"SSL_CERT_FILE": str(tmp_path / "none.pem")})
    assert "none.pem cannot be read: No such file or directory" in caplog.text
