"""PyPI's `branchio` against the mock. It builds its addresses from `Client.BRANCH_BASE_URI`."""

import json
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import branchio
import pytest

from branch_mock import BranchMock

HERE = Path(__file__).parent
TIMEOUT = 20


@pytest.fixture
def library(mock: BranchMock, monkeypatch: pytest.MonkeyPatch) -> branchio.Client:
    """A client of the library with the mock as its base address."""
    monkeypatch.setenv("no_proxy", "*")

    class LocalClient(branchio.Client):  # type: ignore[misc]
        BRANCH_BASE_URI = mock.url

    return LocalClient(mock.app.key)


def test_it_creates_a_link(mock: BranchMock, library: branchio.Client) -> None:
    answer = library.create_deep_link_url(
        data={branchio.DATA_BRANCH_IOS_URL: "https://example.com/ios", "n": 1},
        alias="from-python",
        type=branchio.TYPE_URL_ONE_TIME,
        duration=60,
        identity="maria",
        tags=["a", "b"],
        campaign="camp",
        feature="feat",
        channel="chan",
        stage="stag",
    )
    assert answer == {branchio.RETURN_URL: f"{mock.url}/from-python"}
    link = mock.links.get(answer["url"])
    assert link.labels() == {
        "campaign": "camp",
        "channel": "chan",
        "feature": "feat",
        "stage": "stag",
        "tags": ["a", "b"],
    }
    assert link.data == {"$ios_url": "https://example.com/ios", "n": 1}
    assert (link.type, link.duration) == (1, 60)
    assert link.identity_id is not None
    assert mock.branch.identities.get(link.identity_id).name == "maria"


def test_it_creates_many_and_sees_which_failed(mock: BranchMock, library: branchio.Client) -> None:
    before = len(mock.links.all())
    params = [
        library.create_deep_link_url(channel=channel, alias=alias, skip_api_call=True)
        for channel, alias in (("one", None), ("two", "twice"), ("three", "twice"))
    ]
    answers = library.create_deep_linking_urls(params)
    assert [list(answer) for answer in answers] == [["url"], ["url"], [branchio.RETURN_ERROR]]
    assert [mock.links.get(answer["url"]).channel for answer in answers[:2]] == ["one", "two"]
    assert len(mock.links.all()) == before + 2


def test_its_general_call_reads_and_updates(mock: BranchMock, library: branchio.Client) -> None:
    url = library.create_deep_link_url(channel="before", data={"a": 1})["url"]
    address = f"/v1/url?url={quote(url)}&branch_key={mock.app.key}"
    view = library.make_api_call("GET", address, json_params={})
    assert view["channel"] == "before"
    credentials = {"branch_key": mock.app.key, "branch_secret": mock.app.secret}
    changes = {**credentials, "channel": "after", "data": {"b": 2}}
    library.make_api_call("PUT", address, json_params=changes)
    link = mock.links.get(url)
    assert (link.channel, link.data) == ("after", {"a": 1, "b": 2})


def test_it_is_told_what_is_wrong(mock: BranchMock, library: branchio.Client) -> None:
    before = mock.links.all()
    with pytest.raises(HTTPError) as caught:
        library.create_deep_link_url(alias="test-link", channel="other")
    with caught.value as error:
        assert error.code == 409
        assert json.load(error)["error"]["message"] == "Link alias conflict: bnc.lt/test-link"
    stranger = type(library)("key_live_" + "x" * 32)
    with pytest.raises(HTTPError) as caught:
        stranger.create_deep_link_url()
    with caught.value as error:
        assert error.code == 400
    assert mock.links.all() == before


def test_it_works_unchanged_where_api_branch_io_resolves_to_the_mock(
    mock: BranchMock, api_host: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, HERE / "branchio_calls.py"],
        env={**api_host, "PYTHONPATH": str(HERE / "site")},
        input=mock.app.key,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["made"] == {"url": "https://bnc.lt/resolved"}
    link = mock.links.get("https://bnc.lt/resolved")
    assert (link.channel, link.data) == ("email", {"a": 1})
    assert said["bulk"][1] == {"error": "Link alias conflict: bnc.lt/resolved"}
    assert mock.links.get(said["bulk"][0]["url"]).feature == "share"
    assert said["refused"]["status"] == 409
    assert said["refused"]["body"]["error"]["code"] == 409
