"""One call, from its raw parts to its reply: the order of checks (contract 3)."""

from branch_mock.api.access import authorise
from branch_mock.api.call import Call, Endpoint, Reply
from branch_mock.branch import Branch
from branch_mock.validation import schema_of


def perform(branch: Branch, endpoint: Endpoint, call: Call) -> Reply:
    """Answer a call. Raises ApiError; then nothing has changed (contract 3)."""
    schema = schema_of(endpoint.schema)
    schema.check_kind(call.body)
    call.resolved = authorise(branch.apps, endpoint.credentials, call.path, call.query, call.body)
    call.sent = call.body
    call.query, call.body = schema.check(call.path, call.query, call.body)
    return endpoint.handler(branch, call)
