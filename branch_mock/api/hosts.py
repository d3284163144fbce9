"""Which part of the emulator a request is for, by its host and path (contract 2)."""

import re
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from branch_mock.api.incoming import printable
from branch_mock.domain.addresses import (
    EXPORT_FOLDER,
    EXPORT_HOST,
    Origin,
    clean_path,
    host_name,
    is_branch_host,
    split_path,
)
from branch_mock.domain.links import RESERVED_PATHS
from branch_mock.errors import InvalidRequest
from branch_mock.operations.apps import Apps

_AUTHORITY = re.compile(r"(?:(?:[A-Za-z0-9_][A-Za-z0-9_.-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?)?")
_SHOWN = 80


class Surface(Enum):
    """A part of the emulator with endpoints of its own."""

    API = "api"
    LINKS = "links"
    EXPORTS = "exports"


class Place(NamedTuple):
    """Where a request goes. `domain` is the link domain it would follow a link of.

    path: its non-empty segments, decoded, joined by slashes.
    """

    surface: Surface
    domain: str
    path: str

    def begins_with(self, segment: str) -> bool:
        """Whether that is the first segment of the path."""
        return self.path == segment or self.path.startswith(segment + "/")

    @property
    def looks_like_link(self) -> bool:
        """Whether the path has the form of a generated link address, such as `l/CODE`."""
        return self.path[1:2] == "/" and self.path[0] in RESERVED_PATHS


def place(host: str, raw_path: str, apps: Apps) -> Place:
    """Where a request for that Host and raw path goes."""
    name = host_name(host)
    path = printable(clean_path(raw_path))
    if name == EXPORT_HOST:
        return Place(Surface.EXPORTS, "", path)
    if apps.is_link_domain(name):
        return Place(Surface.LINKS, name, path)
    if path.startswith(EXPORT_FOLDER):
        return Place(Surface.EXPORTS, "", path.removeprefix(EXPORT_FOLDER))
    domain, rest = split_path(path, apps.is_link_domain)
    if rest is not path:
        return Place(Surface.LINKS, domain, rest)
    return Place(Surface.API, domain, path)


@lru_cache(maxsize=1024)
def is_authority(host: str) -> bool:
    """Whether a Host is a name or address, with a port or without; an empty one is, too."""
    return _AUTHORITY.fullmatch(host) is not None


def check_host(host: str) -> None:
    """Raises InvalidRequest for a Host that no address could be made of."""
    if not is_authority(host):
        raise InvalidRequest.of(
            "Host", f"must be a host name or address, with a port or without, got {host[:_SHOWN]!r}"
        )


def origin_for(scheme: str, host: str, public_url: str | None) -> Origin:
    """Where answers to a caller who used that scheme and Host say things are."""
    if public_url is not None:
        return Origin(public_url)
    if not host or is_branch_host(host_name(host)):
        return Origin()
    return Origin(f"{scheme}://{host}")
