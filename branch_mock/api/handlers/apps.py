"""Apps over HTTP (contract 7)."""

from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain import apps as domain


def get(branch: Branch, call: Call) -> Reply:  # noqa: ARG001 - the credentials lead to the app
    return Reply.json(call.app.view())


def create(branch: Branch, call: Call) -> Reply:
    app = branch.apps.create(call.body["user_id"], call.body)
    return Reply.json(app.creation_view(call.sent), note=f"app {app.id}")


def update(branch: Branch, call: Call) -> Reply:
    app = branch.apps.update(call.app, call.body)
    return Reply.json(app.view(), note=f"app {app.id} updated")


def apple_app_site_association(branch: Branch, call: Call) -> Reply:
    return Reply.json(domain.apple_app_site_association(branch.apps.at(call.path["domain"])))


def asset_links(branch: Branch, call: Call) -> Reply:
    return Reply.json(domain.asset_links(branch.apps.at(call.path["domain"])))
