"""The documented calls and replies of `fixtures/examples`: read, sent, compared.

`schemas/example.json` tells what an example holds.
"""

import csv
import gzip
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from branch_mock import BranchMock, FrozenClock
from branch_mock.api.endpoints import API, LINKS
from branch_mock.api.router import Router
from branch_mock.data import folder
from branch_mock.domain.addresses import clean_path, is_branch_link_domain
from tests.client import TIMEOUT, check_reply

DEFAULT_NOW = "2016-01-20T12:00:00Z"
_API, _LINKS = Router(API), Router(LINKS)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:43.0) Gecko/20100101 Firefox/43.0"
"""Who follows a link, since the documents do not say: no bot, no phone."""

_CURL_SETTINGS = 'silent\nshow-error\nnoproxy = "*"\nmax-time = 10\nwrite-out = "\\n%{http_code}"\n'


class Answer(NamedTuple):
    """What came back. body: its JSON; None when it is empty or no JSON."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Example:
    """One file of `fixtures/examples`; `content` is its JSON."""

    file: Path
    content: Mapping[str, Any]

    @property
    def name(self) -> str:
        """`noun/operation`."""
        return str(self.content["name"])

    @property
    def request(self) -> Mapping[str, Any]:
        """The documented request."""
        request: Mapping[str, Any] = self.content["request"]
        return request

    @property
    def url(self) -> str:
        """The documented address, placeholders replaced."""
        return substituted(self.request["url"], self.request)

    @property
    def documented(self) -> str:
        """Every text of the request and the reply as the document has it."""
        reply = self.content["reply"]
        parts = (self.request.get("curl"), self.request.get("body"), reply.get("text"))
        return "\n".join([self.request["url"], *("\n".join(part) for part in parts if part)])

    @property
    def has_endpoint(self) -> bool:
        """Whether a table has an endpoint for this call."""
        parts = urlsplit(self.url)
        router = _LINKS if is_branch_link_domain(parts.netloc) else _API
        found = router.find(clean_path(parts.path))
        return found is not None and self.request["method"] in found[0]

    def start(self, profile: str = "documented") -> BranchMock:
        """A fresh server with the default seed, its clock where the example wants it."""
        clock = FrozenClock(self.content.get("now", DEFAULT_NOW))
        return BranchMock(clock=clock, profile=profile)


def load_examples() -> list[Example]:
    """Every example, by name."""
    files = sorted((folder("fixtures") / "examples").rglob("*.json"))
    return [Example(file, json.loads(file.read_text("utf-8"))) for file in files]


def substituted(text: str, holder: Mapping[str, Any]) -> str:
    """`text` with the substitutions of a request or reply made."""
    for documented, meant in holder.get("substitutions", {}).items():
        text = text.replace(documented, meant)
    return text


def send(example: Example, mock: BranchMock, folder_for_curl: Path) -> Answer:
    """Make the documented call, by curl where the document does."""
    if "curl" in example.request:
        return _send_by_curl(example, mock, folder_for_curl)
    response = send_to(example, mock.url)
    check_reply(example.request["method"], urlsplit(example.url).path, response)
    return Answer(response.status_code, json_of(response), response.headers)


def send_to(example: Example, server: str) -> requests.Response:
    """Send the documented request to `server`, under the documented Host."""
    body = "\n".join(example.request.get("body", ()))
    parts = urlsplit(example.url)
    with requests.Session() as session:
        session.trust_env = False
        request = requests.Request(
            example.request["method"],
            server,
            headers={
                "Host": parts.netloc,
                "User-Agent": BROWSER,
                **example.request.get("headers", {}),
            },
            data=substituted(body, example.request).encode() or None,
        ).prepare()
        request.url = example.url.replace(f"{parts.scheme}://{parts.netloc}", server, 1)
        return session.send(request, timeout=TIMEOUT, allow_redirects=False)


def json_of(response: requests.Response) -> Any:
    """The JSON of a response; None for an empty body and other types."""
    kind = response.headers.get("Content-Type", "")
    return response.json() if response.content and "application/json" in kind else None


def _send_by_curl(example: Example, mock: BranchMock, home: Path) -> Answer:
    """Run the documented command: only the address is another. curl's settings come by file."""
    (home / ".curlrc").write_text(_CURL_SETTINGS, "utf-8")
    host = "{0.scheme}://{0.netloc}".format(urlsplit(example.url))
    command = substituted("\n".join(example.request["curl"]), example.request)
    done = subprocess.run(
        ["sh", "-c", command.replace(host, mock.url)],
        env={"CURL_HOME": str(home), "HOME": str(home), "PATH": "/usr/local/bin:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT * 2,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    body, _, status = done.stdout.rpartition("\n")
    return Answer(int(status), json.loads(body), {})


class _Any:
    """Stands for any value in an expected reply."""


ANY = _Any()


def expected_body(example: Example, differences: int | None = None) -> Any:
    """The documented body with the differences made, or the first few of them.

    In it `ANY` stands for any value and a compiled pattern for any text that it finds.
    """
    reply = example.content["reply"]
    body: Any = None
    if "keys" in reply:
        body = dict.fromkeys(reply["keys"], ANY)
    elif "text" in reply:
        body = json.loads(substituted("\n".join(reply["text"]), reply))
        if example.content["compare"] == "shape":
            body = _any_leaves(body)
    for difference in example.content.get("differences", ())[:differences]:
        body = _changed(body, difference["path"].split("/")[1:], _wanted(difference))
    return body


def _any_leaves(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _any_leaves(item) for key, item in value.items()}
    return [_any_leaves(item) for item in value] if isinstance(value, list) else ANY


def _wanted(difference: Mapping[str, Any]) -> Any:
    if "pattern" in difference:
        return re.compile(difference["pattern"])
    return ANY if "any" in difference else difference["value"]


def _changed(body: Any, steps: list[str], wanted: Any) -> Any:
    if not steps:
        return wanted
    step, *rest = steps
    if isinstance(body, list):
        at = int(step)
        return [*body[:at], _changed(body[at], rest, wanted), *body[at + 1 :]]
    return {**body, step: _changed(body.get(step), rest, wanted)}


def mismatches(
    expected: Any, actual: Any, *, others_free: bool = False, path: str = ""
) -> Iterator[str]:
    """Where a body is not the expected one. `others_free`: keys not expected do not matter."""
    if expected is ANY:
        return
    if isinstance(expected, re.Pattern):
        if not isinstance(actual, str) or not expected.search(actual):
            yield f"{path}: {actual!r} is not of the form {expected.pattern}"
    elif isinstance(expected, dict) and isinstance(actual, dict):
        known = expected.keys() - {"*"}
        yield from (f"{path}/{key}: missing" for key in sorted(known - actual.keys()))
        if not others_free and "*" not in expected:
            yield from (f"{path}/{key}: unexpected" for key in sorted(actual.keys() - known))
        for key in sorted(known & actual.keys()):
            yield from mismatches(
                expected[key], actual[key], others_free=others_free, path=f"{path}/{key}"
            )
    elif isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        for at, pair in enumerate(zip(expected, actual, strict=True)):
            yield from mismatches(*pair, others_free=others_free, path=f"{path}/{at}")
    elif type(expected) is not type(actual) or expected != actual:
        yield f"{path}: {actual!r} instead of {expected!r}"


def assert_documented(example: Example, answer: Answer) -> None:
    """Fail unless the answer is the documented one, as far as the example says."""
    reply = example.content["reply"]
    assert answer.status == reply["status"], answer.body
    for name, pattern in reply.get("headers", {}).items():
        assert re.search(pattern, answer.headers[name]), f"{name}: {answer.headers[name]}"
    free = example.content["compare"] == "values"
    found = list(mismatches(expected_body(example), answer.body, others_free=free))
    assert not found, "\n".join([*found, json.dumps(answer.body)])


def assert_files(example: Example, answer: Answer, server: str) -> None:
    """Fail unless the addresses in the reply lead to CSV files with the documented columns."""
    for pointer, columns in example.content.get("files", {}).items():
        value = answer.body
        for step in pointer.split("/")[1:]:
            value = value[int(step) if isinstance(value, list) else step]
        parts = urlsplit(value)
        with requests.Session() as session:
            session.trust_env = False
            response = session.get(
                server + parts.path, headers={"Host": parts.netloc}, timeout=TIMEOUT
            )
        assert response.status_code == 200, f"{value}: {response.status_code}"
        assert columns_of(response.content) == columns, value


def columns_of(compressed: bytes) -> list[str]:
    """The first row of a gzipped CSV file."""
    return next(csv.reader(gzip.decompress(compressed).decode().splitlines()))
