"""The emulated surface, described from its own tables (contract 12).

The tables come as a function, since the table that these handlers are in is one of them. What
describes them is imported when it is asked for: most servers never are.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from branch_mock.api.call import Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.reference.tables import Tables

if TYPE_CHECKING:
    from branch_mock.reference.parity import Row

Handler = Callable[[Emulator, Call], Reply]


def openapi(tables: Callable[[], Tables]) -> Handler:
    @cache
    def document() -> bytes:
        from branch_mock.reference import openapi as described  # noqa: PLC0415

        return described.text(tables()).encode()

    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
        return Reply(body=document())

    return answer


def page(tables: Callable[[], Tables]) -> Handler:
    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - takes nothing
        from branch_mock.reference import docs_page  # noqa: PLC0415

        reply = Reply.html(docs_page.html(tables(), emulator.branch.apps.default))
        reply.headers["Content-Security-Policy"] = docs_page.POLICY
        return reply

    return answer


def python(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
    from branch_mock.reference import python_page  # noqa: PLC0415

    reply = Reply.html(python_page.html())
    reply.headers["Content-Security-Policy"] = python_page.POLICY
    return reply


def parity(tables: Callable[[], Tables]) -> Handler:
    @cache
    def rows() -> "list[Row]":
        from branch_mock.reference import parity as described  # noqa: PLC0415

        return described.rows(tables())

    def answer(emulator: Emulator, call: Call) -> Reply:  # noqa: ARG001 - is always the same
        if call.caller.accepts_html:
            from branch_mock.reference import parity_page  # noqa: PLC0415

            return Reply.html(parity_page.html(rows()))
        return Reply.json([row.view() for row in rows()])

    return answer
