"""Replies that no handler makes: errors, faults, preflights (contract 3 and 12)."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from branch_mock.api import pages
from branch_mock.api.call import HTML_TYPE, Reply
from branch_mock.errors import HINT_HEADER, ApiError, InvalidFields, MethodNotAllowed, TokenNeeded
from branch_mock.faults import Fault, describe

FAULT_HEADER = "X-Branch-Mock-Fault"


def error_reply(error: ApiError, hint: str | None = None) -> Reply:
    """The answer that an error is (contract 3); `hint` goes into a header."""
    reply = Reply.json(error.body(), status=error.status, note=error.message)
    if isinstance(error, InvalidFields):  # as PHP writes it
        reply.body = reply.body.replace(b"/", b"\\/") + b"\n"
    if hint is not None:
        reply.headers[HINT_HEADER] = hint
    if isinstance(error, MethodNotAllowed):
        reply.headers["Allow"] = error.allowed
    if isinstance(error, TokenNeeded):
        reply.headers["WWW-Authenticate"] = 'Basic realm="branch_mock", charset="UTF-8"'
    return reply


def page_reply(error: ApiError, hint: str | None = None) -> Reply:
    """An error as a page, for those who follow links (contract 6)."""
    reply = error_reply(error, hint)
    reply.body = pages.failure(error.status, error.message).encode()
    reply.content_type = HTML_TYPE
    return reply


def fault_reply(fault: Fault, reply: Reply) -> Reply:
    """What a fault makes of a reply (contract 12); a header names the fault."""
    if fault.status is not None:
        reply = _status_reply(fault, fault.status)
    reply.headers.update(fault.headers)
    if fault.retry_after is not None:
        reply.headers["Retry-After"] = str(fault.retry_after)
    reply.headers[FAULT_HEADER] = fault.id
    reply.note = f"{describe(fault)} {reply.note}".rstrip()
    return reply


def _status_reply(fault: Fault, status: int) -> Reply:
    if fault.body is None:
        text = HTTPStatus(status).phrase if status in _PHRASES else "Fault"
        return Reply.json({"error": {"code": status, "message": text}}, status=status)
    if isinstance(fault.body, str):
        return Reply.text(fault.body, status=status)
    return Reply.json(fault.body, status=status)


_PHRASES = frozenset(HTTPStatus)


def preflight_reply(methods: Sequence[str], headers: Mapping[str, str]) -> Reply:
    """The answer to OPTIONS: every origin, the path's methods, the headers that were asked for."""
    allow = ", ".join(methods)
    wanted = headers.get("Access-Control-Request-Headers", "*")
    return Reply(
        status=204,
        headers={
            "Allow": allow,
            "Access-Control-Allow-Methods": allow,
            "Access-Control-Allow-Headers": wanted,
            "Access-Control-Max-Age": "86400",
        },
    )
