"""Who is calling: finds key and secret in path, query or body (contract 3)."""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

from branch_mock.api.call import Credentials
from branch_mock.domain.apps import App
from branch_mock.errors import InvalidCredentials
from branch_mock.operations.apps import Apps

_NO_FIELDS: Mapping[str, Any] = {}


def authorise(
    apps: Apps, needed: Credentials, path: Mapping[str, str], query: Mapping[str, Any], body: object
) -> App | None:
    """The calling app, or None where no credentials are needed. Raises InvalidCredentials."""
    if needed is Credentials.NONE:
        return None
    fields: Mapping[str, Any] = body if isinstance(body, dict) else _NO_FIELDS
    app = apps.find(
        path.get("branch_key")
        or _first(query, fields, "branch_key")
        or _text(_first(query, fields, "app_id"))
    )
    secret = _first(query, fields, "branch_secret")
    if needed is Credentials.SECRET or (
        needed is Credentials.EVENT
        and (secret is not None or app.profile.event_credentials == "required")
    ):
        check_secret(app, secret)
    return app


def claimed_key(
    apps: Apps, path: Mapping[str, str], query: Mapping[str, Any], body: object
) -> str | None:
    """The Branch key that a request names, known or not: its own, that of the app id which stands
    in for it, or that of the app whose link domain it is at."""
    fields: Mapping[str, Any] = body if isinstance(body, dict) else _NO_FIELDS
    key = path.get("branch_key") or _first(query, fields, "branch_key")
    if isinstance(key, str):
        return key
    app_id = _first(query, fields, "app_id")
    named = None if app_id is None else apps.known(_text(app_id))
    owner = apps.owner(path.get("domain", "")) if named is None else named
    return None if owner is None else owner.branch_key


def check_secret(app: App, secret: object) -> None:
    """Raises InvalidCredentials unless `secret` is the app's."""
    if not isinstance(secret, str) or not compare_digest(
        secret.encode(), app.branch_secret.encode()
    ):
        raise InvalidCredentials("branch_secret")


def _first(query: Mapping[str, Any], body: Mapping[str, Any], name: str) -> Any:
    return query.get(name) or body.get(name)


def _text(value: object) -> object:
    return str(value) if type(value) is int else value
