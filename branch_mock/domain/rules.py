"""Reward rules: which events they act on, and whom they reward (contract 9)."""

from collections.abc import Iterator, Mapping
from enum import IntEnum, StrEnum
from typing import Any, Required, TypedDict, cast

from msgspec import Struct

from branch_mock.domain.credits import DEFAULT_BUCKET
from branch_mock.domain.events import Event

ANY_EVENT = "*"
"""The event name of a rule that acts on every event."""


class RuleType(StrEnum):
    """What a rule does."""

    WEB_HOOK = "web_hook"
    CREDIT = "credit"


class CalculationType(IntEnum):
    """How often a rule rewards the same user."""

    EVERY_TIME = 0
    ONCE = 1


class Location(IntEnum):
    """Whom a rule rewards: whoever acts, who referred them, or whoever acts if someone did."""

    ACTING = 0
    REFERRING = 1
    REFERRED = 4


class RuleFields(TypedDict, total=False):
    """What a rule is made with. Contract 9 tells the limits; only `filter` may be left out."""

    event: Required[str]
    type: Required[str]
    calculation_type: Required[int]
    location: Required[int]
    metadata: Required[Mapping[str, Any]]
    filter: Mapping[str, Any] | None


def rule_fields(fields: Mapping[str, Any]) -> RuleFields:
    """The fields of a rule among those of a call."""
    return cast(RuleFields, {name: fields[name] for name in RULE_FIELDS if name in fields})


RULE_FIELDS = tuple(RuleFields.__annotations__)
"""What a rule is made with, by name."""


class Rule(Struct, frozen=True, kw_only=True, gc=False):
    """One reward rule of one app.

    id: a snowflake. app_id: whose it is.
    metadata: `web_hook_url`, or `amount` and `bucket`. filter: pairs that the metadata of an event
    must all have.
    """

    id: int
    app_id: int
    event: str
    type: RuleType
    calculation_type: CalculationType
    location: Location
    metadata: Mapping[str, Any]
    filter: Mapping[str, Any] = {}

    @property
    def amount(self) -> int:
        """Credits of one reward. Only for rules of type credit."""
        amount: int = self.metadata["amount"]
        return amount

    @property
    def bucket(self) -> str:
        """The bucket of rewards."""
        bucket: str = self.metadata.get("bucket") or DEFAULT_BUCKET
        return bucket

    @property
    def web_hook_url(self) -> str:
        """Where webhooks go. Only for rules of type web_hook."""
        url: str = self.metadata["web_hook_url"]
        return url

    def matches(self, event: Event) -> bool:
        """Whether the rule acts on an event of its app, whoever acted."""
        named = self.event in {ANY_EVENT, event.name}
        return named and next(self.unmatched(event), None) is None

    def unmatched(self, event: Event) -> Iterator[str]:
        """The keys of its filter that an event does not have, or has with another value."""
        for key, value in self.filter.items():
            if key not in event.metadata or not _equal(value, event.metadata[key]):
                yield key


def _equal(one: object, other: object) -> bool:
    """Equal as JSON values: `true` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


class Outcome(Struct, frozen=True, kw_only=True, gc=False):
    """What one rule did on one event.

    rule_id, identity_id: which rule, and whom it rewarded.
    transaction_id: the reward, for rules of type credit. delivery_id: the webhook, for the others.
    problem: why a reward could not be given, such as a balance that is full.
    """

    rule_id: int
    identity_id: int | None = None
    transaction_id: int | None = None
    delivery_id: int | None = None
    problem: str | None = None

    def __str__(self) -> str:
        if self.problem is not None:
            return f"rule {self.rule_id} refused: {self.problem}"
        if self.transaction_id is not None:
            return f"reward {self.transaction_id}"
        return f"webhook {self.delivery_id}"
