"""Reward rules of an app on an emulator elsewhere (contract 9)."""

from typing import Unpack

from branch_mock.domain.rules import Rule, RuleFields
from branch_mock.remote.entities import entities
from branch_mock.remote.transport import Remote


class Rules:
    """Reward rules of the app."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def create(self, **fields: Unpack[RuleFields]) -> None:
        """A new rule. Raises InvalidRequest."""
        self._remote.call("POST", "/v1/eventresponse", self._remote.signed(**fields))

    def all(self) -> list[Rule]:
        """Every rule of the app, in the order in which they were made."""
        return entities(self._remote, "rules", Rule)
