"""The emulated surface as an OpenAPI 3.1 document, built from the tables and the schemas.

What later tables and schemas add appears by itself. Equal tables give equal bytes.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from branch_mock import __version__
from branch_mock.api.call import (
    MEDIA_EVENTS,
    MEDIA_HTML,
    MEDIA_JSON,
    MEDIA_SCRIPT,
    Credentials,
    Endpoint,
)
from branch_mock.api.scripts import FUNCTION, MAX_FUNCTION
from branch_mock.data import folder
from branch_mock.domain.links import RESERVED_PATHS
from branch_mock.errors import (
    ApiError,
    BodyTooLarge,
    InvalidRequest,
    NotReady,
)
from branch_mock.live import KINDS
from branch_mock.reference import examples, sent
from branch_mock.reference.tables import EXPORTS_GROUP, LINKS_GROUP, Tables, parts_of, rows, tag_of
from branch_mock.validation import Json, load

JSON = MEDIA_JSON
FORM = "application/x-www-form-urlencoded"
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
            "schemas": {
                "Error": _without_dialect(load("error.json")),
                "FieldErrors": _without_dialect(load("field_errors.json")),
            },
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
    if endpoint.jsonp and endpoint.method == "POST":
        said.append(_SCRIPTED)
    if "*}" in endpoint.path:
        said.append("The parameter takes the whole rest of the path, slashes too.")
    return " ".join(said)


_SCRIPTED = (
    "A script element may GET it: with callback, and the base64 of its JSON body in data or"
    " post_data."
)


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
    if endpoint.jsonp:
        yield _parameter("callback", "query", _CALLBACK, required=False)


_CALLBACK = {
    "type": "string",
    "maxLength": MAX_FUNCTION,
    "pattern": f"^{FUNCTION}$(?![\\s\\S])",
    "description": "Name of a function: the answer is a script that calls it.",
}


def _parameter(name: str, place: str, field: Json, *, required: bool) -> Json:
    schema = dict(sent.form_field(field, required=required) or field)
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
    if endpoint.name in _AS_THEY_STAND:
        whole = _without_dialect(sent.as_it_stands(load(_AS_THEY_STAND[endpoint.name])))
        return {"required": False, "content": {JSON: {"schema": whole}}}
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


_AS_THEY_STAND = {"control.seed": "seed.json"}
"""Bodies that have a schema of their own, by which they are checked without being read first."""


def _responses(group: str, endpoint: Endpoint[Any]) -> Json:
    found: Json = {"200": _success(group, endpoint)}
    if _leads(group, endpoint):
        location = {"schema": {"type": "string", "format": "uri"}, "required": True}
        found["307"] = {
            "description": "Where the link leads on this device.",
            "headers": {"Location": location},
        }
    for status, why in sorted(_refusals(endpoint).items()):
        found[str(status)] = _refusal(group, endpoint, status, why)
    return found


def _leads(group: str, endpoint: Endpoint[Any]) -> bool:
    """Whether it sends its caller on to where a link leads."""
    return group == LINKS_GROUP and endpoint.produces == MEDIA_HTML


def _success(group: str, endpoint: Endpoint[Any]) -> Json:
    """What a call is answered with: JSON as its schema says, or what else its row says."""
    name = endpoint.schema.replace(".json", ".reply.json")
    described, content = "What it is about.", {}
    if (folder("schemas") / name).is_file():
        reply = _without_dialect(load(name))
        described = reply.pop("title")
        content[JSON] = {"schema": reply}
    kinds = {endpoint.produces} - {JSON}
    if _leads(group, endpoint):
        described = "A page, where no redirect is. With ?click=click the click alone."
    if endpoint.jsonp or _leads(group, endpoint):
        kinds.add(MEDIA_SCRIPT)
    content |= {kind: _text_or_bytes(kind) for kind in sorted(kinds)}
    return {"description": described, "content": content}


def _text_or_bytes(kind: str) -> Json:
    """How an answer of a media type other than JSON is described; bytes have no schema."""
    if kind == MEDIA_EVENTS:
        return {"schema": _SERVER_SENT}
    return {"schema": {"type": "string"}} if kind in _TEXTS else {}


_TEXTS = frozenset({MEDIA_HTML, MEDIA_SCRIPT})
_SERVER_SENT: Json = {
    "description": "One of the events; its data is JSON.",
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"enum": [*KINDS, "missed"]},
        "data": {"type": "string", "contentMediaType": JSON},
    },
}


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


def _refusal(group: str, endpoint: Endpoint[Any], status: int, why: str) -> Json:
    hint = {"X-Branch-Mock-Hint": {"$ref": "#/components/headers/Hint"}}
    if group == EXPORTS_GROUP:  # as S3 words it
        xml: Json = {"application/xml": {"schema": {"type": "string"}}}
        return {"description": why, "headers": hint, "content": xml}
    schema: Json = {"$ref": "#/components/schemas/Error"}
    if endpoint.field_errors and status == InvalidRequest.status:
        schema = {"anyOf": [schema, {"$ref": "#/components/schemas/FieldErrors"}]}
    content: Json = {JSON: {"schema": schema}}
    if endpoint.produces != JSON:
        content[endpoint.produces] = _text_or_bytes(endpoint.produces)
    return {
        "description": why,
        "headers": hint,
        "content": content,
    }


def _without_dialect(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key != "$schema"}
