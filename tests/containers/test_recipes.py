"""The recipes of README.md for containers: parsed, held against the schemas of those who read them,
against the image and against the code; their shell lines are really run, with this machine's files
and privileged programs replaced."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from jsonschema.validators import validator_for
from ruamel.yaml import YAML

from branch_mock import BranchMock, Settings
from branch_mock.domain.addresses import is_branch_host
from tests.checkout import environment, search_path
from tests.containers.image import final
from tests.readme import marked

TRUSTED = "/usr/local/share/ca-certificates"
HOSTS = {"api.branch.io", "api2.branch.io", "bnc.lt", "branch-exports.s3.amazonaws.com"}
SCHEMAS = {"compose": "compose-spec", "github": "github-workflows", "gitlab": "gitlab-ci"}
TIMEOUT = 30


def schema(name: str) -> dict[str, Any]:
    """A schema that check-jsonschema ships."""
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{SCHEMAS[name]}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def recipe(name: str) -> Any:
    """The one block of README.md for that, parsed as YAML 1.2."""
    (block,) = marked(name)
    return YAML(typ="safe", pure=True).load(block.text)


@pytest.mark.parametrize("name", SCHEMAS)
def test_it_is_what_its_schema_asks_for(name: str) -> None:
    rules = schema(name)
    validator = validator_for(rules, default=Draft7Validator)
    validator.check_schema(rules)
    errors = [error.message for error in validator(rules).iter_errors(recipe(name))]
    assert errors == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_find_faults(name: str) -> None:
    broken = recipe(name)
    place = {
        "compose": lambda: broken["services"]["branch-mock"],
        "github": lambda: broken["jobs"]["test"]["services"]["branch-mock"],
        "gitlab": lambda: broken["test"]["services"][0],
    }[name]()
    place["imge"] = place.pop("image", place.pop("name", None))
    rules = schema(name)
    assert not validator_for(rules, default=Draft7Validator)(rules).is_valid(broken)


def served_at_443(variables: Mapping[str, str]) -> None:
    """The image listens where clients look for https, and is otherwise as it is."""
    image = Settings.from_env(final().env)
    settings = Settings.from_env({**final().env, **variables})
    assert settings.tls_port == 443
    assert image == Settings.from_env({**final().env, **variables, "BRANCH_MOCK_TLS_PORT": "8443"})


def may_listen_there(text: str) -> None:
    """Port 443 is free for those who are not root; an engine need not do that by itself."""
    assert final().value("USER").split(":")[0] != "0"
    assert text == "net.ipv4.ip_unprivileged_port_start=0"


def trusts(variables: Mapping[str, str]) -> None:
    """Clients that look at no system store are told: of all authorities, or of one more."""
    assert variables == {
        "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
        "NODE_EXTRA_CA_CERTS": f"{TRUSTED}/branch-mock.crt",
    }


def test_compose() -> None:
    services = recipe("compose")["services"]
    mock, app = services["branch-mock"], services["app"]
    served_at_443(mock["environment"])
    ((name, value),) = mock["sysctls"].items()
    may_listen_there(f"{name}={value}")
    aliases = mock["networks"]["default"]["aliases"]
    assert set(aliases) == HOSTS
    assert all(map(is_branch_host, aliases))
    (mount,) = mock["volumes"]
    assert mount.split(":")[1:] == [final().env["BRANCH_MOCK_INIT_DIR"], "ro"]
    assert app["depends_on"] == {"branch-mock": {"condition": "service_healthy"}}
    assert final().value("HEALTHCHECK")
    trusts(app["environment"])


def test_github() -> None:
    job = recipe("github")["jobs"]["test"]
    service = job["services"]["branch-mock"]
    served_at_443(service["env"])
    option, value = service["options"].split()
    assert option == "--sysctl"
    may_listen_there(value)
    assert service["ports"] == [f"{Settings().port}:{Settings().port}", "443:443"]
    trusts(job["env"])


def test_gitlab() -> None:
    job = recipe("gitlab")["test"]
    (service,) = job["services"]
    served_at_443(service["variables"])
    assert set(service["alias"].split(",")) == {"branch-mock", *HOSTS}
    trusts(job["variables"])


# The shell lines


@pytest.fixture
def mock(tmp_path: Path) -> Iterator[BranchMock]:
    """An emulator as the service is, on ports of its own."""
    with BranchMock(tls_port=0, ca_dir=str(tmp_path / "ca")) as mock:
        yield mock


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder for what would be this machine's own: programs, certificates, /etc/hosts."""
    folder = tmp_path / "machine"
    (folder / "programs").mkdir(parents=True)
    (folder / "trusted").mkdir()
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    programs = {
        "programs/sudo": 'exec "$@"',
        "programs/update-ca-certificates": f'ls "{folder}/trusted" > "{folder}/updated"',
        "run-tests": f'echo "$0" > "{folder}/ran"',
    }
    for name, line in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{line}\n")
        (folder / name).chmod(0o755)
    return folder


def run(script: str, mock: BranchMock, machine: Path, *options: str) -> None:
    """Run a script there; the addresses of the service become those of `mock`."""
    for address in ("http://branch-mock:8080", "http://127.0.0.1:8080"):
        script = script.replace(address, mock.url)
    script = script.replace(TRUSTED, str(machine / "trusted"))
    script = script.replace("/etc/hosts", str(machine / "hosts"))
    done = subprocess.run(
        ["sh", *(options or ("-ec",)), script],
        cwd=machine,
        env=environment(PATH=search_path(machine / "programs")),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def check(mock: BranchMock, machine: Path) -> None:
    """The authority of the service is trusted, and the tests have run."""
    certificate = (machine / "trusted" / "branch-mock.crt").read_text()
    authority = mock.emulator.authority
    assert authority is not None
    assert certificate == authority.certificate_pem
    assert (machine / "updated").read_text() == "branch-mock.crt\n"
    assert (machine / "ran").read_text() == "./run-tests\n"


def test_the_lines_of_compose(mock: BranchMock, machine: Path) -> None:
    shell, option, script = recipe("compose")["services"]["app"]["command"]
    assert shell == "sh"
    run(script.replace("$$", "$"), mock, machine, option)
    check(mock, machine)


def test_the_lines_of_github(mock: BranchMock, machine: Path) -> None:
    for step in recipe("github")["jobs"]["test"]["steps"]:
        if "run" in step:
            run(step["run"], mock, machine)
    check(mock, machine)
    added = (machine / "hosts").read_text().splitlines()[-1].split()
    assert added[0] == "127.0.0.1"
    assert set(added[1:]) == HOSTS


def test_the_lines_of_gitlab(mock: BranchMock, machine: Path) -> None:
    job = recipe("gitlab")["test"]
    run("\n".join([*job["before_script"], *job["script"]]), mock, machine)
    check(mock, machine)
