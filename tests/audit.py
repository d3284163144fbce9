"""What the project is made of: each dependency that it runs with, its licence, a bill of materials,
and what is known against it.

`python -m tests.audit` lists dependencies and licences, and refuses licences that are not free to
use; `--sbom FILE` writes a CycloneDX document. Both need no network. `--vulnerabilities` asks
services about each, by `pip-audit`, which needs one.

It ends with 1 where something is wrong, and with 2 where nothing is but not every part could be
asked about: that is no clean bill, and which parts is said.
"""

import argparse
import json
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
_WRONG, _NOT_ASKED = 1, 2
SERVICES = ("pypi", "osv")
"""Who is asked, by pip-audit's names: each about what those before it could not tell."""

OF_SERVICE = "--vulnerability-service"
_SHOWN = 200


class Part(NamedTuple):
    """One dependency, direct or not."""

    name: str
    version: str
    licence: str

    @property
    def free(self) -> bool:
        return any(re.search(rf"\b{re.escape(word)}", self.licence) for word in FREE)


def runtime() -> list[Part]:
    """All that the container image has of Python besides the project, by name: what it needs itself
    and what its extra `tls` does."""
    found: dict[str, Part] = {}
    project = distribution(PROJECT)
    waiting = [*_needed(project, ""), *_needed(project, "tls")]
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


class Told(NamedTuple):
    """What services said. found: a line for each vulnerability. unknown: why a part could not be
    looked up, by its name."""

    found: list[str]
    unknown: dict[str, str]


def vulnerabilities(parts: list[Part]) -> Told:
    """What is known against the parts, by the first service that knows each."""
    found: list[str] = []
    unknown = {part.name: "nobody was asked" for part in parts}
    for service in SERVICES:
        told = ask([part for part in parts if part.name in unknown], OF_SERVICE, service)
        found, unknown = found + told.found, told.unknown
        if not unknown:
            break
    return Told(found, unknown)


def ask(parts: list[Part], *options: str) -> Told:
    """What one service says, by `pip-audit` with those options."""
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "requirements.txt")
        pins.write_text("".join(f"{part.name}=={part.version}\n" for part in parts), "utf-8")
        words = ["--requirement", str(pins), "--no-deps", "--disable-pip", "--format", "json"]
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", "--progress-spinner=off", *words, *options],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    try:
        told = json.loads(done.stdout)["dependencies"]
    except ValueError:  # it writes nothing where it cannot ask
        why = done.stderr.strip().rpartition("\n")[2] or "no answer"
        return Told([], {part.name: why for part in parts})
    return Told(
        [
            f"{part['name']} {part['version']}: {hole['id']}, mended in {hole['fix_versions']}"
            for part in told
            for hole in part.get("vulns", ())
        ],
        {part["name"]: part["skip_reason"] for part in told if "skip_reason" in part},
    )


def main() -> None:
    """List, write, ask; see above for how it ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sbom", type=Path, metavar="FILE", help="write a CycloneDX document")
    parser.add_argument("--vulnerabilities", action="store_true", help="ask services, on the web")
    given = parser.parse_args()
    parts = runtime()
    for part in parts:
        print(f"{part.name:28} {part.version:14} {part.licence or 'NO LICENCE'}")
    if given.sbom:
        write_sbom(given.sbom.resolve())
    failed = [part.name for part in parts if not part.free]
    if failed:
        sys.exit(f"no free licence: {', '.join(failed)}")
    if given.vulnerabilities:
        sys.exit(tell(vulnerabilities(parts), len(parts)))
    print("known vulnerabilities: not asked for; --vulnerabilities does, with a network")


def tell(told: Told, number: int) -> int:
    """Print what services said about so many parts, and give the status to end with."""
    for line in told.found:
        print(f"KNOWN VULNERABILITY  {line}")
    for why in dict.fromkeys(told.unknown.values()):
        names = [name for name, reason in told.unknown.items() if reason == why]
        print(f"not looked up        {', '.join(names)}: {why[:_SHOWN]}")
    looked_up = number - len(told.unknown)
    print(f"known vulnerabilities: {len(told.found)} in {looked_up} of {number} parts")
    if told.found:
        return _WRONG
    if told.unknown:
        print(f"{len(told.unknown)} parts were NOT audited: ask again where a network reaches")
        print("pypi.org or osv.dev. All licences are free.")
        return _NOT_ASKED
    return 0


if __name__ == "__main__":
    main()
