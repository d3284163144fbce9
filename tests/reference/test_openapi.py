"""The OpenAPI document: valid, whole, built from the tables, and honest (contract 3 and 12)."""

import json
import re
from typing import Any

import jsonschema
import pytest
import requests
from openapi_spec_validator import OpenAPIV31SpecValidator

from branch_mock import BranchMock
from branch_mock.api.call import Call, Credentials, Endpoint, Reply
from branch_mock.control.endpoints import tables
from branch_mock.errors import NotEnoughCredits
from branch_mock.reference import digits, openapi, sent
from branch_mock.reference.tables import Table, rows
from branch_mock.validation import Json
from tests.client import TIMEOUT, Client

DOCUMENT = openapi.document(tables())
OPERATIONS: dict[str, Json] = {
    operation["operationId"]: operation
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
}


def body_of(name: str, kind: str = openapi.JSON) -> Json:
    schema: Json = OPERATIONS[name]["requestBody"]["content"][kind]["schema"]
    return schema


def takes(schema: Json, value: object) -> bool:
    return jsonschema.Draft202012Validator(schema).is_valid(value)


def test_it_is_valid() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_a_broken_document_is_not() -> None:
    errors = OpenAPIV31SpecValidator({**DOCUMENT, "info": {}}).iter_errors()
    assert any("title" in str(error) for error in errors)


def test_every_endpoint_is_one_operation() -> None:
    assert [*OPERATIONS] == [*dict.fromkeys(OPERATIONS)]
    assert set(OPERATIONS) == {endpoint.name for _, endpoint in rows(tables())}
    for group, endpoint in rows(tables()):
        operation = OPERATIONS[endpoint.name]
        assert operation["summary"] == endpoint.summary
        assert operation["x-contract-section"] == endpoint.section
        assert operation["tags"] == [
            "control" if group == "control" else endpoint.name.split(".")[0]
        ]
        names = re.findall(r"{(\w+)", endpoint.path)
        in_path = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
        assert in_path == names


def test_what_is_served_is_the_document_byte_for_byte(mock: BranchMock) -> None:
    url = f"{mock.url}/_mock/openapi.json"
    with BranchMock() as other:
        again = requests.get(f"{other.url}/_mock/openapi.json", timeout=TIMEOUT)
    first = requests.get(url, timeout=TIMEOUT)
    assert first.content == again.content == openapi.text(tables()).encode()
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert first.json() == DOCUMENT


def _redeem(subject: object, call: Call) -> Reply:  # noqa: ARG001 - is never called
    raise NotEnoughCredits


def test_a_new_row_of_a_table_just_appears() -> None:
    row: Endpoint[Any] = Endpoint(
        name="credits.redeem",
        method="POST",
        path="/v9/redeem/{branch_key}",
        handler=_redeem,
        credentials=Credentials.SECRET,
        section="99",
        summary="Redeem again",
        errors=(NotEnoughCredits,),
    )
    found = openapi.document([Table("exports", (row,), prefix="/branch-exports")])
    operation = found["paths"]["/branch-exports/v9/redeem/{branch_key}"]["post"]
    assert operation["x-contract-section"] == "99"
    assert set(operation["responses"]) == {"200", "400", "402", "413", "503"}
    assert operation["security"] == [{"branch_secret": []}, {}]


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("links.get", [{"branch_key": []}, {"app_id": []}]),
        (
            "links.update",
            [
                {"branch_key": [], "branch_secret": []},
                {"app_id": [], "branch_secret": []},
                {},
            ],
        ),
        ("links.bulk", None),
        ("apps.get", [{"branch_secret": []}]),
        ("apps.create", None),
        ("control.health", None),
    ],
)
def test_credentials_are_security_schemes(name: str, ways: object) -> None:
    assert OPERATIONS[name].get("security") == ways


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("links.create", {"200", "400", "409", "413", "503"}),
        ("links.get", {"200", "400", "404", "503"}),
        ("credits.redeem", {"200", "400", "402", "413", "503"}),
        ("links.follow", {"200", "307", "400", "404", "503"}),
        ("control.health", {"200", "400"}),
    ],
)
def test_the_statuses_that_an_endpoint_has(name: str, statuses: set[str]) -> None:
    assert set(OPERATIONS[name]["responses"]) == statuses


@pytest.mark.parametrize(
    ("field", "value", "taken"),
    [
        ("data", {"a": 1}, True),
        ("data", '{"a":1}', True),
        ("data", 5, False),
        ("tags", ["a", "b"], True),
        ("tags", "a", True),
        ("tags", "x" * 65, False),
        ("tags", [], True),
        ("type", 2, True),
        ("type", "2", True),
        ("type", "02", True),
        ("type", "3", False),
        ("type", None, True),
        ("duration", "9007199254740991", True),
        ("duration", "9007199254740992", False),
        ("duration", "0", False),
        ("alias", "", True),
        ("alias", "l/x", False),
        ("channel", None, True),
        ("channel", 5, False),
    ],
)
def test_the_document_and_the_server_take_the_same(
    client: Client, field: str, value: object, *, taken: bool
) -> None:
    assert takes(body_of("links.create"), {field: value}) is taken
    assert (client.post("/v1/url", {field: value}).status_code == 200) is taken


def test_null_is_no_required_field(client: Client) -> None:
    for body, taken in (
        ({"amount": 1, "identity": "a"}, True),
        ({"amount": None, "identity": "a"}, False),
        ({"amount": 1, "identity": None}, False),
        ({"amount": 1, "identity": None, "identity_id": 49030463360102400}, True),
    ):
        assert takes(body_of("credits.add"), body) is taken
        assert (client.post("/v1/credits", body).status_code == 200) is taken


def test_a_form_has_what_a_text_can_be() -> None:
    form = body_of("links.create", openapi.FORM)["properties"]
    assert form["data"]["format"] == sent.JSON_TEXT_FORMAT
    assert form["tags"]["type"] == "array"
    assert not takes(form["channel"], None)
    assert openapi.FORM not in OPERATIONS["links.bulk"]["requestBody"]["content"]
    assert "live" not in body_of("control.apps", openapi.FORM)["properties"]


def test_examples_are_the_documented_calls_that_succeed() -> None:
    content = OPERATIONS["links.create"]["requestBody"]["content"][openapi.JSON]
    assert content["examples"]["links/create"]["value"]["campaign"] == "new_product_annoucement"
    assert "links/create-alias-taken" not in content["examples"]
    for name, operation in OPERATIONS.items():
        found = operation.get("requestBody", {}).get("content", {}).get(openapi.JSON, {})
        for example in found.get("examples", {}).values():
            assert takes(found["schema"], example["value"]), name


def test_reserved_paths_are_named() -> None:
    assert {"l/", "_mock/", "branch-exports/"} <= set(DOCUMENT["x-reserved-link-paths"])


@pytest.mark.parametrize(
    ("least", "most"),
    [(0, 0), (0, None), (1, None), (1, 9), (7, 123), (99, 100), (200, 599), (1, 9007199254740991)],
)
def test_digits_of_a_range(least: int, most: int | None) -> None:
    pattern = re.compile(digits.pattern(least, most))
    edges = [] if most is None else [most - 1, most, most + 1, most * 10]
    for number in [*range(1100), 10**15, 10**16, *edges]:
        inside = number >= least and (most is None or number <= most)
        assert bool(pattern.search(str(number))) is inside, number
        assert bool(pattern.search(f"00{number}")) is inside, number
    assert not any(pattern.search(text) for text in ("", "-1", "1.0", "a", " 1"))


def test_the_text_of_it_is_json() -> None:
    assert json.loads(openapi.text(tables())) == DOCUMENT
