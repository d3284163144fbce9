"""Addresses: which hosts are Branch's, how addresses are handed out and read back (contract 2)."""

from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from branch_mock.domain.apps import LIVE_DOMAIN, SHARED_DOMAIN, TEST_DOMAIN

API_DOMAIN = "branch.io"
EXPORT_HOST = "branch-exports.s3.amazonaws.com"
EXPORT_FOLDER = "branch-exports/"
"""Where export files are on hosts that are not `EXPORT_HOST`."""

_APP_LINK_SUFFIXES = (f".{LIVE_DOMAIN}", f".{TEST_DOMAIN}")

BRANCH_HOSTS = (
    API_DOMAIN,
    f"*.{API_DOMAIN}",
    SHARED_DOMAIN,
    LIVE_DOMAIN,
    f"*.{LIVE_DOMAIN}",
    TEST_DOMAIN,
    f"*.{TEST_DOMAIN}",
    EXPORT_HOST,
)
"""Branch's own hosts as certificates name them; `*` stands for one label."""

IsLinkDomain = Callable[[str], bool]
"""Whether a lower-case host name serves links."""


@lru_cache(maxsize=1024)
def host_name(host: str) -> str:
    """The lower-case name in a Host header or authority, without port or trailing dot."""
    name = host.lower()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return name.partition(":")[0].rstrip(".")


def is_branch_link_domain(name: str) -> bool:
    """Whether Branch itself serves links on that host, whatever apps there are."""
    return name == SHARED_DOMAIN or name.endswith(_APP_LINK_SUFFIXES)


def is_branch_host(name: str) -> bool:
    """Whether that host is one of Branch's own, so that real addresses are handed out there."""
    return (
        name == API_DOMAIN
        or name.endswith("." + API_DOMAIN)
        or name in {EXPORT_HOST, LIVE_DOMAIN, TEST_DOMAIN}
        or is_branch_link_domain(name)
    )


NO_LINK_DOMAIN = "must be neither an address nor a host at which Branch serves something else"


def may_serve_links(name: str) -> bool:
    """Whether an app may have that host as its link domain: no address, at which the emulator
    itself is reached, and no host of Branch's that serves something else."""
    try:
        ip_address(name)
    except ValueError:
        return is_branch_link_domain(name) or not is_branch_host(name)
    return False


class Origin(Struct, frozen=True):
    """Where answers say things are: a base such as `http://127.0.0.1:8080`, or the real hosts."""

    base: str | None = None

    def link(self, domain: str, path: str) -> str:
        """The address of a link. Domains other than bnc.lt become the first path segment."""
        if self.base is None:
            return f"https://{domain}/{path}"
        if domain == SHARED_DOMAIN:
            return f"{self.base}/{path}"
        return f"{self.base}/{domain}/{path}"

    def export(self, name: str) -> str:
        """The address of an export file."""
        if self.base is None:
            return f"https://{EXPORT_HOST}/{name}"
        return f"{self.base}/{EXPORT_FOLDER}{name}"


REAL = Origin()


def split_path(path: str, is_link_domain: IsLinkDomain) -> tuple[str, str]:
    """Domain and path of a link's path on a host that is no link domain.

    A first segment that is a known link domain, which has a dot, stands for that host.
    """
    first, slash, rest = path.partition("/")
    if slash and "." in first and is_link_domain(first.lower()):
        return first.lower(), rest
    return SHARED_DOMAIN, path


def locate(url: str, is_link_domain: IsLinkDomain, public_url: str | None) -> tuple[str, str]:
    """Domain and path of any address form of a link. The path may be empty; nothing raises."""
    if public_url and (url == public_url or url.startswith(public_url + "/")):
        path = urlsplit(url[len(public_url) :].lstrip("/")).path
        return split_path(clean_path(path), is_link_domain)
    if "://" not in url:
        url = "https://" + url.lstrip("/")
    try:
        parts = urlsplit(url)
        name = host_name(parts.netloc.rpartition("@")[2])
    except ValueError:  # such as an unbalanced bracket
        return SHARED_DOMAIN, ""
    path = clean_path(parts.path)
    if is_link_domain(name):
        return name, path
    return split_path(path, is_link_domain)


@lru_cache(maxsize=1024)
def clean_path(raw_path: str) -> str:
    """The non-empty segments of a path, decoded, joined by slashes."""
    path = raw_path.strip("/")
    if "//" in path:
        path = "/".join(segment for segment in path.split("/") if segment)
    return unquote(path) if "%" in path else path  # invalid UTF-8 becomes U+FFFD
