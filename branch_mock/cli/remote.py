"""A running server, as commands see it: JSON in and out over urllib (contract 12)."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

import click

from branch_mock.cli import tables
from branch_mock.cli.ends import fail, refuse
from branch_mock.errors import HINT_HEADER, BranchMockError, SettingsError
from branch_mock.handle.server_sent import ServerSentEvent, events_in
from branch_mock.health import check_url
from branch_mock.tokens import bearer

TIMEOUT = 30.0
_SILENCE = 60.0
"""Seconds in which something is heard of a server that has nothing to tell: it gives a sign of life
every 15 seconds."""


class Server:
    """One server and how to show what it answers.

    token: of its control plane, where it asks for one. Raises SettingsError when `url` is no
    address.
    """

    def __init__(self, url: str, *, as_json: bool = False, token: str | None = None) -> None:
        check_url(url)
        self.url = url.rstrip("/")
        self._headers = {"Content-Type": "application/json", **bearer(token)}
        self._as_json = as_json
        self._opener = build_opener(ProxyHandler({}))

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        timeout: float = TIMEOUT,
    ) -> Any:
        """The JSON of an answer. Raises BranchMockError with one line of what was wrong."""
        try:
            return json.loads(self._read(method, path, body, query, timeout))
        except ValueError:
            raise BranchMockError(f"{self.url} is not branch_mock: no JSON answered") from None

    def text(self, path: str) -> str:
        """The text of an answer to GET. Raises BranchMockError likewise."""
        return self._read("GET", path, None, None, TIMEOUT).decode(errors="replace")

    def _read(self, method: str, path: str, *how: Any) -> bytes:
        with self._open(method, path, *how) as reply:
            try:
                body: bytes = reply.read()
            except (OSError, HTTPException) as error:
                raise self._broken_off(error) from None
        return body

    def _broken_off(self, error: Exception) -> BranchMockError:
        return BranchMockError(f"{self.url} does not answer any more: {error!r}")

    def events(self, **query: object) -> Iterator[ServerSentEvent]:
        """Live events until the server stops, of which people are told. Raises BranchMockError
        likewise, and when it breaks off."""
        with self._open("GET", "/_mock/events", None, query, _SILENCE) as reply:
            try:
                yield from events_in(_lines(reply))
            except (OSError, HTTPException) as error:
                raise self._broken_off(error) from None
        click.echo(f"branch-mock: {self.url} has stopped", err=True)

    def _open(
        self,
        method: str,
        path: str,
        body: object,
        query: Mapping[str, object] | None,
        timeout: float,
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        url = self.url + quote(path) + (f"?{urlencode(given, doseq=True)}" if given else "")
        data = None if body is None else json.dumps(body).encode()
        request = Request(url, data, self._headers, method=method)
        try:
            return self._opener.open(request, timeout=timeout)
        except HTTPError as error:
            raise BranchMockError(_message(error)) from None
        except HTTPException as error:
            raise BranchMockError(f"{self.url} is no HTTP server: {type(error).__name__}") from None
        except OSError as error:
            cause = error.reason if isinstance(error, URLError) else error
            reason = getattr(cause, "strerror", None) or cause
            raise BranchMockError(f"{self.url} does not answer: {reason}") from None

    def say(self, text: str, value: object) -> None:
        """Print a text; with `--json` the value instead."""
        click.echo(_pretty(value) if self._as_json else text)

    def tell(self, text: str, value: object) -> None:
        """The same of one thing among others that come one by one: JSON is one line."""
        click.echo(json.dumps(value, ensure_ascii=False) if self._as_json else text)

    def show(
        self,
        views: Sequence[Mapping[str, Any]],
        columns: Sequence[str],
        row: Callable[[Any], Mapping[str, Any]] = dict,
    ) -> None:
        """Print views as a table of some columns of the rows they make; with `--json` all."""
        if self._as_json:
            click.echo(_pretty(views))
        else:
            tables.show([row(view) for view in views], columns)


def _lines(reply: HTTPResponse) -> Iterator[str]:
    """The lines of an answer, as they come. An answer that breaks off raises HTTPException here,
    while `readline` takes it for its end."""
    rest = b""
    while piece := reply.read1():
        *whole, rest = (rest + piece).split(b"\n")
        yield from map(bytes.decode, whole)


def _pretty(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def _message(error: HTTPError) -> str:
    """What the envelope of an error says."""
    with error:
        try:
            message: str = json.load(error)["error"]["message"]
        except (ValueError, LookupError, TypeError):
            message = f"it answered {error.code}, which branch_mock does not"
        hint = error.headers.get(HINT_HEADER)
        if hint is not None and hint != message:
            message = f"{message} ({hint})"
        if error.code == HTTPStatus.UNAUTHORIZED:
            message += ", which BRANCH_MOCK_CONTROL_TOKEN is for here"
        return message


def verb(work: Callable[..., None]) -> Callable[..., None]:
    """Adds the options of commands that talk to a server, and hands them the `Server`.

    Where a command has an argument `place`, it goes before `--url`."""

    @click.option("--url", envvar="BRANCH_MOCK_URL", show_envvar=True, help=_URL_HELP)
    @click.option("--json", "as_json", is_flag=True, help="Print what the server answers, as JSON.")
    @wraps(work)
    def run(url: str | None, *, as_json: bool, place: str | None = None, **options: Any) -> None:
        from branch_mock.settings import Settings, sent_token  # noqa: PLC0415

        try:
            where = place or url or Settings.from_env().url
            server = Server(where, as_json=as_json, token=sent_token())
            work(server, **options)
        except SettingsError as error:
            refuse(str(error))
        except BranchMockError as error:
            fail(str(error))

    return run


_URL_HELP = "Address of the server.  [default: what BRANCH_MOCK_HOST and BRANCH_MOCK_PORT say]"


def json_file(name: str) -> object:
    """The value of a file that holds JSON, `-` being the standard input."""
    try:
        if name == "-":
            return json.loads(sys.stdin.read())
        return json.loads(Path(name).read_text("utf-8"))
    except OSError as error:
        raise click.BadParameter(f"{name}: {error.strerror}") from None
    except ValueError as error:
        raise click.BadParameter(f"{name}: not JSON: {error}") from None


def json_text(text: str) -> object:
    """A JSON value on the command line."""
    try:
        return json.loads(text)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from None


def given(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {name: value for name, value in options.items() if value not in (None, ())}
