"""One call, from its raw parts to its reply: the order of checks (contract 3)."""

from typing import TypeVar

from branch_mock.api.access import authorise
from branch_mock.api.call import Call, Credentials, Endpoint, Reply
from branch_mock.api.scripts import read_callback
from branch_mock.domain.apps import App
from branch_mock.errors import InvalidFields, InvalidRequest
from branch_mock.misspelt import names_of
from branch_mock.operations.apps import Apps
from branch_mock.validation import schema_of

S = TypeVar("S")


def perform(subject: S, apps: Apps, endpoint: Endpoint[S], call: Call) -> Reply:
    """Answer a call by working on `subject`. Raises ApiError; then nothing has changed."""
    schema = schema_of(endpoint.schema)
    schema.check_kind(call.body)
    call.resolved = authorise(apps, endpoint.credentials, call.path, call.query, call.body)
    if endpoint.credentials is Credentials.EVENT:
        schema = schema_of(event_schema(call.app))
    callback = read_callback(call.query) if endpoint.jsonp else None
    call.sent = call.body
    try:
        call.query, call.body = schema.check(call.path, call.query, call.body)
        if call.query or call.body:
            call.hint = names_of(endpoint.schema).misspelt(call.query, call.body)
        reply = endpoint.handler(subject, call)
    except InvalidRequest as error:
        if endpoint.field_errors:
            raise InvalidFields(error.violations, schema.read(call.sent)) from None
        raise
    return reply if callback is None else reply.called_back(callback)


def event_schema(app: App) -> str:
    """What an app's events must have: its profile may make the identity optional (contract 1)."""
    optional = app.profile.event_credentials == "optional"
    return "events/create.anonymous.json" if optional else "events/create.json"
