"""Settings: from keywords and from the environment."""

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest

from branch_mock import BranchMock, Settings, SettingsError
from branch_mock.profiles import OBSERVED
from branch_mock.settings import misspelt

ENVIRONMENT = {
    "BRANCH_MOCK_HOST": "0.0.0.0",
    "BRANCH_MOCK_PORT": "0",
    "BRANCH_MOCK_SEED": "default, demo ,x.json,",
    "BRANCH_MOCK_PROFILE": "observed",
    "BRANCH_MOCK_PUBLIC_URL": "https://mock.test/",
    "BRANCH_MOCK_RANDOM_SEED": "-7",
    "BRANCH_MOCK_LOG_LEVEL": "debug",
    "BRANCH_MOCK_LOG_FORMAT": "json",
    "BRANCH_MOCK_WEBHOOK_ALLOW": "hooks.example.com, 203.0.113.0/24",
    "BRANCH_MOCK_REQUEST_TIMEOUT": "8",
    "BRANCH_MOCK_IDLE_TIMEOUT": "9",
    "BRANCH_MOCK_JOURNAL_BYTES": "1024",
    "BRANCH_MOCK_EXPORT_ROWS": "1,2,3",
    "BRANCH_MOCK_EXPORT_ROWS_PER_FILE": "4",
    "BRANCH_MOCK_EXPORT_RETENTION_DAYS": "5",
    "BRANCH_MOCK_EXPORT_READY_HOUR": "6",
    "BRANCH_MOCK_INIT_DIR": "init.d",
    "BRANCH_MOCK_IMPORT_FILE": "in.json",
    "BRANCH_MOCK_EXPORT_ON_EXIT": "out.json",
    "BRANCH_MOCK_CONTROL": "off",
    "BRANCH_MOCK_CONTROL_TOKEN": "a-token-of-16-and-more",
    "BRANCH_MOCK_CONTROL_TOKEN_FILE": "token",
    "BRANCH_MOCK_TLS_PORT": "8443",
    "BRANCH_MOCK_PROXY_PORT": "0",
    "BRANCH_MOCK_ALLOW_HOST": "example.com, *.example.org",
    "BRANCH_MOCK_CA_DIR": "/ca",
    "BRANCH_MOCK_UNKNOWN": "left alone",
    "PORT": "1",
}
"""A variable for every setting, and two that are none."""

GIVEN = Settings(
    host="0.0.0.0",
    port=0,
    seed=("default", "demo", "x.json"),
    profile="observed",
    public_url="https://mock.test",
    random_seed=-7,
    log_level="debug",
    log_format="json",
    webhook_allow=("hooks.example.com", "203.0.113.0/24"),
    request_timeout=8,
    idle_timeout=9,
    journal_bytes=1024,
    export_rows=(1, 2, 3),
    export_rows_per_file=4,
    export_retention_days=5,
    export_ready_hour=6,
    init_dir="init.d",
    import_file="in.json",
    export_on_exit="out.json",
    control="off",
    control_token="a-token-of-16-and-more",
    control_token_file="token",
    tls_port=8443,
    proxy_port=0,
    allow_host=("example.com", "*.example.org"),
    ca_dir="/ca",
)
"""The settings that those say."""


def test_the_defaults_are_safe() -> None:
    settings = Settings()
    assert settings.host == "127.0.0.1"
    assert settings.port == 8080
    assert settings.seed == ("default",)
    assert settings.public_url is None
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


def test_every_setting_may_come_from_the_environment() -> None:
    settings = Settings.from_env(ENVIRONMENT)
    names = {f"BRANCH_MOCK_{field.name.upper()}" for field in fields(Settings)}
    assert names <= set(ENVIRONMENT)
    assert settings == GIVEN
    assert settings.app_profile == OBSERVED


def test_what_is_said_wins_over_the_environment() -> None:
    environ = {"BRANCH_MOCK_PORT": "1", "BRANCH_MOCK_HOST": ""}
    assert Settings.from_env(environ, port=2, host=None).port == 2
    assert Settings.from_env(environ, port=None).port == 1
    assert Settings.from_env(environ).host == "127.0.0.1"
    assert Settings.from_env({}) == Settings()


def test_the_environment_is_the_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRANCH_MOCK_RANDOM_SEED", "99")
    assert Settings.from_env().random_seed == 99


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"port": 65536}, "port: must be a whole number from 0 to 65535, got 65536"),
        ({"tls_port": -1}, "tls_port: must be a whole number from 0 to 65535, got -1"),
        ({"proxy_port": "1"}, "proxy_port: must be a whole number from 0 to 65535, got '1'"),
        ({"port": -1}, "port: must be a whole number from 0 to 65535, got -1"),
        ({"log_level": "loud"}, "log_level: must be one of debug, info, warning, error, got "),
        ({"control": "maybe"}, "control: must be one of on, off, got 'maybe'"),
        ({"control_token": "short"}, "control_token: must be 16 to 512 printable ASCII characters"),
        ({"log_format": "xml"}, "log_format: must be one of text, json, got 'xml'"),
        ({"profile": "x"}, "profile: must be one of documented, observed, got 'x'"),
        ({"public_url": "x"}, "public_url: must be an http or https address, got 'x'"),
        ({"public_url": "ftp://x"}, "public_url: must be an http or https address, got 'ftp://x'"),
        ({"public_url": "http://x?a"}, "public_url: must be an http or https address, got "),
        ({"public_url": "http://x#a"}, "public_url: must be an http or https address, got "),
        ({"public_url": "http://x:port"}, "public_url: must be an http or https address, got "),
        ({"public_url": "http://[x"}, "public_url: must be an http or https address, got "),
        ({"public_url": ""}, "public_url: must be an http or https address, got ''"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(**given)
    assert str(caught.value).startswith(message)
    with pytest.raises(SettingsError):
        BranchMock(**given)


@pytest.mark.parametrize("name", ["PORT", "RANDOM_SEED"])
@pytest.mark.parametrize("text", ["x", "1.5", "8080 8081"])
def test_numbers_in_the_environment_are_numbers(name: str, text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({f"BRANCH_MOCK_{name}": text})
    assert str(caught.value) == f"BRANCH_MOCK_{name}: must be a whole number, got {text!r}"


def test_what_containers_say_of_a_service_of_that_name_is_no_port() -> None:
    linked = {"BRANCH_MOCK_PORT": "tcp://172.17.0.2:8080", "BRANCH_MOCK_TLS_PORT": "tcp://[::1]:1"}
    assert Settings.from_env(linked) == Settings()


def test_what_is_nearly_a_setting_is_said() -> None:
    near = {"BRANCH_MOCK_PROFIL": "observed", "BRANCH_MOCK_PROT": "1", "BRANCH_MOCK_PORT": "1"}
    assert misspelt(near) == [
        "BRANCH_MOCK_PROFIL is not looked at; is it BRANCH_MOCK_PROFILE?",
        "BRANCH_MOCK_PROT is not looked at; is it BRANCH_MOCK_PORT?",
    ]
    others = ("URL", "NOW", "IGNORE", "SERVICE_HOST", "SERVICE_PORT", "PORT_8080_TCP_PORT", "NEWER")
    assert misspelt({f"BRANCH_MOCK_{name}": "1" for name in others}) == []


def test_they_can_be_written_as_an_environment() -> None:
    settings = Settings(
        port=0,
        seed=("default", "x.json"),
        public_url="https://mock.test",
        export_rows=(1, 2, 3),
        export_retention_days=5,
    )
    assert Settings.from_env(settings.environment()) == settings
    assert settings.environment()["BRANCH_MOCK_SEED"] == "default,x.json"
    assert Settings().environment() == {}


def test_one_seed_may_be_a_bare_text() -> None:
    assert Settings(seed="empty").seed == ("empty",)  # type: ignore[arg-type]
