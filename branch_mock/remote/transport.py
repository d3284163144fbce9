"""Calls over HTTP, and answers as the objects and errors that they stand for."""

import json
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from branch_mock import profiles
from branch_mock.domain.apps import App, config_of
from branch_mock.errors import (
    AliasConflict,
    ApiError,
    BranchMockError,
    InvalidBody,
    InvalidCredentials,
    InvalidRequest,
    LinkNotFound,
    NotEnoughCredits,
    Violation,
)
from branch_mock.handle.body import as_sent
from branch_mock.health import check_url
from branch_mock.tokens import bearer

TIMEOUT_SECONDS = 10.0
_CONTROL = "/_mock/"
_HINT_HEADER = "X-Branch-Mock-Hint"
_ALIKE = 12


class Remote(Protocol):
    """What the parts of a RemoteMock need of it."""

    url: str

    @property
    def app(self) -> App: ...

    def call(self, method: str, path: str, body: object = None) -> Any: ...

    def signed(self, **fields: object) -> dict[str, object]: ...


class Transport:
    """Calls one server; proxies of the environment are not asked. Raises SettingsError where `url`
    is no address.

    token: of its control plane; calls of nothing else carry it.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        check_url(url)
        self._url = url
        self._token = token
        self._opener = build_opener(ProxyHandler({}))

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of the answer. Raises ApiError for a refusal, BranchMockError for none."""
        data = None if body is None else json.dumps(as_sent(body)).encode()
        request = Request(self._url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        if path.startswith(_CONTROL):
            for name, value in bearer(self._token).items():
                request.add_header(name, value)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
                return json.loads(reply.read())
        except HTTPError as error:
            with error:
                hint = error.headers.get(_HINT_HEADER, "")
                raise _refusal(error.code, error.read(), hint) from None
        except URLError as error:
            raise BranchMockError(f"{self._url} does not answer: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise BranchMockError(f"{self._url} does not answer: {error!r}") from None
        except ValueError:
            raise BranchMockError(f"{self._url} is not branch_mock: no JSON answered") from None


def _refusal(status: int, body: bytes, hint: str) -> BranchMockError:
    """The error that an answer stands for."""
    try:
        message = str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return BranchMockError(f"answered {status}, which is no answer of branch_mock")
    if message == _CREDENTIALS:
        return InvalidCredentials()
    if status in _REFUSALS:
        return _REFUSALS[status](message)
    if status != InvalidRequest.status:
        return BranchMockError(f"answered {status}: {message}")
    if hint[:_ALIKE] == message[:_ALIKE]:  # the hint names the fields
        return InvalidRequest(map(_violation, message.split("; ")))
    return InvalidBody(message)


def _violation(text: str) -> Violation:
    field, _, problem = text.partition(" ")
    return Violation(field, problem)


def _conflict(message: str) -> ApiError:
    domain, _, alias = message.rpartition(" ")[2].partition("/")
    return AliasConflict(domain, alias)


def _missing(message: str) -> BranchMockError:
    known = LinkNotFound()
    return known if message == known.message else BranchMockError(message)


_CREDENTIALS = InvalidCredentials().message
_REFUSALS: Mapping[int, Callable[[str], BranchMockError]] = {
    NotEnoughCredits.status: lambda _: NotEnoughCredits(),
    LinkNotFound.status: _missing,
    AliasConflict.status: _conflict,
}


def app_of(view: Mapping[str, Any], profile: str | None) -> App:
    """The app in an answer of POST /_mock/apps."""
    return App(
        id=int(view["id"]),
        branch_key=view["branch_key"],
        branch_secret=view["branch_secret"],
        label=view["default_short_url_domain"].partition(".")[0],
        short_url_domain=view["short_url_domain"] or "",
        profile=profiles.DOCUMENTED if profile is None else profiles.parse(profile),
        origin=view["origin"] or "",
        config=config_of(view),
    )
