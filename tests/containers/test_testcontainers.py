"""`BranchMockContainer`, really run by testcontainers, against a stand-in for the engine.

What only an engine has is not seen here: images, networks, the namespaces of a container.
"""

import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from testcontainers.core.config import ConnectionMode, testcontainers_config

from branch_mock import BranchMockError, SettingsError, TokenNeeded
from branch_mock.testcontainers import INIT_DIR, PORT, TLS_PORT, BranchMockContainer, Ready
from tests.containers.engine import IMAGE, Engine, engine
from tests.containers.image import final
from tests.process import TIMEOUT, free_port
from tests.readme import Block, marked

KEY = "key_live_" + "t" * 32


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine that testcontainers finds."""
    folder = tmp_path / "engine"
    folder.mkdir()
    with engine(final().env, folder) as running:
        monkeypatch.setenv("DOCKER_HOST", running.address)
        monkeypatch.setenv("DOCKER_CONFIG", str(folder))
        monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
        mode = ConnectionMode.docker_host  # were this a container, it would ask for a gateway
        monkeypatch.setattr(testcontainers_config, "connection_mode_override", mode)
        yield running


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """A folder with one seed."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    (folder / "app.json").write_text(json.dumps({"apps": [{"branch_key": KEY}]}))
    return folder


def test_without_the_extra_it_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['testcontainers'] = None\n"
        "from branch_mock.testcontainers import BranchMockContainer"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert done.returncode == 1
    assert "pip install 'branch-mock[testcontainers]'" in done.stderr.splitlines()[-1]


def test_the_ports_and_folders_are_those_of_the_image() -> None:
    assert final().value("EXPOSE") == f"{PORT} {TLS_PORT}"
    assert final().env["BRANCH_MOCK_INIT_DIR"] == INIT_DIR


def test_it_starts_answers_and_goes(docker: Engine) -> None:
    settings = {"profile": "observed", "random_seed": 7, "seed": ("default", "demo")}
    with BranchMockContainer(settings=settings) as container:
        (made,) = docker.containers.values()
        assert made.config["Image"] == IMAGE
        assert sorted(made.config["ExposedPorts"]) == [f"{PORT}/tcp", f"{TLS_PORT}/tcp"]
        assert sorted(made.config["Env"]) == [
            "BRANCH_MOCK_PROFILE=observed",
            "BRANCH_MOCK_RANDOM_SEED=7",
            "BRANCH_MOCK_SEED=default,demo",
        ]
        with container.mock(profile="observed") as mock:
            assert mock.url == container.url
            assert mock.links.create(channel="a") == mock.links.create(channel="a")
    assert docker.removed == list(docker.containers)


def test_its_ports_are_on_loopback_unless_told(docker: Engine) -> None:
    port = free_port()
    with BranchMockContainer().with_bind_ports(TLS_PORT, port):
        (made,) = docker.containers.values()
        assert made.config["HostConfig"]["PortBindings"] == {
            f"{PORT}/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}],
            f"{TLS_PORT}/tcp": [{"HostIp": "", "HostPort": str(port)}],
        }


def test_ports_of_an_engine_elsewhere_are_reached_where_it_is(
    docker: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testcontainers_config, "tc_host_override", "127.0.0.2")
    container = BranchMockContainer()
    container.waiting_for(Ready().with_startup_timeout(timedelta(milliseconds=1)))
    with pytest.raises(TimeoutError, match=r"http://127\.0\.0\.2:"), container:
        pytest.fail("it has started")
    (made,) = docker.containers.values()
    bound = made.config["HostConfig"]["PortBindings"]
    assert bound[f"{PORT}/tcp"] == [{"HostIp": "", "HostPort": ""}]


def test_its_own_control_token_is_used(docker: Engine) -> None:
    token = "a-token-of-16-and-more"
    with BranchMockContainer(settings={"control_token": token}) as container:
        assert container.ca_pem.startswith("-----BEGIN CERTIFICATE-----")
        with container.mock() as mock:
            assert mock.clock.now()
        with pytest.raises(TokenNeeded), container.mock(token=token + "x"):
            pytest.fail("it was let in")
    assert len(docker.containers) == 1


def test_branchs_real_hosts_are_answered_with_a_certificate_to_trust(docker: Engine) -> None:
    with BranchMockContainer() as container:
        context = ssl.create_default_context(cadata=container.ca_pem)
        where = (container.get_container_host_ip(), container.tls_port)
        with (
            socket.create_connection(where, timeout=TIMEOUT) as plain,
            context.wrap_socket(plain, server_hostname="api.branch.io") as secure,
        ):
            secure.sendall(b"GET /_mock/ready HTTP/1.0\r\nHost: api.branch.io\r\n\r\n")
            assert secure.recv(100).startswith(b"HTTP/1.0 200 OK\r\n")
    assert len(docker.containers) == 1


def test_it_has_the_seeds_of_a_folder(docker: Engine, seeds: Path) -> None:
    with BranchMockContainer(settings={"seed": "empty"}).with_seeds(seeds) as container:
        (made,) = docker.containers.values()
        assert made.config["HostConfig"]["Binds"] == [f"{seeds}:{INIT_DIR}:ro"]
        with container.mock() as mock:
            keys = [app["branch_key"] for app in mock.call("GET", "/_mock/apps")]
    assert keys[0] == KEY


def test_a_seed_that_cannot_be_used_ends_the_start_at_once(docker: Engine, seeds: Path) -> None:
    (seeds / "bad.json").write_text('{"apps": [{"links": [{"alais": "promo"}]}]}')
    with (
        pytest.raises(BranchMockError, match=r"has ended: .*bad\.json: apps\[0\]\.links\[0\]\."),
        BranchMockContainer().with_seeds(seeds),
    ):
        pytest.fail("it has started")
    assert docker.removed == list(docker.containers)


def test_one_that_does_not_come_up_is_given_up(docker: Engine, seeds: Path) -> None:
    os.mkfifo(seeds / "never.json")
    container = BranchMockContainer().with_seeds(seeds)
    container.waiting_for(Ready().with_startup_timeout(timedelta(milliseconds=1)))
    with pytest.raises(TimeoutError, match=r"not ready within 0\.001 seconds: .+"), container:
        pytest.fail("it has started")
    assert docker.removed == list(docker.containers)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"port": 9000}, "port: is set by the image"),
        ({"init_dir": "/x"}, "init_dir: is set by the image"),
        ({"profile": "x"}, "profile: must be one of documented, observed, got 'x'"),
        ({"colour": "red"}, "settings: .*unexpected keyword argument 'colour'"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_starts(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        BranchMockContainer(settings=settings)


@pytest.mark.usefixtures("docker")
def test_seeds_are_in_a_folder_that_is_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="seeds: must be a folder, got "):
        BranchMockContainer().with_seeds(tmp_path / "none")


def test_the_certificate_is_only_had_while_it_answers(docker: Engine) -> None:
    with BranchMockContainer() as container:
        (made,) = docker.containers.values()
        made.lose()
        with pytest.raises(BranchMockError, match=r"does not answer: .*refused"):
            assert container.ca_pem == ""


@pytest.mark.usefixtures("docker")
@pytest.mark.parametrize("block", marked("testcontainers"), ids=str)
def test_readme_block(
    block: Block, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.mkdir("branch-seeds")
    pytester.makepyfile(block.text)
    result = pytester.runpytest_inprocess("-W", "error", "--strict-markers")
    result.assert_outcomes(passed=block.text.count("def test_"))
