"""`/_mock/docs`: one page with every operation, what it takes, and a form that tries it.

It is made here, from the tables; its script talks to the server that it came from and nobody else.
"""

from collections.abc import Iterator
from html import escape
from json import dumps
from typing import Any

from branch_mock import __version__
from branch_mock.api.call import Endpoint
from branch_mock.domain.apps import App
from branch_mock.reference import examples, openapi
from branch_mock.reference.docs_style import PAGE
from branch_mock.reference.limits import kind, told
from branch_mock.reference.tables import LINKS_GROUP, Tables, parts_of, rows, tag_of
from branch_mock.validation import Json, load

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""What the page may load: nothing but answers of its own server. And no other page may show it as
its own, for people to press its buttons there."""

_PLACES = ("path", "query", "body")


def html(tables: Tables, app: App) -> str:
    """The page, with the credentials of `app` filled in."""
    tags: dict[str, list[str]] = {}
    for group, endpoint in rows(tables):
        tags.setdefault(tag_of(group, endpoint), []).append(_operation(group, endpoint, app))
    nav = " ".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in tags)
    sections = "\n".join(
        f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>\n{"".join(found)}</section>'
        for tag, found in tags.items()
    )
    return PAGE.format(
        version=escape(__version__),
        nav=nav,
        key=escape(app.branch_key),
        secret=escape(app.branch_secret),
        sections=sections,
    )


def _operation(group: str, endpoint: Endpoint[Any], app: App) -> str:
    schema = load(endpoint.schema)
    shown = [e for e in examples.of(endpoint) if e.succeeds] or examples.of(endpoint)
    return _OPERATION.format(
        name=escape(endpoint.name),
        method=endpoint.method,
        path=escape(openapi.path_of(endpoint)),
        summary=escape(endpoint.summary),
        about=escape(openapi.description_of(endpoint, schema)),
        section=escape(endpoint.section),
        fields="".join(_fields(endpoint, schema)) or _NO_FIELDS,
        examples="".join(_example(endpoint, example) for example in examples.of(endpoint)),
        form=_form(endpoint, schema, shown[0] if shown else None, app),
        note=_LINK_NOTE if group == LINKS_GROUP else "",
    )


def _fields(endpoint: Endpoint[Any], schema: Json) -> Iterator[str]:
    """A row of the table for each field; the credentials come first."""
    names = openapi.credentials_of(endpoint)
    for name in names:
        need = "" if name == "app_id" else "required"
        yield _row(name, "query or body", "text", "", need, openapi.CREDENTIALS[name])
    for place in _PLACES:
        part = parts_of(schema, place)
        for name, field in part.get("properties", {}).items():
            if name in names:
                continue
            needed = name in part.get("required", ()) or place == "path"
            yield _row(
                name,
                place,
                kind(field),
                told(field),
                "required" if needed else "",
                field.get("description", ""),
            )


def _row(*cells: str) -> str:
    name, *rest = (escape(cell) for cell in cells)
    return f'<tr><th scope="row"><code>{name}</code></th><td>{"</td><td>".join(rest)}</td></tr>\n'


def _example(endpoint: Endpoint[Any], call: examples.Call) -> str:
    """A button that fills in a documented call."""
    values = dumps(
        {
            "path": examples.path_of(endpoint, call),
            "query": dict(call.query),
            "body": "" if call.body is None else dumps(call.body, indent=2, ensure_ascii=False),
        }
    )
    return (
        f'<button type="button" class="example" data-values="{escape(values)}">'
        f"{escape(call.summary)}</button>\n"
    )


def _form(endpoint: Endpoint[Any], schema: Json, example: examples.Call | None, app: App) -> str:
    known = {"branch_key": app.branch_key, "branch_secret": app.branch_secret}
    path = {**(examples.path_of(endpoint, example) if example else {}), **known}
    inputs = [
        _input(endpoint, "path", name, path.get(name, "")) for name in openapi.in_path(endpoint)
    ]
    query = {**(dict(example.query) if example else {}), **known}
    named = parts_of(schema, "query").get("properties", {})
    in_query = [] if endpoint.method in openapi.TAKES_BODY else openapi.credentials_of(endpoint)
    inputs += (
        _input(endpoint, "query", name, query.get(name, ""))
        for name in dict.fromkeys((*in_query, *named))
        if name != "app_id"
    )
    if endpoint.method in openapi.TAKES_BODY and parts_of(schema, "body"):
        inputs.append(_textarea(endpoint, _body(endpoint, schema, example, known)))
    return "".join(inputs)


def _body(
    endpoint: Endpoint[Any], schema: Json, example: examples.Call | None, known: Json
) -> object:
    """The documented body with the credentials of this server, or the least that is valid."""
    names = [name for name in openapi.credentials_of(endpoint) if name in known]
    part = parts_of(schema, "body")
    if part.get("type") == "array":
        return example.body if example else []
    body = dict(example.body) if example and isinstance(example.body, dict) else _least(part)
    return {**{name: known[name] for name in names}, **body, **{n: known[n] for n in names}}


def _least(part: Json) -> Json:
    together = [names[0] for names in openapi.needed_together(part)]
    names = [*part.get("required", ()), *together]
    return {name: _some(part.get("properties", {}).get(name, {})) for name in names}


def _some(field: Json) -> object:
    """A value that a field may have."""
    if "enum" in field:
        return field["enum"][0]
    return {"integer": 1, "number": 1, "array": [], "object": {}, "boolean": False}.get(
        str(field.get("type")), "text"
    )


def _input(endpoint: Endpoint[Any], place: str, name: str, value: str) -> str:
    id_ = escape(f"{endpoint.name}-{place}-{name}")
    return (
        f'<p><label for="{id_}">{escape(name)} <small>{place}</small></label>'
        f'<input id="{id_}" data-place="{place}" name="{escape(name)}" value="{escape(value)}" '
        'autocomplete="off" spellcheck="false"></p>\n'
    )


def _textarea(endpoint: Endpoint[Any], body: object) -> str:
    id_ = escape(f"{endpoint.name}-body")
    text = dumps(body, indent=2, ensure_ascii=False)
    return (
        f'<p><label for="{id_}">body <small>JSON</small></label>'
        f'<textarea id="{id_}" data-place="body" rows="{min(text.count(chr(10)) + 2, 16)}" '
        f'spellcheck="false">{escape(text)}</textarea></p>\n'
    )


_NO_FIELDS = '<tr><td colspan="6">It takes nothing.</td></tr>'
_LINK_NOTE = (
    '<p class="note">A browser does not show a page where a redirect leads; '
    "what is shown here is that there is one. Open the address itself to follow it.</p>"
)
_OPERATION = """<details class="operation" id="{name}">
<summary><span class="method {method}">{method}</span> <code>{path}</code>
<span class="what">{summary}</span></summary>
<p>{about} <span class="contract">Contract {section}.</span></p>{note}
<div class="wide"><table><thead><tr><th scope="col">field</th><th scope="col">in</th>
<th scope="col">type</th><th scope="col">limits</th><th scope="col">needed</th>
<th scope="col">meaning</th></tr></thead><tbody>
{fields}</tbody></table></div>
<form class="try" data-method="{method}" data-path="{path}" aria-label="Try {name}">
<div class="examples">{examples}</div>
{form}<button type="submit">Send</button>
<output aria-live="polite"></output>
</form>
</details>
"""
