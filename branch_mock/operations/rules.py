"""What can be done with reward rules (contract 9)."""

import logging
from collections.abc import Iterator
from heapq import merge
from typing import Unpack

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import is_web_address
from branch_mock.domain.credits import TransactionType
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.rules import (
    ANY_EVENT,
    CalculationType,
    Location,
    Outcome,
    Rule,
    RuleFields,
    RuleType,
)
from branch_mock.domain.sessions import hardware_ids
from branch_mock.domain.webhooks import event_body
from branch_mock.errors import InvalidRequest
from branch_mock.indexes import index_rule
from branch_mock.operations.core import Core
from branch_mock.operations.credits import Credits
from branch_mock.operations.webhooks import Webhooks
from branch_mock.store import State

log = logging.getLogger(__name__)
_SHOWN = 100
_TOLD = 20
"""Of one event: what is done and left by so many rules is told."""


class Rules:
    """The reward rules of every app of one emulator."""

    def __init__(self, core: Core, credits: Credits, webhooks: Webhooks) -> None:  # noqa: A002
        self._core = core
        self._credits = credits
        self._webhooks = webhooks

    def all(self, app: App | None = None) -> list[Rule]:
        """The rules of one app, or of all, in the order in which they were made."""
        return self._core.listed(lambda state: state.rules, app)

    def create(self, app: App, **fields: Unpack[RuleFields]) -> Rule:
        """A new rule, from fields that are of the right form.

        Raises InvalidRequest for a `web_hook_url` that is no address.
        """
        metadata, type_ = fields["metadata"], RuleType(fields["type"])
        url = metadata.get("web_hook_url")
        if type_ is RuleType.WEB_HOOK and not is_web_address(str(url)):
            raise InvalidRequest.of(
                "metadata.web_hook_url", f"must be an http or https address, got {url!r}"
            )
        with self._core.store.transaction() as state:
            rule = Rule(
                id=self._core.ids.next(),
                app_id=app.id,
                event=fields["event"],
                type=type_,
                calculation_type=CalculationType(fields["calculation_type"]),
                location=Location(fields["location"]),
                metadata=metadata,
                filter=fields.get("filter") or {},
            )
            state.rules.put(rule.id, rule)
            index_rule(state, rule)
            return rule

    def apply(self, event: Event) -> tuple[Outcome, ...]:
        """Let every rule that an event matches act on it, in the order in which they were made.

        A reward that cannot be given does not fail the event: it is logged and its outcome says so.
        """
        with self._core.store.transaction() as state:
            app = state.apps[event.app_id]
            actor = None if event.identity_id is None else state.identities[event.identity_id]
            outcomes = [
                outcome
                for rule in self._matching(event)
                if (outcome := self._act(app, rule, event, actor)) is not None
            ]
            if outcomes:
                state.outcomes.put(event.id, tuple(outcomes))
            return tuple(outcomes)

    def outcomes(self, event: Event) -> tuple[Outcome, ...]:
        """What the rules did on an event."""
        return self._core.store.state.outcomes.get(event.id, ())

    def told(self, event: Event) -> list[str]:
        """What the rules of its app did on an event that was just made, in words, and why others
        did not; of many, some. Nothing where it is gone already."""
        with self._core.store.lock:
            state = self._core.store.state
            if event.id not in state.events:
                return []
            acted, named = self.outcomes(event), list(self._named(event))
            done = {outcome.rule_id for outcome in acted}
            said = [
                *map(str, acted),
                *(
                    f"rule {rule.id} passed over: {self._why_not(state, rule, event)}"
                    for rule in named
                    if rule.id not in done
                ),
            ]
            if not named and any(id_ == event.app_id for id_, _ in state.listener_lengths):
                said.append("no rule is for it")
        left_out = len(said) - _TOLD
        return said if left_out <= 0 else [*said[:_TOLD], f"and {left_out} more"]

    def _why_not(self, state: State, rule: Rule, event: Event) -> str:
        unmatched = next(rule.unmatched(event), None)
        if unmatched is not None:
            return f"its filter asks for another {unmatched[:_SHOWN]}"
        actor = None if event.identity_id is None else state.identities[event.identity_id]
        if actor is None:
            return "the event has no identity"
        if self._rewarded(rule, actor, self._referrer(actor)) is None:
            return f"nobody referred {actor.name or actor.id}"
        return "it acts once, and has"

    def listen(self, event: Event) -> bool:
        """Whether any rule listens to events of that name."""
        lengths = self._core.store.state.listener_lengths
        app_id, name = event.app_id, event.name
        return bool(lengths) and ((app_id, name) in lengths or (app_id, ANY_EVENT) in lengths)

    def _matching(self, event: Event) -> Iterator[Rule]:
        return (rule for rule in self._named(event) if rule.matches(event))

    def _named(self, event: Event) -> Iterator[Rule]:
        """The rules that listen to events of that name, in the order in which they were made."""
        state = self._core.store.state
        named = state.listeners.items((event.app_id, event.name))
        names = {event.name, ANY_EVENT}  # an event may itself be called *
        every = state.listeners.items((event.app_id, ANY_EVENT)) if len(names) > 1 else iter(())
        return (state.rules[id_] for id_ in merge(named, every))

    def _act(self, app: App, rule: Rule, event: Event, actor: Identity | None) -> Outcome | None:
        """One rule on one matching event; None where there is nobody to reward, or not again.

        A webhook of location 0 is sent for an event without an identity too.
        """
        state = self._core.store.state
        referrer = self._referrer(actor)
        owner = self._rewarded(rule, actor, referrer)
        if owner is None and (rule.type is RuleType.CREDIT or rule.location is not Location.ACTING):
            return None
        once = rule.calculation_type is CalculationType.ONCE
        if once and owner is not None and (rule.id, owner.id) in state.rewarded:
            return None
        if rule.type is RuleType.WEB_HOOK:
            outcome = self._send(rule, event, actor, referrer, owner)
        else:
            assert owner is not None
            names = reward_names(app, rule, actor, referrer)
            outcome = self._reward(rule, event, owner, names)
        if once and owner is not None and outcome.problem is None:
            state.rewarded.put((rule.id, owner.id), event.id)
        return outcome

    def _referrer(self, user: Identity | None) -> Identity | None:
        if user is None or user.referrer_id is None:
            return None
        return self._core.store.state.identities[user.referrer_id]

    @staticmethod
    def _rewarded(rule: Rule, actor: Identity | None, referrer: Identity | None) -> Identity | None:
        if rule.location is Location.REFERRING:
            return referrer
        if rule.location is Location.REFERRED and referrer is None:
            return None
        return actor

    def _reward(
        self, rule: Rule, event: Event, owner: Identity, names: tuple[str | None, str | None]
    ) -> Outcome:
        try:
            made = self._credits.record(
                owner,
                TransactionType.REWARD,
                rule.amount,
                rule.bucket,
                event_name=event.name,
                event_metadata=dict(event.metadata) or None,
                referrer=names[0],
                referree=names[1],
            )
        except InvalidRequest as error:
            log.warning("rule %d gave no reward to %d: %s", rule.id, owner.id, error)
            return Outcome(rule_id=rule.id, identity_id=owner.id, problem=str(error))
        return Outcome(rule_id=rule.id, identity_id=owner.id, transaction_id=made.id)

    def _send(
        self,
        rule: Rule,
        event: Event,
        actor: Identity | None,
        referrer: Identity | None,
        owner: Identity | None,
    ) -> Outcome:
        click = None if event.session is None else event.session.click
        owner_id = None if click is None else click.link.identity_id
        link_owner = None if owner_id is None else self._core.store.state.identities[owner_id]
        body = event_body(event, actor, referrer, link_owner, self._hardware(referrer, link_owner))
        sent = self._webhooks.enqueue(rule, event, body)
        return Outcome(
            rule_id=rule.id,
            identity_id=None if owner is None else owner.id,
            delivery_id=sent.id,
        )

    def _hardware(self, *users: Identity | None) -> dict[int, str]:
        wanted = {user.id for user in users if user is not None}
        return hardware_ids(self._core.store.state.sessions.values(), wanted)


def reward_names(
    app: App, rule: Rule, actor: Identity | None, referrer: Identity | None
) -> tuple[str | None, str | None]:
    """`referrer` and `referree` of a reward's row in the history (contract 1).

    They name who takes part in what the rule rewards, so a rule of location 0 names nobody.
    `own_side`: the row of the referrer says whom it referred, that of the referred user who did
    it. `both_sides`: the row of the referrer says both, that of the referred user neither.
    """
    if rule.location is Location.ACTING or actor is None or referrer is None:
        return None, None
    both = app.profile.reward_rows == "both_sides"
    if rule.location is Location.REFERRING:
        return (referrer.name if both else None), actor.name
    return (None if both else referrer.name), None
