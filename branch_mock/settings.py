"""Settings of one emulator: a frozen value, and the only reader of the environment."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from branch_mock import profiles
from branch_mock.destinations import Destinations
from branch_mock.errors import SettingsError
from branch_mock.tokens import token_of

ENV_PREFIX = "BRANCH_MOCK_"
LOG_LEVELS = ("debug", "info", "warning", "error")
LOG_FORMATS = ("text", "json")
_MAX_ROWS = 10_000_000
_MAX_SECONDS = 86_400
_MAX_SEED = 2**63 - 1
_LAST_PORT = 65535
_LISTS = ("seed", "webhook_allow", "allow_host")
_CHOICES = {"log_level": LOG_LEVELS, "log_format": LOG_FORMATS, "control": ("on", "off")}
_NUMBERS = {
    "port": (0, _LAST_PORT),
    "tls_port": (0, _LAST_PORT),
    "proxy_port": (0, _LAST_PORT),
    "random_seed": (-_MAX_SEED, _MAX_SEED),
    "request_timeout": (1, _MAX_SECONDS),
    "idle_timeout": (1, _MAX_SECONDS),
    "journal_bytes": (1024, 2**40),
    "export_rows_per_file": (1, _MAX_ROWS),
    "export_retention_days": (1, 365),
    "export_ready_hour": (0, 23),
}
_OPTIONAL = frozenset({"tls_port", "proxy_port"})


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
    request_timeout: seconds, 1 to 86,400, that a client may take to send the head of its first
        request, or a body; then it is hung up on, or answered 408.
    idle_timeout: seconds, likewise, until a connection is closed on which no further request comes.
    journal_bytes: how much of requests and their answers the journal keeps, 1,024 to 2**40 bytes as
        they were sent; the oldest are forgotten first (contract 12).
    log_level: debug, info, warning or error. log_format: text or json.
    export_rows: how many links, clicks and events are invented for each day of an export, each 0 to
        10,000,000. One number N stands for N events with half as many clicks and a fifth as many
        links; 0 exports only what was recorded. Commas separate them in the environment.
    export_rows_per_file: rows of one export file, 1 to 10,000,000; more make further files.
    export_retention_days: how many days back exports reach, 1 to 365.
    export_ready_hour: the UTC hour, 0 to 23, of the next day at which a day's files appear.
    init_dir: a folder whose `*.json` files are seeds too, loaded in the order of their names after
        those of `seed`.
    import_file: a state document to begin with in place of all seeds (contract 12).
    export_on_exit: where the state is written when the server stops.
    control: `on`, or `off` for no control plane but its health (contract 12).
    control_token: what calls of the control plane must carry, 16 to 512 characters; it is shown
        nowhere. control_token_file: a file that holds it, where `control_token` is not given.
    tls_port: where Branch's real hosts are answered over HTTPS, as `port`; nowhere when None.
    proxy_port: where a forward proxy leads Branch's hosts here, as `port`; nowhere when None.
    allow_host: other host names, with `*`, that the proxy lets through; a comma parts them in the
        environment.
    ca_dir: folder of the authority that certifies Branch's hosts; the user's own when None.

    Raises SettingsError naming the setting, what it takes and what was given.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    seed: tuple[str, ...] = ("default",)
    profile: str = "documented"
    public_url: str | None = None
    random_seed: int = 0
    webhook_allow: tuple[str, ...] = ()
    request_timeout: int = 60
    idle_timeout: int = 600
    journal_bytes: int = 32 * 1024 * 1024
    log_level: str = "info"
    log_format: str = "text"
    export_rows: tuple[int, int, int] = (20, 50, 100)
    export_rows_per_file: int = 200_000
    export_retention_days: int = 7
    export_ready_hour: int = 7
    init_dir: str | None = None
    import_file: str | None = None
    export_on_exit: str | None = None
    control: str = "on"
    control_token: str | None = field(default=None, repr=False)
    control_token_file: str | None = None
    tls_port: int | None = None
    proxy_port: int | None = None
    allow_host: tuple[str, ...] = ()
    ca_dir: str | None = None

    def __post_init__(self) -> None:
        profiles.parse(self.profile)
        for name in _LISTS:
            if isinstance(getattr(self, name), str):
                object.__setattr__(self, name, (getattr(self, name),))
        for name, allowed in _CHOICES.items():
            if getattr(self, name) not in allowed:
                raise _refusal(self, name, f"one of {', '.join(allowed)}")
        for name, (least, most) in _NUMBERS.items():
            value = getattr(self, name)
            if value is None and name in _OPTIONAL:
                continue
            if type(value) is not int or not least <= value <= most:
                raise _refusal(self, name, f"a whole number from {least} to {most}")
        try:
            Destinations(self.webhook_allow)
        except ValueError as error:
            raise SettingsError(f"webhook_allow: {error}") from None
        token_of(self.control_token, None)
        object.__setattr__(self, "export_rows", _checked_rows(self.export_rows))
        if self.public_url is not None:
            object.__setattr__(self, "public_url", _checked_url(self.public_url))

    def token(self) -> str | None:
        """The control plane's token, given or from its file; None for none. Raises
        SettingsError."""
        return token_of(self.control_token, self.control_token_file)

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
        versions, have names of their own. So is a port like `tcp://10.0.0.2:80`, as Kubernetes
        and linked containers tell it of a service called branch-mock. Raises SettingsError.
        """
        environ = os.environ if environ is None else environ  # noqa: TID251 - the one reader
        given: dict[str, Any] = {}
        for item in fields(cls):
            text = environ.get(ENV_PREFIX + item.name.upper())
            if text and not (item.name.endswith("port") and text.startswith("tcp://")):
                given[item.name] = _read(item.name, text)
        given.update({name: value for name, value in overrides.items() if value is not None})
        return cls(**given)

    def environment(self) -> dict[str, str]:
        """What differs from the defaults, as `BRANCH_MOCK_…` variables that `from_env` reads."""
        defaults = type(self)()
        return {
            ENV_PREFIX + item.name.upper(): _text(getattr(self, item.name))
            for item in fields(self)
            if getattr(self, item.name) != getattr(defaults, item.name)
        }


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _refusal(settings: Settings, name: str, rule: str) -> SettingsError:
    return SettingsError(f"{name}: must be {rule}, got {getattr(settings, name)!r}")


def variable(name: str) -> str | None:
    """The environment's `BRANCH_MOCK_<NAME>`, None where it is unset or empty."""
    return os.environ.get(ENV_PREFIX + name.upper()) or None  # noqa: TID251 - the one reader


def misspelt(environ: Mapping[str, str] | None = None) -> list[str]:
    """What to say of variables that are no setting's, but very nearly."""
    environ = os.environ if environ is None else environ  # noqa: TID251 - the one reader
    known = [ENV_PREFIX + item.name.upper() for item in fields(Settings)]
    others = [name for name in environ if name.startswith(ENV_PREFIX) and name not in known]
    if not others:
        return []
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few need it

    near = ((name, get_close_matches(name, known, n=1, cutoff=0.9)) for name in sorted(others))
    return [f"{name} is not looked at; is it {found[0]}?" for name, found in near if found]


def sent_token() -> str | None:
    """The token that clients of a control plane send: that of the environment's
    `BRANCH_MOCK_CONTROL_TOKEN` or `BRANCH_MOCK_CONTROL_TOKEN_FILE`. Raises SettingsError."""
    return token_of(variable("control_token"), variable("control_token_file"))


def inherited() -> dict[str, str]:
    """All of the environment, for a child process to have."""
    return dict(os.environ)  # noqa: TID251 - the one reader


def address(host: str, port: int) -> str:
    """The http address of a listening server; one that listens everywhere is at loopback."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _read(name: str, text: str) -> object:
    if name in _LISTS:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if name in _NUMBERS:
        try:
            return int(text)
        except ValueError:
            raise SettingsError(
                f"{ENV_PREFIX}{name.upper()}: must be a whole number, got {text!r}"
            ) from None
    return text


def _checked_rows(value: object) -> tuple[int, int, int]:
    """Numbers of links, clicks and events from one number, three, or either as a text."""
    items = value.split(",") if isinstance(value, str) else value
    given = list(items) if isinstance(items, Iterable) else [items]
    numbers = [_row_number(item) for item in given]
    match numbers:
        case [int(events)]:
            return events // 5, events // 2, events
        case [int(links), int(clicks), int(events)]:
            return links, clicks, events
    raise SettingsError(
        "export_rows: must be LINKS,CLICKS,EVENTS or one number of events, "
        f"each from 0 to {_MAX_ROWS}, got {value!r}"
    )


def _row_number(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        value = int(value) if len(value) <= len(str(_MAX_ROWS)) + 1 else -1
    return value if type(value) is int and 0 <= value <= _MAX_ROWS else None


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
