"""One call, from its raw parts to its reply: the order of checks (contract 3)."""

from branch_mock.api.access import authorise
from branch_mock.api.call import Call, Credentials, Endpoint, Reply
from branch_mock.branch import Branch
from branch_mock.domain.apps import App
from branch_mock.validation import schema_of


def perform(branch: Branch, endpoint: Endpoint, call: Call) -> Reply:
    """Answer a call. Raises ApiError; then nothing has changed (contract 3)."""
    schema = schema_of(endpoint.schema)
    schema.check_kind(call.body)
    call.resolved = authorise(branch.apps, endpoint.credentials, call.path, call.query, call.body)
    if endpoint.credentials is Credentials.EVENT:
        schema = schema_of(event_schema(call.app))
    call.sent = call.body
    call.query, call.body = schema.check(call.path, call.query, call.body)
    return endpoint.handler(branch, call)


def event_schema(app: App) -> str:
    """What an app's events must have: its profile may make the identity optional (contract 1)."""
    optional = app.profile.event_credentials == "optional"
    return "events/create.anonymous.json" if optional else "events/create.json"
