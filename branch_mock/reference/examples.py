"""The documented calls of `fixtures/examples`, by the endpoint that they are calls of."""

import json
import re
import shlex
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from branch_mock.api.call import Endpoint
from branch_mock.data import folder
from branch_mock.validation import Json

_PARAMETER = re.compile(r"{(\w+)(\*?)}")


class Call(NamedTuple):
    """One documented call. path: its parameters by name. query: its pairs as they come.

    body: its JSON; None where it has none. succeeds: whether the documented reply is no error.
    """

    name: str
    method: str
    url_path: str
    query: tuple[tuple[str, str], ...]
    body: Any
    succeeds: bool

    @property
    def summary(self) -> str:
        """Its name in words."""
        return self.name.partition("/")[2].replace("-", " ")


def of(endpoint: Endpoint[Any]) -> list[Call]:
    """The documented calls of an endpoint, by name."""
    pattern = _pattern(endpoint.path)
    return [
        call
        for call in _all()
        if call.method == endpoint.method and pattern.fullmatch(call.url_path)
    ]


def path_of(endpoint: Endpoint[Any], call: Call) -> dict[str, str]:
    """What the parameters in an endpoint's path are in a call of it."""
    found = _pattern(endpoint.path).fullmatch(call.url_path)
    return {} if found is None else found.groupdict()


def _pattern(path: str) -> re.Pattern[str]:
    """An endpoint's path as a pattern. One that takes any path has no documented calls."""
    parts = _PARAMETER.sub(lambda m: f"(?P<{m[1]}>{'(?!)' if m[2] else '[^/]+'})", path)
    return re.compile(parts.replace(".", r"\.") if "(" not in parts else parts)


@cache
def _all() -> tuple[Call, ...]:
    """By their names, of which each has its own."""
    files = (folder("fixtures") / "examples").rglob("*.json")
    return tuple(sorted(_read(json.loads(file.read_text("utf-8"))) for file in files))


def _read(example: Json) -> Call:
    request = example["request"]
    parts = urlsplit(_substituted(request["url"], request))
    return Call(
        name=example["name"],
        method=request["method"],
        url_path=parts.path,
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        body=_body(request),
        succeeds=example["reply"]["status"] < 400,  # noqa: PLR2004 - where errors begin
    )


def _body(request: Json) -> Any:
    text = "\n".join(request.get("body", ()))
    if "curl" in request:
        command = "\n".join(request["curl"]).replace("\\\n", "")  # lines that go on
        words = shlex.split(_substituted(command, request))
        text = words[words.index("-d") + 1] if "-d" in words else ""
    return json.loads(_substituted(text, request)) if text else None


def _substituted(text: str, request: Json) -> str:
    for documented, meant in request.get("substitutions", {}).items():
        text = text.replace(documented, meant)
    return text
