"""Direct operations on reward rules, for Python code that runs the server (contract 9)."""

from typing import Unpack

from branch_mock.domain.apps import App
from branch_mock.domain.rules import Rule, RuleFields, rule_fields
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.validation import schema_of


class Rules:
    """Reward rules of the running server, checked as the HTTP API checks them.

    `app` is the server's first app unless another is given.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    @noted("rules.create")
    def create(self, *, app: App | None = None, **fields: Unpack[RuleFields]) -> Rule:
        """A new rule, as POST /v1/eventresponse makes it. Raises InvalidRequest."""
        given = schema_of("rules/create.json").check_body(as_sent(fields))
        return self._host.branch.rules.create(app or self._host.app, **rule_fields(given))

    def all(self, *, app: App | None = None) -> list[Rule]:
        """Every rule of the app, in the order in which they were made."""
        return self._host.branch.rules.all(app or self._host.app)
