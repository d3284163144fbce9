"""npm's `branchio-sdk` against the mock. It carries `https://api.branch.io/v1` as a constant."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from branch_mock import BranchMock
from tests.interop.installed import installed

HERE = Path(__file__).parent
TIMEOUT = 20
Calls = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="session")
def node() -> str:
    """The path of node, with the library installed. Fails where it cannot be."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is not installed: tests/interop needs Node.js 18 or later, with npm")
    installed()
    return program


@pytest.fixture
def call(node: str, mock: BranchMock, api_host: dict[str, str]) -> Calls:
    """Makes calls of the library and returns what came of each."""

    def run(*calls: tuple[str, Any], **credentials: str) -> list[dict[str, Any]]:
        given = credentials or {"key": mock.app.key, "secret": mock.app.secret}
        done = subprocess.run(
            [node, "--require", HERE / "redirect.cjs", HERE / "branchio_sdk.cjs"],
            env=api_host,
            input=json.dumps({"credentials": given, "calls": calls}),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        results: list[dict[str, Any]] = json.loads(done.stdout)
        return results

    return run


def test_it_creates_reads_and_updates_a_link(mock: BranchMock, call: Calls) -> None:
    fields = {
        "alias": "from-node",
        "stage": "new user",
        "channel": "facebook",
        "feature": "dashboard",
        "campaign": "content 123",
        "tags": ["tag1", "tag2", "tag3"],
        "data": {"custom_bool": True, "$og_title": "Title"},
    }
    address = "https://bnc.lt/from-node"
    changes = {"channel": "twitter", "data": {"name": "John", "user_id": 2481084010}}
    made, read, updated, again = call(
        ("link", fields),
        ("readLink", address),
        ("updateLink", {"deepLink": address, "data": changes}),
        ("readLink", address),
    )
    assert made["value"] == {"url": address}
    assert read["value"]["channel"] == "facebook"
    assert read["value"]["tags"] == fields["tags"]
    assert read["value"]["data"]["custom_bool"] is True
    assert updated["value"] == again["value"]
    link = mock.links.get(address)
    assert (link.channel, link.stage) == ("twitter", "new user")
    assert link.data == {
        "custom_bool": True,
        "$og_title": "Title",
        "name": "John",
        "user_id": 2481084010,
    }


def test_it_creates_many_and_sees_which_failed(mock: BranchMock, call: Calls) -> None:
    before = len(mock.links.all())
    items = [{"channel": "one"}, {"alias": "test-link"}, {"stage": "s" * 129}]
    ((answer),) = call(("bulkLinks", items))
    made, taken, too_long = answer["value"]
    assert mock.links.get(made["url"]).channel == "one"
    assert taken == {"error": "Link alias conflict: bnc.lt/test-link"}
    assert too_long["error"].startswith("stage must be at most 128 characters")
    assert len(mock.links.all()) == before + 1


def test_its_app_id_stands_in_for_the_key(mock: BranchMock, call: Calls) -> None:
    (made,) = call(("link", {"alias": "by-id"}), appId=str(mock.app.id))
    assert mock.links.get(made["value"]["url"]).alias == "by-id"


def test_it_is_told_what_is_wrong(mock: BranchMock, call: Calls) -> None:
    before = mock.links.all()
    change = {"deepLink": "https://bnc.lt/test-link", "data": {"channel": "x"}}
    conflict, missing = call(
        ("link", {"alias": "test-link", "channel": "x"}), ("readLink", "https://bnc.lt/none")
    )
    (stranger,) = call(("updateLink", change), key=mock.app.key, secret="wrong")
    assert (conflict["status"], missing["status"], stranger["status"]) == (409, 404, 400)
    for result in (conflict, missing, stranger):
        assert result["error"]["error"]["code"] == result["status"]
    assert mock.links.all() == before
