"""The emulated surface as an OpenAPI 3.1 document, built from the tables and the schemas.

What later tables and schemas add appears by itself. Equal tables give equal bytes.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from branch_mock import __version__
from branch_mock.api.call import Credentials, Endpoint
from branch_mock.data import folder
from branch_mock.domain.links import RESERVED_PATHS
from branch_mock.errors import (
    ApiError,
    BodyTooLarge,
    InvalidRequest,
    NotReady,
)
from branch_mock.reference import examples, sent
from branch_mock.reference.tables import EXPORTS_GROUP, LINKS_GROUP, Tables, parts_of, rows, tag_of
from branch_mock.validation import Json, load

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
HTML = "text/html"
TAKES_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_PARAMETER = re.compile(r"{(\w+)\*?}")
_HAS_SECRET = frozenset({Credentials.SECRET, Credentials.EVENT})
CREDENTIALS = {
    "branch_key": "Branch key of an app; in the body where there is one, or in the query.",
    "branch_secret": "Branch secret of that app, beside the key.",
    "app_id": "Id of the app, in place of its key.",
}
_ABOUT = """A local emulator of the Branch.io HTTP API. Every text is UTF-8 without NUL characters.
Unknown fields are ignored and null means absent. Credentials may come in the query or the body.
Faults that are laid at /_mock/faults may answer anything."""


def text(tables: Tables) -> str:
    """The document as JSON, ending in a newline."""
    return json.dumps(document(tables), indent=1, ensure_ascii=False) + "\n"


def document(tables: Tables) -> Json:
    """The document. `tag` is an endpoint's noun, or `control`; `operationId` is its name."""
    paths: Json = {}
    for group, endpoint in rows(tables):
        operations = paths.setdefault(path_of(endpoint), {})
        operations[endpoint.method.lower()] = _operation(group, endpoint)
    tags = dict.fromkeys(tag_of(group, endpoint) for group, endpoint in rows(tables))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "branch_mock",
            "version": __version__,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "this server"}],
        "tags": [{"name": tag} for tag in tags],
        "paths": paths,
        "components": {
            "schemas": {"Error": _without_dialect(load("error.json"))},
            "securitySchemes": {
                name: {"type": "apiKey", "in": "query", "name": name, "description": meaning}
                for name, meaning in CREDENTIALS.items()
            },
            "headers": {
                "Hint": {
                    "description": "Why the call was refused and what to do about it.",
                    "schema": {"type": "string"},
                }
            },
        },
        "x-reserved-link-paths": [f"{name}/" for name in RESERVED_PATHS],
    }


def _operation(group: str, endpoint: Endpoint[Any]) -> Json:
    schema = load(endpoint.schema)
    found: Json = {
        "operationId": endpoint.name,
        "tags": [tag_of(group, endpoint)],
        "summary": endpoint.summary,
        "description": description_of(endpoint, schema),
        "x-contract-section": endpoint.section,
        "security": _security(endpoint),
        "parameters": list(_parameters(endpoint, schema)),
    }
    body = parts_of(schema, "body")
    if endpoint.method in TAKES_BODY and body:
        found["requestBody"] = _body(endpoint, body)
    found["responses"] = _responses(group, endpoint)
    return {key: value for key, value in found.items() if value not in ("", [])}


def path_of(endpoint: Endpoint[Any]) -> str:
    """An endpoint's path, its parameters in braces."""
    return _PARAMETER.sub(r"{\1}", endpoint.path)


def description_of(endpoint: Endpoint[Any], schema: Json) -> str:
    """What an endpoint's call needs, in words."""
    said = []
    if endpoint.credentials is not Credentials.NONE:
        said.append(f"Credentials: {endpoint.credentials.value}.")
    together = needed_together(parts_of(schema, "query"))
    said += (f"One of {', '.join(names)} is required." for names in together)
    if endpoint.method in TAKES_BODY:
        said.append(f"The body may have {endpoint.max_body:,} bytes.")
    if "*}" in endpoint.path:
        said.append("The parameter takes the whole rest of the path, slashes too.")
    return " ".join(said)


def needed_together(part: Json) -> list[list[str]]:
    """Groups of fields of which one is required."""
    names = [name for choice in part.get("anyOf", ()) for name in choice.get("required", ())]
    return [names] if names else []


def in_path(endpoint: Endpoint[Any]) -> list[str]:
    """The names of the parameters in an endpoint's path."""
    return _PARAMETER.findall(endpoint.path)


def credentials_of(endpoint: Endpoint[Any]) -> list[str]:
    """The credentials that a call takes besides those in its path."""
    if endpoint.credentials is Credentials.NONE:
        return []
    names = list(CREDENTIALS) if endpoint.credentials in _HAS_SECRET else ["branch_key", "app_id"]
    return ["branch_secret"] * ("branch_secret" in names) if in_path(endpoint) else names


def _security(endpoint: Endpoint[Any]) -> list[Json]:
    """Each way to send credentials; the empty one stands for those in a body, or in the path."""
    names = credentials_of(endpoint)
    secret: Json = {"branch_secret": []} if "branch_secret" in names else {}
    ways = [{name: [], **secret} for name in names if name != "branch_secret"]
    if not ways and secret:
        ways = [secret]
    return [*ways, {}] if endpoint.method in TAKES_BODY and ways else ways


def _parameters(endpoint: Endpoint[Any], schema: Json) -> Any:
    described = parts_of(schema, "path").get("properties", {})
    for name in in_path(endpoint):
        yield _parameter(name, "path", described.get(name, {"type": "string"}), required=True)
    query = parts_of(schema, "query")
    secured = credentials_of(endpoint)
    for name, field in query.get("properties", {}).items():
        if name in secured:
            continue
        yield _parameter(name, "query", field, required=name in query.get("required", ()))


def _parameter(name: str, place: str, field: Json, *, required: bool) -> Json:
    schema = dict(sent.form_field(field) or field)
    description = schema.pop("description", None)
    found: Json = {"name": name, "in": place, "required": required}
    if description is not None:
        found["description"] = description
    if schema.get("type") == "array":
        found |= {"style": "form", "explode": True}
    if place == "path" and schema.get("type") == "string" and "minLength" not in schema:
        schema["minLength"] = 1
    return {**found, "schema": schema}


def _body(endpoint: Endpoint[Any], schema: Json) -> Json:
    if schema.get("type") == "object":
        known = {
            name: {"type": "string", "description": CREDENTIALS[name]}
            for name in credentials_of(endpoint)
        }
        schema = {**schema, "properties": {**known, **schema.get("properties", {})}}
    content = {JSON: {"schema": sent.json_body(schema)}}
    shown = {
        example.name: {"summary": example.summary, "value": example.body}
        for example in examples.of(endpoint)
        if example.succeeds and example.body is not None
    }
    if shown:
        content[JSON]["examples"] = shown
    form = sent.form_body(schema)
    if form is not None and form["properties"]:
        content[FORM] = {"schema": form}
    needed = any(schema.get(key) for key in ("required", "anyOf", "minProperties"))
    return {"required": needed or schema.get("type") == "array", "content": content}


def _responses(group: str, endpoint: Endpoint[Any]) -> Json:
    found: Json = {"200": _success(group, endpoint)}
    if group == LINKS_GROUP:
        location = {"schema": {"type": "string", "format": "uri"}, "required": True}
        found["307"] = {
            "description": "Where the link leads on this device.",
            "headers": {"Location": location},
        }
    for status, why in sorted(_refusals(endpoint).items()):
        found[str(status)] = _refusal(group, endpoint, why)
    return found


def _success(group: str, endpoint: Endpoint[Any]) -> Json:
    name = endpoint.schema.replace(".json", ".reply.json")
    if not (folder("schemas") / name).is_file():
        described = "A page, where no redirect is." if group == LINKS_GROUP else "What it is about."
        content: Json = {endpoint.produces: {"schema": {"type": "string"}}}
        return {"description": described, "content": content}
    reply = _without_dialect(load(name))
    return {"description": reply.pop("title"), "content": {JSON: {"schema": reply}}}


def _refusals(endpoint: Endpoint[Any]) -> Mapping[int, str]:
    """What is refused, by status."""
    kinds: list[type[ApiError]] = [InvalidRequest, *endpoint.errors]
    if endpoint.method in TAKES_BODY:
        kinds.append(BodyTooLarge)
    if endpoint.needs_seeds:
        kinds.append(NotReady)
    return {kind.status: _meaning(kind) for kind in kinds}


def _meaning(kind: type[ApiError]) -> str:
    if kind is InvalidRequest:
        return "Credentials, body or fields are not as they must be; the message says which."
    return (kind.__doc__ or HTTPStatus(kind.status).phrase).splitlines()[0]


def _refusal(group: str, endpoint: Endpoint[Any], why: str) -> Json:
    if group == EXPORTS_GROUP:  # as S3 words it
        return {"description": why, "content": {"application/xml": {"schema": {"type": "string"}}}}
    content: Json = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    if endpoint.produces != JSON:
        content[endpoint.produces] = {"schema": {"type": "string"}}
    return {
        "description": why,
        "headers": {"X-Branch-Mock-Hint": {"$ref": "#/components/headers/Hint"}},
        "content": content,
    }


def _without_dialect(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$schema"}
