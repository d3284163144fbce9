"""The Dockerfile, read."""

import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dockerfile_parse import DockerfileParser

from tests.readme import ROOT

DOCKERFILE = ROOT / "Dockerfile"


class Step(NamedTuple):
    """One instruction of a Dockerfile and what follows it."""

    name: str
    value: str


@dataclass
class Image:
    """One stage: its instructions, and the folder that stands for its root."""

    root: Path
    steps: list[Step]
    workdir: Path = field(init=False)

    def __post_init__(self) -> None:
        self.workdir = self.root

    def path(self, text: str) -> Path:
        """Where a path of the image is."""
        return self.root / text.lstrip("/") if text.startswith("/") else self.workdir / text

    def value(self, name: str) -> str:
        """What follows the only instruction of that name."""
        (value,) = (step.value for step in self.steps if step.name == name)
        return value

    @property
    def env(self) -> dict[str, str]:
        """The variables that the image sets."""
        pairs = (shlex.split(step.value) for step in self.steps if step.name == "ENV")
        return dict(pair.split("=", 1) for line in pairs for pair in line)


def stages() -> list[list[Step]]:
    """The instructions of the Dockerfile, stage by stage."""
    found: list[list[Step]] = []
    with DOCKERFILE.open("rb") as file:
        for entry in DockerfileParser(fileobj=file).structure:
            step = Step(entry["instruction"], entry["value"])
            if step.name == "FROM":
                found.append([])
            if step.name != "COMMENT":
                found[-1].append(step)
    return found


def final() -> Image:
    """The stage that becomes the image."""
    return Image(ROOT, stages()[-1])
