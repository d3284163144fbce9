"""Reward rules over HTTP (contract 9)."""

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain.rules import rule_fields


def create(branch: Branch, call: Call) -> Reply:
    rule = branch.rules.create(call.app, **rule_fields(call.body))
    return Reply.json({}, note=f"rule {rule.id} on {rule.event}")
