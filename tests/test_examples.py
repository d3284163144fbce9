"""The documented calls, replayed over HTTP (`fixtures/examples`, contract 5 to 10)."""

import gzip
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import jsonschema
import pytest
import requests

from branch_mock import BranchMock, Settings
from branch_mock.data import folder
from branch_mock.seeds import BUNDLED, read
from branch_mock.validation import is_valid, load
from tests.client import message_of
from tests.examples import (
    ANY,
    Answer,
    Example,
    assert_documented,
    assert_files,
    columns_of,
    expected_body,
    load_examples,
    mismatches,
    send,
    send_to,
)

EXAMPLES = load_examples()
REPLAYED = [example for example in EXAMPLES if example.has_endpoint]
MISSING = [example for example in EXAMPLES if not example.has_endpoint]
README = Path(__file__).parent.parent / "README.md"
NOUNS = {"apps", "credits", "events", "exports", "links"}
DOCUMENTED = {
    "POST /v1/url",
    "POST /v1/url/bulk/KEY",
    "GET /v1/url",
    "PUT /v1/url",
    "GET /a/KEY",
    "GET /v1/app/KEY",
    "POST /v1/app",
    "PUT /v1/app/KEY",
    "GET /v1/credits",
    "POST /v1/credits",
    "POST /v1/redeem",
    "POST /v1/reconcile",
    "GET /v1/credithistory",
    "POST /v1/event",
    "POST /v1/eventresponse",
    "POST /v2/export",
    "GET /v1/export/KEY",
}
PLACEHOLDER = r"key_live_\w+|your_Branch_key|:branch_key|\[branch key\]|XXXXX"
CREDENTIAL = re.compile(r"\b(?:key|secret)_(?:live|test)_[A-Za-z0-9]{32}\b")


def by_name(example: Example) -> str:
    return example.name


every_example = pytest.mark.parametrize("example", EXAMPLES, ids=by_name)


@pytest.mark.parametrize("example", REPLAYED, ids=by_name)
def test_the_documented_call_gets_the_documented_reply(example: Example, tmp_path: Path) -> None:
    with example.start() as mock:
        answer = send(example, mock, tmp_path)
        assert_documented(example, answer)
        assert_files(example, answer, mock.url)
    assert mock.failures == []


OTHERWISE = {"links/create-alias-taken": 200}
"""Its alias is taken on bnc.lt, but observed links are on a domain of the app's own."""


@pytest.mark.parametrize("example", REPLAYED, ids=by_name)
def test_the_documented_call_is_answered_in_the_observed_profile_too(
    example: Example, tmp_path: Path
) -> None:
    with example.start(profile="observed") as mock:
        answer = send(example, mock, tmp_path)
        status = OTHERWISE.get(example.name, example.content["reply"]["status"])
        assert answer.status == status, answer.body
        if example.name in {"links/view", "links/view-test-link"}:
            assert_documented(example, answer)
    assert mock.failures == []


def test_only_examples_without_an_endpoint_are_not_replayed() -> None:
    """The running server is asked, not the tables: it must know no such endpoint."""
    overlooked = []
    with BranchMock() as mock:
        for example in MISSING:
            response = send_to(example, mock.url)
            print(f"no endpoint yet: {example.request['method']} {example.url} ({example.name})")
            if not tells_of_no_endpoint(response, example.request["method"]):
                overlooked.append(example.name)
    assert overlooked == [], "these have an endpoint but are not replayed"


def tells_of_no_endpoint(response: requests.Response, method: str) -> bool:
    """A 404 or 405 that names the method is about the endpoint, not about what it would find."""
    return response.status_code in {404, 405} and method in message_of(response)


def test_the_server_is_believed_only_about_endpoints() -> None:
    """A link that is not found has an endpoint; so the check above can fail."""
    found = {example.name: example for example in EXAMPLES}
    view = found["links/view"]
    with BranchMock(Settings(port=0, seed=("demo",))) as mock:
        assert not tells_of_no_endpoint(send_to(view, mock.url), "GET")
    with BranchMock() as mock:
        assert not tells_of_no_endpoint(send_to(view, mock.url), "GET")
        request = {**view.request, "url": view.url.replace("/v1/url", "/v1/nothing")}
        nowhere = Example(view.file, {**view.content, "request": request})
        assert tells_of_no_endpoint(send_to(nowhere, mock.url), "GET")


def test_every_documented_endpoint_has_an_example() -> None:
    described = set()
    for example in EXAMPLES:
        path = urlsplit(example.request["url"]).path
        described.add(f"{example.request['method']} {re.sub(PLACEHOLDER, 'KEY', path)}")
    assert described == DOCUMENTED


def test_every_link_example_is_replayed() -> None:
    missing = {example.name.partition("/")[0] for example in MISSING}
    assert "links" not in missing
    assert {example.name.partition("/")[0] for example in EXAMPLES} == NOUNS


@every_example
def test_an_example_is_valid_and_lies_where_its_name_says(example: Example) -> None:
    jsonschema.Draft202012Validator(
        load("example.json"), format_checker=jsonschema.FormatChecker()
    ).validate(example.content)
    assert is_valid("example.json", example.content)
    assert example.file.relative_to(folder("fixtures") / "examples").as_posix() == (
        f"{example.name}.json"
    )
    pointed = (example.file.parent / example.content["$schema"]).resolve()
    assert pointed == (folder("schemas") / "example.json").resolve()


@every_example
def test_substitutions_replace_documented_text(example: Example) -> None:
    request, reply = example.request, example.content["reply"]
    for holder in (request, reply):
        for documented in holder.get("substitutions", {}):
            assert documented in example.documented
    if "curl" in request:
        assert request["url"] in example.documented.partition("\n")[2]
        assert f"-X {request['method']}" in example.documented


@every_example
def test_documented_values_are_used_where_there_are_any(example: Example) -> None:
    """An example that expects nothing would pass on every reply."""
    reply = example.content["reply"]
    assert expected_body(example) not in (ANY, None) or reply.get("headers")
    if example.content["compare"] == "shape":
        assert "keys" in reply or "text" in reply


@pytest.mark.parametrize("name", BUNDLED)
def test_a_bundled_seed_is_valid(name: str) -> None:
    seed = json.loads((folder("fixtures") / f"{name}.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(load("seed.json")).validate(seed)
    assert is_valid("seed.json", seed)


def test_every_key_and_secret_in_examples_and_readme_belongs_to_the_default_seed() -> None:
    files = [*(example.file for example in EXAMPLES), README]
    found = {key for file in files for key in CREDENTIAL.findall(file.read_text("utf-8"))}
    known = {
        app[name]
        for seed in BUNDLED
        for app in read(seed)[1]["apps"]
        for name in ("branch_key", "branch_secret")
    }
    default = {app["branch_key"] for app in read("default")[1]["apps"]}
    invented = {key for key in found if key.endswith("_abcdefghijklmnopqrstuvwxyz012345")}
    assert found - invented <= known
    assert default <= found, "the three keys that the document prints"


@every_example
def test_every_difference_is_one(example: Example) -> None:
    for count in range(len(example.content.get("differences", ()))):
        assert expected_body(example, count) != expected_body(example, count + 1)


def example_of(compare: str, text: str, *differences: dict[str, object]) -> Example:
    content = {
        "compare": compare,
        "reply": {"status": 200, "text": [text]},
        "differences": differences,
    }
    return Example(Path("made-up.json"), content)


@pytest.mark.parametrize(
    ("compare", "actual", "found"),
    [
        ("exact", {"a": 1, "b": [2]}, []),
        ("exact", {"a": 1, "b": [2], "c": 3}, ["/c: unexpected"]),
        ("exact", {"a": 1}, ["/b: missing"]),
        ("exact", {"a": True, "b": [2]}, ["/a: True instead of 1"]),
        ("exact", {"a": 1, "b": [2, 3]}, ["/b: [2, 3] instead of [2]"]),
        ("exact", [], [": [] instead of {'a': 1, 'b': [2]}"]),
        ("values", {"a": 1, "b": [2], "c": 3}, []),
        ("values", {"a": 2, "b": [2]}, ["/a: 2 instead of 1"]),
        ("shape", {"a": None, "b": [5]}, []),
        ("shape", {"a": None, "b": [5], "c": 3}, ["/c: unexpected"]),
        ("shape", {"b": [5]}, ["/a: missing"]),
    ],
)
def test_a_reply_is_compared_as_the_example_says(
    compare: str, actual: object, found: list[str]
) -> None:
    example = example_of(compare, '{"a": 1, "b": [2]}')
    free = compare == "values"
    assert list(mismatches(expected_body(example), actual, others_free=free)) == found
    if found:
        with pytest.raises(AssertionError):
            assert_documented(example, Answer(200, actual, {}))
    else:
        assert_documented(example, Answer(200, actual, {}))


@pytest.mark.parametrize(
    ("difference", "right", "wrong"),
    [
        ({"path": "/a", "value": 2}, {"a": 2, "b": {"c": "x"}}, {"a": 1, "b": {"c": "x"}}),
        ({"path": "/b/c", "pattern": "^y$"}, {"a": 1, "b": {"c": "y"}}, {"a": 1, "b": {"c": "x"}}),
        ({"path": "/d", "any": True}, {"a": 1, "b": {"c": "x"}, "d": 0}, {"a": 1, "b": {"c": "x"}}),
        ({"path": "/*", "any": True}, {"a": 1, "b": {"c": "x"}, "e": 0}, {"a": 2, "b": {"c": "x"}}),
        ({"path": "", "value": {}}, {}, {"a": 1, "b": {"c": "x"}}),
    ],
)
def test_a_difference_changes_what_is_expected(
    difference: dict[str, object], right: object, wrong: object
) -> None:
    expected = expected_body(example_of("exact", '{"a": 1, "b": {"c": "x"}}', difference))
    assert list(mismatches(expected, right)) == []
    assert list(mismatches(expected, wrong)) != []


def test_another_status_is_told() -> None:
    with pytest.raises(AssertionError):
        assert_documented(example_of("exact", "{}"), Answer(400, {}, {}))


def test_columns_are_read_from_gzipped_csv() -> None:
    assert columns_of(gzip.compress(b'id,"a,b",c\r\n1,2,3\r\n')) == ["id", "a,b", "c"]
