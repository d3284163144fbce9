"""Calls over HTTP, and answers as the objects and errors that they stand for."""

import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Protocol, get_args
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from branch_mock import profiles
from branch_mock.domain.apps import App, config_of
from branch_mock.errors import (
    HINT_HEADER,
    AliasConflict,
    ApiError,
    BranchMockError,
    DeliveryNotFound,
    InvalidBody,
    InvalidCredentials,
    InvalidRequest,
    LinkNotFound,
    NoAuthority,
    NotEnoughCredits,
    NotReady,
    ReferralCodeNotFound,
    ReferralCodeUsed,
    TokenNeeded,
    Violation,
)
from branch_mock.faults import DIRECT, HEADER
from branch_mock.handle.body import as_sent
from branch_mock.health import check_url
from branch_mock.live import KEEP_ALIVE_SECONDS
from branch_mock.tokens import bearer

TIMEOUT_SECONDS = 10.0
_CONTROL = "/_mock/"
_ALIKE = 12


class Remote(Protocol):
    """What the parts of a RemoteMock need of it."""

    url: str

    @property
    def app(self) -> App: ...

    def call(self, method: str, path: str, body: object = None) -> Any: ...

    def chunks(self, path: str, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]: ...

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
        try:
            return json.loads(self._answer(method, path, body))
        except ValueError:
            raise BranchMockError(f"{self._url} is not branch_mock: no JSON answered") from None

    def read(self, path: str) -> bytes:
        """The body of the answer to GET, as it comes. Raises likewise."""
        return self._answer("GET", path, None)

    def _answer(self, method: str, path: str, body: object) -> bytes:
        data = None if body is None else json.dumps(as_sent(body)).encode()
        request = Request(self._url + path, data, method=method)
        request.add_header("Content-Type", "application/json")
        if path.startswith(_CONTROL):
            for name, value in bearer(self._token).items():
                request.add_header(name, value)
        else:
            request.add_header(HEADER, DIRECT)
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as reply:
                answer: bytes = reply.read()
                return answer
        except HTTPError as error:
            with error:
                hint = error.headers.get(HINT_HEADER, "")
                raise _refusal(error.code, error.read(), hint) from None
        except URLError as error:
            raise BranchMockError(f"{self._url} does not answer: {error.reason}") from None
        except (OSError, HTTPException) as error:
            raise BranchMockError(f"{self._url} does not answer: {error!r}") from None

    async def listen(self, path: str, query: Mapping[str, Any]) -> AsyncGenerator[bytes, None]:
        """The pieces of an answer that goes on and on. Raises likewise, and when nothing is heard
        for a minute, where there is a sign of life every 15 seconds."""
        from aiohttp import ClientError, ClientSession, ClientTimeout  # noqa: PLC0415 - few need it

        patience = ClientTimeout(
            total=None, sock_connect=TIMEOUT_SECONDS, sock_read=4 * KEEP_ALIVE_SECONDS
        )
        try:
            async with (
                ClientSession(timeout=patience, headers=bearer(self._token)) as session,
                session.get(self._url + path, params=query) as reply,
            ):
                if reply.status != HTTPStatus.OK:
                    hint = reply.headers.get(HINT_HEADER, "")
                    raise _refusal(reply.status, await reply.read(), hint)
                async for chunk in reply.content.iter_any():
                    yield chunk
        except (ClientError, OSError) as error:
            reason = str(error) or repr(error)
            raise BranchMockError(f"{self._url} does not answer: {reason}") from None


def _refusal(status: int, body: bytes, hint: str) -> BranchMockError:
    """The error that an answer stands for."""
    try:
        error = json.loads(body)["error"]
        message = str(error["message"]) if "code" in error else hint  # SDKs are told by field
    except (ValueError, KeyError, TypeError):
        return BranchMockError(f"answered {status}, which is no answer of branch_mock")
    for kind in _PLAIN:
        if (status, message) == (kind.status, kind().message):
            return kind()
    for pattern, named in _NAMING.items():
        found = pattern.fullmatch(message)
        if found is not None:
            return named(*found.groups())
    if status != InvalidRequest.status:
        return BranchMockError(f"answered {status}: {message}")
    if hint[:_ALIKE] == message[:_ALIKE]:  # the hint names the fields
        return InvalidRequest(map(_violation, message.split("; ")))
    return InvalidBody(message)


def _violation(text: str) -> Violation:
    field, _, problem = text.partition(" ")
    return Violation(field, problem)


_Plain = InvalidCredentials | NotEnoughCredits | LinkNotFound | NoAuthority | NotReady | TokenNeeded
_PLAIN: Sequence[type[_Plain]] = get_args(_Plain)
"""Errors whose message is always the same."""

_NAMING: Mapping[re.Pattern[str], Callable[..., ApiError]] = {
    re.compile("Link alias conflict: (.*?)/(.*)"): AliasConflict,
    re.compile("No referral code '(.*)', or it has expired"): ReferralCodeNotFound,
    re.compile("Referral code '(.*)' was applied by this user already"): ReferralCodeUsed,
    re.compile("No webhook ([0-9]+) in the delivery log"): lambda id_: DeliveryNotFound(int(id_)),
}
"""Errors that name what was asked for, by what their messages look like."""


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
