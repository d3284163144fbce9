"""What the default seed knows, and what no schema tells, for calls that are to succeed."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import strategies as st

from branch_mock import IPHONE, BranchMock
from branch_mock.api.bodies import FORM_TYPE
from branch_mock.ids import code_of
from branch_mock.reference.sent import JSON_LIST_FORMAT, JSON_TEXT_FORMAT

Json = dict[str, Any]
NOBODY = "nobody"

_objects = st.dictionaries(st.sampled_from("abc"), st.text("xyz", max_size=5), max_size=3)
schemathesis.openapi.format(JSON_TEXT_FORMAT, _objects.map(json.dumps))
schemathesis.openapi.format(JSON_LIST_FORMAT, st.lists(_objects, max_size=2).map(json.dumps))

FIXED = (
    *("alias", "type", "identity", "identity_id", "app_id", "domain", "state"),
    *("creation_source", "app_short_identifier"),
)
"""What an update may only repeat."""

UNSAID = {
    "links.update": FIXED,
    # a status even where a form says null; an id of its own; what may contradict status or first
    "control.faults_add": ("body", "id", "connection", "nth", "every", "limit"),
    "control.reset": ("parts",),  # which must have the state where `to` is given
}
"""Fields that go together with others in a way that no schema tells."""

NEEDED = {
    "control.faults_add": ["status"],
    "control.simulate_event": ["identity"],
    "referral_codes.create": ["identity_id"],
    "referral_codes.apply": ["identity_id"],
}
"""What an operation needs, or something else that does as much."""

_SOMEBODY = {"developer_identity": "somebody"}
_OBJECTS: dict[str, list[Json]] = {
    "user_data": [_SOMEBODY, {"os": "iOS", "idfa": "1"}, {"browser_fingerprint_id": "7"}],
}
"""Objects, or their JSON text, that must have one of several things."""


class Known:
    """Values that a server knows, where a schema cannot tell them from others, by their fields."""

    def __init__(self, mock: BranchMock) -> None:
        """Gives the server something to know: a click, a user, a snapshot."""
        link = mock.links.create(identity="ann")
        user = mock.branch.identities.find(mock.app, "ann")
        click = mock.simulate.click(link, IPHONE)
        assert user is not None
        assert click is not None
        mock.snapshots.save("kept")
        self.documents = [mock.state()]
        mock.simulate.install(IPHONE, identity="bob")
        self.documents.append(mock.state())
        self.fields: dict[str, list[object]] = {
            "url": ["https://bnc.lt/test-link", "https://bnc.lt/nobody"],
            "link": ["test-link", "l/nobody", NOBODY],
            "code": [code_of(user.id), NOBODY],
            "click_id": [str(click.id), NOBODY],
            "click": ["click"],
            "identity_id": [49030463360102400, "55705482546906094"],
            "profile": ["documented", "observed,empty_bulk=200"],
            "referred": ["somebody new"],
            "export_date": ["2016-01-20"],
            "expiration": ["2016-02-01"],
            "file": ["nobody.csv.gz"],
            "freeze": ["2016-02-01T00:00:00Z"],
            "set": ["2016-02-01T00:00:00Z"],
            "delay": [0, 0.5, [0, 0.25], [1, 1], None],
        }
        self._names: dict[str, list[object]] = {"control.snapshots_restore": ["kept", NOBODY]}

    def narrow(self, operation: Json) -> None:
        """Leave of an operation what the server knows."""
        name = operation["operationId"]
        values = self.fields | ({"name": self._names[name]} if name in self._names else {})
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in values:
                parameter["schema"] = {"enum": values[parameter["name"]]}
            elif "contentEncoding" in parameter["schema"]:
                parameter["schema"] = {"enum": ["eyJhIjoxfQ==", "e30"]}
            elif parameter["name"] == "callback" and not parameter["schema"]:
                parameter["schema"] = {"enum": ["go", "$.go"]}
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            schema = content["schema"]
            if media_type == FORM_TYPE:
                schema["propertyNames"] = {"pattern": r"^[^.\[\]]+$"}  # dots nest, and may clash
            schema["required"] = [*schema.get("required", ()), *NEEDED.get(name, ())]
            if name == "control.state_write":
                content["schema"] = {"enum": self.documents}
        if name in NEEDED:
            operation["requestBody"]["required"] = True
        for fields in bodies(operation):
            self._narrow_body(name, fields, values)

    def _narrow_body(self, name: str, fields: Json, values: Mapping[str, list[object]]) -> None:
        for left_out in UNSAID.get(name, ()):
            fields.pop(left_out, None)
        fields |= {known: {"enum": values[known]} for known in fields.keys() & values.keys()}
        for needed in fields.keys() & {*NEEDED.get(name, ())}:
            fields[needed] = {"allOf": [fields[needed], {"not": {"type": "null"}}]}
        for known in fields.keys() & _OBJECTS.keys():
            is_form = fields[known].get("type") == "string"
            ways: list[object] = [*map(json.dumps, _OBJECTS[known])]
            fields[known] = {"enum": ways if is_form else [*_OBJECTS[known], *ways]}
        metadata = fields.get("metadata", {})
        for way in (metadata, *metadata.get("anyOf", ())):
            if "web_hook_url" in way.get("contentSchema", {}).get("properties", {}):
                way |= {"enum": [json.dumps({"amount": "5", "web_hook_url": _WEB_HOOKS[0]})]}
            if "web_hook_url" in way.get("properties", {}):
                way["properties"]["web_hook_url"] = {"enum": _WEB_HOOKS}


_WEB_HOOKS = ["http://127.0.0.1:9/", "https://hooks.example.com/x?y=1"]


def bodies(operation: Json) -> Iterator[Json]:
    """The fields of each form of a body."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield content["schema"].get("properties", {})


def operations_in(found: Mapping[str, Any]) -> Iterator[Json]:
    """Every operation of a document."""
    for item in found["paths"].values():
        yield from item.values()
