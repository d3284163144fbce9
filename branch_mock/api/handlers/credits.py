"""Credits over HTTP (contract 8)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain.credits import ASCENDING, DEFAULT_BUCKET, DEFAULT_LENGTH, Transaction
from branch_mock.domain.identities import Who, who


def get(branch: Branch, call: Call) -> Reply:
    return Reply.json(branch.credits.balances(call.app, who(call.query)))


def get_by_id(branch: Branch, call: Call) -> Reply:
    return Reply.json(branch.credits.balances(call.app, int(call.path["identity_id"])))


def add(branch: Branch, call: Call) -> Reply:
    made = branch.credits.add(call.app, *_change(call.body))
    return Reply.json({"success": True}, note=_note(made))


def redeem(branch: Branch, call: Call) -> Reply:
    made = branch.credits.redeem(call.app, *_change(call.body))
    return Reply.json({}, note=_note(made))


def reconcile(branch: Branch, call: Call) -> Reply:
    made = branch.credits.reconcile(call.app, *_change(call.body))
    asked = call.app.profile.reconcile_amount == "asked"
    view = made.reconciliation_view(-call.body["amount"] if asked else None)
    return Reply.json(view, note=_note(made))


def history(branch: Branch, call: Call) -> Reply:
    return _history(branch, call, call.query)


def history_post(branch: Branch, call: Call) -> Reply:
    return _history(branch, call, call.body)


def _history(branch: Branch, call: Call, page: Mapping[str, Any]) -> Reply:
    rows = branch.credits.history(
        call.app,
        who(page),
        bucket=page.get("bucket"),
        begin_after_id=page.get("begin_after_id"),
        length=page.get("length", DEFAULT_LENGTH),
        ascending=page.get("direction") in ASCENDING,
    )
    return Reply.json([row.history_view() for row in rows])


def _change(body: Mapping[str, Any]) -> tuple[Who, int, str]:
    return who(body), body["amount"], body.get("bucket", DEFAULT_BUCKET)


def _note(made: Transaction) -> str:
    return f"{made.amount:+d} {made.bucket} for {made.identity_id}"
