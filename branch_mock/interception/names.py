"""Host names as they are given to sockets and clients."""

from urllib.parse import urlsplit


def clean(host: object) -> str:
    """A host's lower-case name without a trailing dot; empty for what is no name."""
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("latin-1")
    return host.lower().rstrip(".") if isinstance(host, str) else ""


def of_url(url: object) -> str:
    """The name in an absolute http address; empty where there is none."""
    if not isinstance(url, str) or "://" not in url:
        return ""
    try:
        return clean(urlsplit(url).hostname)
    except ValueError:  # no address: its own library will say so
        return ""
