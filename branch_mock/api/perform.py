"""One call, from its raw parts to its reply: the order of checks (contract 3)."""

from typing import TypeVar

from branch_mock.api.access import authorise
from branch_mock.api.call import Call, Endpoint, Reply
from branch_mock.operations.apps import Apps
from branch_mock.validation import schema_of

S = TypeVar("S")


def perform(subject: S, apps: Apps, endpoint: Endpoint[S], call: Call) -> Reply:
    """Answer a call by working on `subject`. Raises ApiError; then nothing has changed."""
    schema = schema_of(endpoint.schema)
    schema.check_kind(call.body)
    call.resolved = authorise(apps, endpoint.credentials, call.path, call.query, call.body)
    call.query, call.body = schema.check(call.path, call.query, call.body)
    return endpoint.handler(subject, call)
