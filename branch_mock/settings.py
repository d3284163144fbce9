"""Settings of one emulator: a frozen value, and the only reader of the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlsplit

from branch_mock import profiles
from branch_mock.destinations import Destinations
from branch_mock.errors import SettingsError

ENV_PREFIX = "BRANCH_MOCK_"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What can be set; every field is `BRANCH_MOCK_<FIELD>` in the environment too.

    host: address to listen on; loopback unless changed.
    port: 0 to 65535; 0 lets the system pick a free one.
    seed: seed names (`default`, `demo`, `empty`) or file paths, loaded in this order; a comma
        separates them in the environment.
    profile: `documented` or `observed`, with `,flag=value` overrides (contract 1).
    public_url: address to hand out links and files under, whatever the caller used (contract 2).
    random_seed: seed of the one generator behind ids' worker bits, keys and invented data.
    webhook_allow: networks, addresses and host names (with `*`) that webhooks may be sent to,
        besides loopback and private addresses (contract 9); a comma parts them in the environment.
    log_level: debug, info, warning or error. log_format: text or json.
    import_file: a state document to begin with in place of the seeds (contract 12).
    export_on_exit: where the state is written when the server stops.

    Raises SettingsError naming the setting, what it takes and what was given.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    seed: tuple[str, ...] = ("default",)
    profile: str = "documented"
    public_url: str | None = None
    random_seed: int = 0
    webhook_allow: tuple[str, ...] = ()
    log_level: str = "info"
    log_format: str = "text"
    import_file: str | None = None
    export_on_exit: str | None = None

    def __post_init__(self) -> None:
        profiles.parse(self.profile)
        if isinstance(self.seed, str):
            object.__setattr__(self, "seed", (self.seed,))
        for name in ("port", "random_seed"):
            value = getattr(self, name)
            if type(value) is not int:
                raise SettingsError(f"{name}: must be a whole number, got {value!r}")
        if isinstance(self.webhook_allow, str):
            object.__setattr__(self, "webhook_allow", (self.webhook_allow,))
        try:
            Destinations(self.webhook_allow)
        except ValueError as error:
            raise SettingsError(f"webhook_allow: {error}") from None
        if not 0 <= self.port <= _MAX_PORT:
            raise SettingsError(f"port: must be from 0 to {_MAX_PORT}, got {self.port}")
        for name, allowed in (("log_level", LOG_LEVELS), ("log_format", LOG_FORMATS)):
            value = getattr(self, name)
            if value not in allowed:
                raise SettingsError(f"{name}: must be one of {', '.join(allowed)}, got {value!r}")
        if self.public_url is not None:
            object.__setattr__(self, "public_url", _checked_url(self.public_url))

    @property
    def url(self) -> str:
        """The http address that the emulator has on this machine. Raises SettingsError when `port`
        is 0: nobody knows it then."""
        if self.port == 0:
            raise SettingsError("port: 0 stands for any free port, so there is no address to tell")
        return address(self.host, self.port)

    @property
    def app_profile(self) -> profiles.Profile:
        """The profile of every app whose seed names none."""
        return profiles.parse(self.profile)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] | None = None, /, **overrides: object
    ) -> "Settings":
        """Settings from `BRANCH_MOCK_…` variables, with `overrides` that are not None on top.

        Unknown `BRANCH_MOCK_…` variables are left alone: other parts of the project, and later
        versions, have names of their own.
        """
        environ = os.environ if environ is None else environ  # noqa: TID251 - the one reader
        given: dict[str, Any] = {}
        for item in fields(cls):
            text = environ.get(ENV_PREFIX + item.name.upper())
            if text:
                given[item.name] = _read(item.name, text)
        given.update({name: value for name, value in overrides.items() if value is not None})
        return cls(**given)


def address(host: str, port: int) -> str:
    """The http address of a listening server; one that listens everywhere is at loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _read(name: str, text: str) -> object:
    if name in {"seed", "webhook_allow"}:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name in {"port", "random_seed"}:
        try:
            return int(text)
        except ValueError:
            raise SettingsError(
                f"{ENV_PREFIX}{name.upper()}: must be a whole number, got {text!r}"
            ) from None
    return text


def _checked_url(url: str) -> str:
    refusal = SettingsError(f"public_url: must be an http or https address, got {url!r}")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:  # such as an unbalanced bracket, or a port that is none
        raise refusal from None
    if not usable or parts.query or parts.fragment or not _PLAIN.fullmatch(url):
        raise refusal
    return url.rstrip("/")


_PLAIN = re.compile(r"[!-~]+")
"""Printable ASCII without blanks: what an address is written in."""
