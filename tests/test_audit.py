"""What the project depends on: bounded, free to use, listed, and looked up where possible."""

import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import audit
from tests.audit import (
    OF_SERVICE,
    Part,
    Told,
    ask,
    licence_of,
    runtime,
    vulnerabilities,
    write_sbom,
)
from tests.readme import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PLAIN = [Requirement(text) for text in PROJECT["dependencies"]]
CLI = [Requirement(text) for text in PROJECT["optional-dependencies"]["cli"]]
KNOWN = {"id": "GHSA-none", "modified": "2020-01-01T00:00:00Z", "summary": "A hole", "affected": []}


@pytest.mark.parametrize("needed", [*PLAIN, *CLI], ids=str)
def test_every_dependency_is_bounded_below_and_above(needed: Requirement) -> None:
    assert {bound.operator for bound in needed.specifier} == {">=", "<"}


def test_everything_that_is_needed_is_listed_with_a_free_licence() -> None:
    parts = runtime()
    names = {part.name for part in parts}
    assert {canonicalize_name(needed.name) for needed in PLAIN} < names
    assert {"yarl", "attrs", "ua-parser-builtins", "cryptography", "cffi"} < names
    assert not names & {"pytest", "rich", "branch-mock"}
    assert [part for part in parts if not part.version or not part.free] == []


@pytest.mark.parametrize(
    ("licence", "free"),
    [
        ("MIT", True),
        ("Apache-2.0 AND MIT", True),
        ("", False),
        ("GPL-3.0", False),
        ("LIMIT", False),
    ],
)
def test_licences_that_are_free(licence: str, *, free: bool) -> None:
    assert Part("x", "1", licence).free is free


def test_a_bill_of_materials_has_them_all(tmp_path: Path) -> None:
    path = tmp_path / "sbom.json"
    write_sbom(path, "--no-validate")
    document = json.loads(path.read_text("utf-8"))
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"]["name"] == "branch-mock"
    listed = {
        canonicalize_name(item["name"]): (item["version"], bool(item.get("licenses")))
        for item in document["components"]
    }
    assert {part.name: (part.version, True) for part in runtime()}.items() <= listed.items()


@contextmanager
def service(vulnerable: str | None) -> Iterator[str]:
    """Stands for the service that is asked: it knows one package as vulnerable, or none."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = asked["package"]["name"] == vulnerable
            text = json.dumps({"vulns": [KNOWN]} if found else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join(10)


PARTS = [Part("aiohttp", "3.14.5", "MIT"), Part("segno", "1.6.6", "BSD")]


@pytest.mark.parametrize("vulnerable", [None, "segno"])
def test_what_is_known_against_a_part_is_told(vulnerable: str | None) -> None:
    with service(vulnerable) as url:
        told = ask(PARTS, OF_SERVICE, "osv", "--osv-url", url)
    assert told.unknown == {}
    assert [line.partition(",")[0] for line in told.found] == (
        ["segno 1.6.6: GHSA-none"] if vulnerable else []
    )


def test_a_service_that_cannot_be_asked_is_no_clean_bill() -> None:
    told = ask(PARTS, OF_SERVICE, "osv", "--osv-url", "http://127.0.0.1:9/")
    assert told.found == []
    assert set(told.unknown) == {"aiohttp", "segno"}
    assert "Connection refused" in told.unknown["segno"]


def test_what_one_service_does_not_know_the_next_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(parts: list[Part], *options: str) -> Told:
        asked.append(([part.name for part in parts], options))
        if options == (OF_SERVICE, "pypi"):
            return Told(["aiohttp: one"], {"segno": "not there"})
        return Told(["segno: two"], {})

    monkeypatch.setattr(audit, "ask", answer)
    assert vulnerabilities(PARTS) == Told(["aiohttp: one", "segno: two"], {})
    assert asked == [
        (["aiohttp", "segno"], (OF_SERVICE, "pypi")),
        (["segno"], (OF_SERVICE, "osv")),
    ]


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        (Told([], {}), 0, "known vulnerabilities: 0 in 2 of 2 parts"),
        (Told(["segno: x"], {}), 1, "KNOWN VULNERABILITY  segno: x"),
        (Told(["segno: x"], {"aiohttp": "y"}), 1, "not looked up        aiohttp: y"),
        (Told([], {"aiohttp": "y", "segno": "y"}), 2, "2 parts were NOT audited"),
    ],
)
def test_how_it_ends(
    told: Told,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.argv", ["audit", "--vulnerabilities"])
    monkeypatch.setattr(audit, "runtime", lambda: PARTS)
    monkeypatch.setattr(audit, "vulnerabilities", lambda _: told)
    with pytest.raises(SystemExit) as ended:
        audit.main()
    assert ended.value.code == status
    assert said in capsys.readouterr().out


def test_without_a_network_it_says_what_was_not_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["audit"])
    audit.main()
    assert "not asked for" in capsys.readouterr().out
    monkeypatch.setattr(audit, "FREE", ("MIT",))
    with pytest.raises(SystemExit, match="no free licence: "):
        audit.main()


def test_a_part_without_a_licence_says_nothing(tmp_path: Path) -> None:
    from importlib.metadata import PathDistribution  # noqa: PLC0415

    folder = tmp_path / "x.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nVersion: 1\n")
    assert licence_of(PathDistribution(folder)) == ""
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: x\nLicense: MIT, and\n  more\n")
    assert licence_of(PathDistribution(folder)) == "MIT, and"
