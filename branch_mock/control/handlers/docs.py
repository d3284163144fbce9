"""The emulated surface, described from its own tables (contract 12).

The tables come as a function, since the table that these handlers are in is one of them.
"""

from collections.abc import Callable
from functools import cache

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.reference import docs_page, parity_page, python_page
from branch_mock.reference import openapi as openapi_document
from branch_mock.reference import parity as parity_rows
from branch_mock.reference.tables import Tables

Handler = Callable[[Emulator, Call], Reply]


def openapi(tables: Callable[[], Tables]) -> Handler:
    document = cache(lambda: openapi_document.text(tables()).encode())

    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
        return Reply(body=document())

    return answer


def page(tables: Callable[[], Tables]) -> Handler:
    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
        reply = Reply.html(docs_page.html(tables(), emulator.branch.apps.default))
        reply.headers["Content-Security-Policy"] = docs_page.POLICY
        return reply

    return answer


def python(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
    reply = Reply.html(python_page.html())
    reply.headers["Content-Security-Policy"] = python_page.POLICY
    return reply


def parity(tables: Callable[[], Tables]) -> Handler:
    rows = cache(lambda: parity_rows.rows(tables()))

    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
        if call.caller.accepts_html:
            return Reply.html(parity_page.html(rows()))
        return Reply.json([row.view() for row in rows()])

    return answer
