"""The Dockerfile: linted, and its own install steps run without an engine (contract 12).

Stages become folders, a clean virtual environment stands for the image's Python, COPY copies
(from what .dockerignore leaves), RUN runs as it is written.
"""

import json
import shlex
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import requests
from pathspec import GitIgnoreSpec

from branch_mock import Settings, __version__
from branch_mock.seeds import read
from tests.checkout import clean_venv, environment, files, run, search_path, server
from tests.containers.image import DOCKERFILE, Image, Step, stages
from tests.readme import ROOT

LONG = 120
INIT_DIR = "/docker-entrypoint-init.d"
VOLUME = "/var/lib/branch-mock"


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    said = run([linter, "--failure-threshold", "style", DOCKERFILE], cwd=ROOT, timeout=LONG)
    assert said == ""


def test_two_slim_stages_and_nothing_as_root() -> None:
    build, final = (Image(ROOT, steps) for steps in stages())
    assert build.value("FROM").split()[1:] == ["AS", "build"]
    assert build.value("FROM").split()[0] == final.value("FROM")
    assert final.value("FROM").startswith("python:3.")
    assert final.value("FROM").endswith("-slim")
    user, group = final.value("USER").split(":")
    assert int(user) > 0
    assert int(group) > 0


def test_only_settings_are_in_its_environment() -> None:
    final = Image(ROOT, stages()[-1])
    settings = Settings(host="0.0.0.0", tls_port=8443, ca_dir=f"{VOLUME}/ca", init_dir=INIT_DIR)
    assert Settings.from_env(final.env) == settings
    names = ("HOST", "TLS_PORT", "CA_DIR", "INIT_DIR")
    assert final.env.keys() == {f"BRANCH_MOCK_{name}" for name in names}
    assert final.value("EXPOSE") == f"{settings.port} {settings.tls_port}"
    assert final.value("VOLUME") == VOLUME


def test_programs_are_started_without_a_shell() -> None:
    final = Image(ROOT, stages()[-1])
    assert json.loads(final.value("CMD")) == ["branch-mock", "serve"]
    assert json.loads(final.value("HEALTHCHECK").partition("CMD ")[2]) == ["branch-mock", "health"]


def _anchored() -> list[str]:
    """The lines of .dockerignore as git understands them: Docker's begin at the root, all."""
    lines = (line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines())
    return [
        f"!/{line[1:]}" if line.startswith("!") else f"/{line}"
        for line in lines
        if line and not line.startswith("#")
    ]


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build context: the project's files less what .dockerignore leaves out."""
    folder = tmp_path_factory.mktemp("context")
    ignored = GitIgnoreSpec.from_lines(_anchored())
    for name in files(tmp_path_factory.mktemp("git") / "config"):
        if not ignored.match_file(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def test_the_context_is_only_what_the_wheel_needs(context: Path) -> None:
    names = {path.name for path in context.iterdir()}
    assert names == {
        "branch_mock",
        "schemas",
        "fixtures",
        "pyproject.toml",
        "README.md",
        "LICENSE",
    }


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean virtual environment's programs, in place of the image's Python."""
    return clean_venv(tmp_path_factory.mktemp("docker") / "venv")


@pytest.fixture(scope="session")
def image(context: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The last stage with all of its steps done, and those of the stage before."""
    env = environment(PATH=search_path(programs))
    images: dict[str, Image] = {}
    image = None
    for steps in stages():
        image = Image(tmp_path_factory.mktemp("stage"), steps)
        for step in steps:
            _do(step, image, images, context, env)
        images[steps[0].value.rpartition(" AS ")[2]] = image
    assert image is not None
    return image


def _do(
    step: Step, image: Image, images: Mapping[str, Image], context: Path, env: Mapping[str, str]
) -> None:
    if step.name == "WORKDIR":
        image.workdir = image.path(step.value)
        image.workdir.mkdir(parents=True, exist_ok=True)
    elif step.name == "COPY":
        _copy(step.value.split(), image, images, context)
    elif step.name == "RUN":
        run(["sh", "-c", step.value], cwd=image.workdir, timeout=LONG, env=env)
    else:
        assert step.name in {"FROM", "ENV", "EXPOSE", "VOLUME", "USER", "HEALTHCHECK", "CMD"}


def _copy(words: list[str], image: Image, images: Mapping[str, Image], context: Path) -> None:
    """COPY as Docker does it: of a folder its content, into a folder a file under its own name."""
    origin = images[words.pop(0).removeprefix("--from=")] if words[0].startswith("--") else None
    *sources, target = words
    for text in sources:
        source = context / text if origin is None else origin.path(text)
        if source.is_dir():
            shutil.copytree(source, image.path(target), dirs_exist_ok=True)
        else:
            assert target.endswith("/"), "several files are copied into a folder"
            shutil.copy2(source, image.path(target) / source.name)


def _got(url: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=LONG)


@pytest.mark.timeout(240)
def test_its_steps_install_what_its_command_serves(
    image: Image, programs: Path, tmp_path: Path
) -> None:
    assert list(image.workdir.iterdir()) == [], "the image keeps no wheel"
    init_dir = image.path(image.env["BRANCH_MOCK_INIT_DIR"])
    assert list(init_dir.iterdir()) == []
    shutil.copy2(ROOT / "fixtures" / "demo.json", init_dir)
    volume = image.path(image.value("VOLUME"))
    assert stat.S_IMODE(volume.stat().st_mode) == 0o1777
    settings = {
        **image.env,
        "BRANCH_MOCK_INIT_DIR": str(init_dir),
        "BRANCH_MOCK_CA_DIR": str(image.path(image.env["BRANCH_MOCK_CA_DIR"])),
        "BRANCH_MOCK_TLS_PORT": "0",
    }
    env = environment(PATH=search_path(programs), **settings)
    tmp_path.chmod(0o555)
    command = shlex.join(json.loads(image.value("CMD")))
    with server(f"{command} --port 0", cwd=tmp_path, env=env) as url:
        port = url.rpartition(":")[2]
        check: list[str | Path] = json.loads(image.value("HEALTHCHECK").partition("CMD ")[2])
        inside = {**env, "BRANCH_MOCK_PORT": port}
        said = run([programs / check[0], *check[1:]], cwd=tmp_path, timeout=LONG, env=inside)
        assert said == f"http://127.0.0.1:{port} is up: branch_mock {__version__}\n"
        known = {one["branch_key"] for one in _got(f"{url}/_mock/apps").json()}
        assert known >= {one["branch_key"] for one in read("demo")[1]["apps"]}
        trusted = _got(f"{url}/_mock/ca.pem").text
        assert trusted == (volume / "ca" / "ca.pem").read_text()
    assert list(tmp_path.iterdir()) == [], "nothing is written where it runs"
