"""What the project is made of: each dependency that it runs with, its licence, a bill of materials,
and what is known against it.

`python -m tests.audit` lists dependencies and licences, and refuses licences that are not free to
use; `--sbom FILE` writes a CycloneDX document. Both need no network. `--vulnerabilities` asks a
service about each, by `pip-audit`, which needs one: where it cannot be asked nothing was audited,
and that is a failure.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.readme import ROOT

PROJECT = "branch-mock"
FREE = (
    "MIT",
    "Apache",
    "BSD",
    "PSF",
    "Python Software Foundation",
    "ISC",
    "MPL-2.0",
    "Unlicense",
)
"""Words of licences that let anybody use, change and pass on a program."""

_CLASSIFIER = "License :: "
_TIMEOUT = 300


class Part(NamedTuple):
    """One dependency, direct or not."""

    name: str
    version: str
    licence: str

    @property
    def free(self) -> bool:
        return any(re.search(rf"\b{re.escape(word)}", self.licence) for word in FREE)


def runtime() -> list[Part]:
    """All that an installation of the project has besides it, extras left out, by name."""
    found: dict[str, Part] = {}
    waiting = list(_needed(distribution(PROJECT), ""))
    while waiting:
        name, extra = waiting.pop()
        part = distribution(name)
        if name not in found:
            found[name] = Part(name, part.version, licence_of(part))
            waiting += _needed(part, "")
        if extra:
            waiting += [item for item in _needed(part, extra) if item[0] not in found]
    return [found[name] for name in sorted(found)]


def _needed(part: Distribution, extra: str) -> Iterator[tuple[str, str]]:
    """What a part needs here, with an extra of its own or without: names, and extras of those."""
    for text in part.requires or ():
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": extra}):
            for wanted in needed.extras or {""}:
                yield canonicalize_name(needed.name), wanted


def licence_of(part: Distribution) -> str:
    """What a part says of its licence, in a few words; empty when it says nothing."""
    about = part.metadata
    classifiers = [
        text.rpartition(" :: ")[2]
        for text in about.get_all("Classifier") or ()
        if text.startswith(_CLASSIFIER)
    ]
    told = (*(about.get_all("License-Expression") or ()), ", ".join(classifiers))
    written = (text.strip().partition("\n")[0] for text in about.get_all("License") or ())
    return next((text for text in (*told, *written) if text), "")


def write_sbom(path: Path, *options: str) -> None:
    """Write a CycloneDX document of this environment, the parts that only tests need included."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--output-reproducible"]
    words = ["--pyproject", str(ROOT / "pyproject.toml"), "--output-file", str(path)]
    subprocess.run([*command, *words, *options], check=True, timeout=_TIMEOUT, cwd=ROOT)


def vulnerabilities(parts: list[Part], *options: str) -> "subprocess.CompletedProcess[str]":
    """What `pip-audit` says of the parts; a part that could not be looked up is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "requirements.txt")
        pins.write_text("".join(f"{part.name}=={part.version}\n" for part in parts), "utf-8")
        words = ["--requirement", str(pins), "--no-deps", "--disable-pip", "--strict", *options]
        return subprocess.run(
            [sys.executable, "-m", "pip_audit", "--progress-spinner=off", *words],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )


def main() -> None:
    """List, write, ask; exit with 1 for a licence or a vulnerability that cannot be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="write a CycloneDX document")
    parser.add_argument("--vulnerabilities", action="store_true", help="ask a service, on the web")
    given = parser.parse_args()
    parts = runtime()
    for part in parts:
        print(f"{part.name:28} {part.version:14} {part.licence or 'NO LICENCE'}")
    if given.sbom:
        write_sbom(given.sbom.resolve())
    failed = [part.name for part in parts if not part.free]
    if failed:
        sys.exit(f"no free licence: {', '.join(failed)}")
    if not given.vulnerabilities:
        print("known vulnerabilities: not asked for; --vulnerabilities does, with a network")
        return
    asked = vulnerabilities(parts)
    print(asked.stdout + asked.stderr, end="")
    if asked.returncode:
        sys.exit("vulnerabilities were found, or nobody could be asked about them: see above")


if __name__ == "__main__":
    main()
