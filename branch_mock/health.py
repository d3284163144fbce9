"""The health check: asks a running emulator whether it is there, with nothing but urllib."""

import json
from concurrent.futures import Future
from http.client import HTTPException
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, build_opener

from branch_mock.errors import BranchMockError, SettingsError

_MAX_BYTES = 10_000


def version_at(url: str, timeout: float) -> str:
    """The version of the emulator at `url`, by GET /_mock/health (contract 12).

    timeout: seconds for the whole of it, name lookup and a dawdling answer included. Proxies of
    the environment are not asked. Raises SettingsError when `url` is no address, BranchMockError
    when no emulator answers there; `str()` of it is one line.
    """
    check_url(url)
    answer: Future[str] = Future()
    Thread(target=_ask, args=(url, timeout, answer), daemon=True).start()
    try:
        return answer.result(timeout)
    except TimeoutError:
        raise BranchMockError(f"{url} did not answer within {timeout:g} seconds") from None


def check_url(url: str) -> None:
    """Raises SettingsError unless `url` is an http or https address."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise SettingsError(f"url: must be an http or https address with its port, got {url!r}")


def _ask(url: str, timeout: float, answer: "Future[str]") -> None:
    opener = build_opener(ProxyHandler({}))
    try:
        with opener.open(f"{url.rstrip('/')}/_mock/health", timeout=timeout) as reply:
            answer.set_result(_version(json.loads(reply.read(_MAX_BYTES))))
    except (OSError, HTTPException, ValueError, RecursionError) as error:
        answer.set_exception(_meaning(url, error))


def _version(body: object) -> str:
    if isinstance(body, dict) and body.get("status") == "ok" and "version" in body:
        return str(body["version"])
    raise ValueError


def _meaning(url: str, error: Exception) -> Exception:
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, TimeoutError):
        return cause
    if isinstance(error, HTTPError):
        error.close()
        return BranchMockError(f"{url} is not branch_mock: it answered {error.code}")
    if isinstance(cause, OSError):
        return BranchMockError(f"{url} does not answer: {cause.strerror or cause}")
    if isinstance(error, URLError):
        return BranchMockError(f"{url} does not answer: {error.reason}")
    return BranchMockError(f"{url} is not branch_mock: it answered something else")
