"""The wheel and the sdist: complete, nothing else in them, and of use anywhere."""

import sys
import tarfile
from importlib.metadata import entry_points
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.metadata import Metadata
from readme_renderer import markdown

from branch_mock import __version__
from tests.checkout import clean_venv, environment, files, run
from tests.readme import ROOT

LONG = 120
NAME = f"branch_mock-{__version__}"


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The project's files."""
    return files(tmp_path_factory.mktemp("git") / "config")


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation"]
    run([*build, "--outdir", folder, ROOT], cwd=folder, timeout=LONG)
    return folder


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel, for any Python 3 on any machine."""
    return dist / f"{NAME}-py3-none-any.whl"


def test_the_wheel_is_the_package_with_its_data(wheel: Path, tree: list[str]) -> None:
    with ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    code = {name for name in tree if name.startswith("branch_mock/")}
    data = {f"branch_mock/{name}" for name in tree if name.startswith(("schemas/", "fixtures/"))}
    assert packed == code | data
    assert {
        "branch_mock/py.typed",
        "branch_mock/schemas/seed.json",
        "branch_mock/fixtures/default.json",
    } <= packed


def test_the_wheel_has_the_usual_metadata_files(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" in name}
    expected = ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    assert names == {f"{NAME}.dist-info/{name}" for name in expected}


def test_the_sdist_is_the_tree(dist: Path, tree: list[str]) -> None:
    with tarfile.open(dist / f"{NAME}.tar.gz") as archive:
        packed = {member.name.removeprefix(f"{NAME}/") for member in archive if member.isfile()}
    assert packed == {*tree, "PKG-INFO"}


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> Metadata:
    """The wheel's metadata, checked by the rules for them."""
    with ZipFile(wheel) as archive:
        return Metadata.from_email(archive.read(f"{NAME}.dist-info/METADATA"), validate=True)


def test_metadata(metadata: Metadata) -> None:
    assert (metadata.name, str(metadata.version)) == ("branch-mock", __version__)
    assert metadata.license_expression == "MIT"
    assert metadata.license_files == ["LICENSE"]
    assert str(metadata.requires_python) == ">=3.11"
    assert {"Framework :: Pytest", "Typing :: Typed"} <= set(metadata.classifiers or [])
    assert not any("License ::" in name for name in metadata.classifiers or [])


def test_every_requirement_is_for_tests_or_named(metadata: Metadata) -> None:
    plain = {item.name for item in metadata.requires_dist or [] if item.marker is None}
    assert plain == {
        *("aiohttp", "click", "faker", "jsonschema", "jsonschema-rs", "msgspec", "multidict"),
        *("segno", "ua-parser", "yarl"),
    }


def test_the_readme_renders(metadata: Metadata) -> None:
    assert metadata.description_content_type == "text/markdown"
    html = markdown.render(metadata.description or "")
    assert html is not None
    assert "<h1" in html
    assert html.count("<table>") > 3
    assert "block: " not in html


def test_entry_points() -> None:
    (plugin,) = entry_points(group="pytest11", name="branch_mock")
    (program,) = entry_points(group="console_scripts", name="branch-mock")
    assert callable(program.load())
    assert plugin.value == "branch_mock.pytest_plugin"


USE = """
from pathlib import Path
from branch_mock import BranchMock, __file__ as home
assert "site-packages" in Path(home).parts, home
with BranchMock(seed=("default", "demo")) as mock:
    url = mock.links.create(alias="promo", channel="email")
    assert url == f"{mock.url}/promo"
    assert mock.links.get(url).channel == "email"
print("made", url)
"""


@pytest.mark.timeout(240)
def test_the_wheel_makes_links_anywhere(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    programs = clean_venv(tmp_path_factory.mktemp("package") / "venv")
    env = environment()
    run([programs / "pip", "install", "--quiet", wheel], cwd=tmp_path, timeout=LONG, env=env)
    run([programs / "pip", "check"], cwd=tmp_path, timeout=LONG, env=env)
    said = run([programs / "branch-mock", "--version"], cwd=tmp_path, timeout=LONG, env=env)
    assert said == f"branch-mock, version {__version__}\n"
    said = run([programs / "python", "-W", "error", "-c", USE], cwd=tmp_path, timeout=LONG, env=env)
    assert said.startswith("made http://127.0.0.1:")
