"""Who may use the control plane: everybody, who has its token, or nobody (contract 12)."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from branch_mock import (
    BranchMock,
    RemoteMock,
    Settings,
    SettingsError,
    TokenNeeded,
)
from branch_mock.control.endpoints import CONTROL
from branch_mock.tokens import carries
from tests.browser import TIMEOUT, browser, drawn
from tests.client import Client
from tests.plugin import ALONE, STRICT, USES
from tests.process import run, serving
from tests.raw import exchange, request

TOKEN = "a-token-of-16-and-more"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
CALLS = [(row.method, row.path.format(name="x", id="1")) for row in CONTROL]
ALWAYS = {("GET", "/_mock/health"), ("GET", "/_mock/ready")}
INTO_INBOX = ("POST", "/_mock/inbox/x")


@pytest.fixture
def guarded() -> Iterator[BranchMock]:
    """A server whose control plane has a token."""
    with BranchMock(control_token=TOKEN) as mock:
        yield mock
    assert mock.failures == []


def basic(user: str, password: str) -> str:
    """What a browser sends once somebody has typed that."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def statuses(mock: BranchMock, **headers: str) -> dict[tuple[str, str], int]:
    """What every call of the control plane is answered with, live events left out."""
    client = Client(mock.url, mock.app.key, mock.app.secret)
    found = {
        (method, path): client.call(method, path, headers=headers).status_code
        for method, path in CALLS
        if path != "/_mock/events"
    }
    client.close()
    return found


def test_without_the_token_only_health_is_told(guarded: BranchMock) -> None:
    before = guarded.state()
    found = statuses(guarded)
    assert {call for call, status in found.items() if status != 401} == {*ALWAYS, INTO_INBOX}
    assert all(found[call] == 200 for call in ALWAYS)
    assert guarded.state() == before
    refused = requests.get(f"{guarded.url}/_mock/events", timeout=TIMEOUT)
    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == 401
    assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert TOKEN not in refused.text


SECRETIVE = b'"branch_secret"'
ODD = (
    b"/_mock/state",
    b"//_mock///state//",
    b"/%5Fmock/state",
    b"/_mock%2Fstate",
    b"/%5f%6D%6f%63%6b%2f%73%74%61%74%65",
    b"/_mock/state?callback=x&data=e30",
    b"/_mock/health/../state",
    b"/_mock/health%2F..%2Fstate",
    b"/_mock/inbox/../state",
    b"/_mock/./state",
    b"/./_mock/state",
    b"/x/../_mock/state",
    b"/_mock/state/",
    b"/_mock/state;x=1",
    b"/_mock\\state",
    b"/_MOCK/state",
    b"/bnc.lt/_mock/state",
    b"/abcd.app.link/_mock/state",
    b"/branch-exports/_mock/state",
    b"/v1/url/../../_mock/state",
    b"http://bnc.lt/_mock/state",
    b"http://127.0.0.1/_mock/state",
)


@pytest.mark.parametrize("target", ODD)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_no_path_leads_around_the_token(guarded: BranchMock, method: str, target: bytes) -> None:
    before = guarded.branch.store.state
    answer = request(guarded, method, target, body=b"{}" if method in {"POST", "PUT"} else b"")
    assert answer.status in {204, 400, 401, 404, 405}
    if target.startswith(b"/_mock/state") and b";" not in target and method != "OPTIONS":
        assert answer.status == 401
    assert SECRETIVE not in answer.body
    assert guarded.branch.store.state is before


@pytest.mark.parametrize(
    "header",
    [
        b"X-Forwarded-Host: bnc.lt",
        b"X-Forwarded-Host: branch-exports.s3.amazonaws.com",
        b"X-Forwarded-For: 127.0.0.1",
        b"X-Original-URL: /_mock/health",
        b"X-Rewrite-URL: /_mock/health",
        b"X-HTTP-Method-Override: OPTIONS",
        b"Authorization: Bearer",
        b"Authorization: Basic Og==",
        b"Proxy-Authorization: Bearer " + TOKEN.encode(),
        b"Cookie: token=" + TOKEN.encode(),
    ],
)
def test_no_header_but_the_one_opens(guarded: BranchMock, header: bytes) -> None:
    for method, path, body in (("GET", b"/_mock/state", b""), ("POST", b"/_mock/reset", b"{}")):
        answer = request(guarded, method, path, headers=[header], body=body)
        assert answer.status in {401, 404, 405}
        assert SECRETIVE not in answer.body


@pytest.mark.parametrize("host", [b"bnc.lt", b"x.app.link", b"branch-exports.s3.amazonaws.com"])
@pytest.mark.parametrize("target", ODD)
def test_link_and_export_hosts_have_no_control_plane(
    mock: BranchMock, host: bytes, target: bytes
) -> None:
    answer = request(mock, "GET", target, host=host)
    assert answer.status in {400, 404}
    assert SECRETIVE not in answer.body


def test_a_token_is_asked_for_on_a_connection_of_any_past(guarded: BranchMock) -> None:
    """Whichever way a connection was answered before, and whoever it was then."""
    plain = b"GET /v1/url HTTP/1.1\r\nHost: x\r\n\r\n"
    state = b"GET /_mock/state HTTP/1.1\r\nHost: x\r\n%s\r\n"
    allowed = state % f"Authorization: Bearer {TOKEN}\r\n".encode()
    last = state % b"Connection: close\r\n"
    body = exchange(guarded, plain + allowed + last).body
    assert body.count(SECRETIVE) == len(guarded.apps.all())
    assert body.count(b"HTTP/1.1 401 ") == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://proxy.example"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Origin": "OWN"}, 200),
        ({}, 200),
    ],
)
def test_a_page_of_another_site_cannot_use_the_browsers_password(
    guarded: BranchMock, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.replace("OWN", guarded.url) for name, value in headers.items()}
    typed = {"Authorization": basic("anyone", TOKEN), **sent}
    before = len(guarded.apps.all())
    reply = requests.post(f"{guarded.url}/_mock/apps", "{}", headers=typed, timeout=TIMEOUT)
    assert reply.status_code == status
    assert len(guarded.apps.all()) == before + (status == 200)
    reply = requests.get(f"{guarded.url}/_mock/docs", headers=typed, timeout=TIMEOUT)
    assert reply.status_code == 200  # a link on any page may lead there
    assert "Access-Control-Allow-Credentials" not in reply.headers
    known = {**BEARER, **sent}  # by a page that was told the token
    reply = requests.post(f"{guarded.url}/_mock/apps", "{}", headers=known, timeout=TIMEOUT)
    assert reply.status_code == 200


def test_a_browser_is_not_made_to_use_its_password(guarded: BranchMock, tmp_path: Path) -> None:
    place = urlsplit(guarded.url).netloc
    script = """
        const done = arguments[1];
        fetch(arguments[0], {method: "POST", mode: "no-cors", credentials: "include", body: "{}"})
            .then(() => done("sent"), (error) => done(String(error)));
    """
    with BranchMock() as other, browser(tmp_path) as driver:
        driver.get(f"http://anyone:{TOKEN}@{place}/_mock/docs")
        driver.get(f"{guarded.url}/_mock/docs")
        drawn(driver, "control.clock_show")
        before = len(guarded.apps.all())
        driver.get(other.url)
        driver.set_script_timeout(TIMEOUT)
        assert driver.execute_async_script(script, f"{guarded.url}/_mock/apps") == "sent"
        assert len(guarded.apps.all()) == before
        driver.get(f"{guarded.url}/")
        assert driver.execute_async_script(script, f"{guarded.url}/_mock/apps") == "sent"
        assert len(guarded.apps.all()) == before + 1


def test_with_the_token_everything_is_answered(guarded: BranchMock) -> None:
    assert 401 not in statuses(guarded, **BEARER).values()


@pytest.mark.parametrize(
    ("authorization", "right"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer  {TOKEN} ", True),
        (basic("", TOKEN), True),
        (basic("anyone", TOKEN), True),
        (TOKEN, False),
        ("", False),
        ("Bearer ", False),
        (f"Bearer {TOKEN}x", False),
        (f"Bearer {TOKEN[:-1]}", False),
        (f"Digest {TOKEN}", False),
        (basic(TOKEN, ""), False),
        ("Basic ????", False),
        ("Basic é", False),
        ("Bearer \udcff", False),
    ],
)
def test_what_carries_the_token(authorization: str, *, right: bool) -> None:
    assert carries(TOKEN, authorization) is right


def test_the_emulated_api_asks_for_no_token(guarded: BranchMock) -> None:
    client = Client(guarded.url, guarded.app.key, guarded.app.secret)
    assert client.post("/v1/url", {"channel": "x"}).status_code == 200
    assert client.get("/").status_code == 200
    asked = {"Access-Control-Request-Headers": "authorization"}
    preflight = client.call("OPTIONS", "/_mock/reset", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Headers"] == "authorization"
    client.close()


def test_webhooks_still_reach_an_inbox(guarded: BranchMock) -> None:
    guarded.rules.create(
        event="*",
        type="web_hook",
        calculation_type=0,
        location=0,
        metadata={"web_hook_url": guarded.webhooks.inbox_url("mine")},
    )
    guarded.events.create("buy", identity="zoe")
    (delivery,) = guarded.webhooks.wait()
    assert delivery.error is None
    assert len(guarded.webhooks.inbox("mine")) == 1


def test_off_leaves_nothing_but_health() -> None:
    with BranchMock(control="off", control_token=TOKEN) as mock:
        before = mock.state()
        found = statuses(mock, **BEARER)
        assert {call for call, status in found.items() if status != 404} == ALWAYS
        client = Client(mock.url, mock.app.key, mock.app.secret)
        assert client.get("/_mock/nowhere").status_code == 404
        assert client.call("OPTIONS", "/_mock/reset").status_code == 404
        by_hand = client.post("/v1/url", {}, headers={"X-Branch-Mock": "status=503"})
        assert by_hand.status_code == 200
        client.post("/v1/url", {}, headers={"X-Branch-Mock": "direct"})
        assert mock.requests.count("POST /v1/url") == 2
        assert "/_mock/docs" not in client.get("/").text
        client.close()
        assert mock.state()["state"]["apps"] == before["state"]["apps"]


@pytest.mark.parametrize(
    "given",
    [
        {"control_token": "short"},
        {"control_token": "with blanks in between"},
        {"control_token": "ümläüte-and-others"},
        {"control_token": "x" * 513},
        {"control_token": ""},
        {"control_token_file": "no such file"},
    ],
)
def test_a_token_that_cannot_be_is_refused_and_not_shown(given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="control_token") as refused:
        BranchMock(**given)  # type: ignore[arg-type]
    assert given.get("control_token") in (None, "") or given["control_token"] not in str(
        refused.value
    )


def test_the_token_is_in_no_text(guarded: BranchMock, caplog: pytest.LogCaptureFixture) -> None:
    assert TOKEN not in repr(guarded.branch.settings)
    assert TOKEN not in str(guarded.branch.settings)
    caplog.set_level(logging.DEBUG)
    headers = {**BEARER, "X-Other": "seen"}
    requests.get(f"{guarded.url}/v1/url", headers=headers, timeout=TIMEOUT)
    requests.get(f"{guarded.url}/_mock/clock", headers=headers, timeout=TIMEOUT)
    journal = requests.get(f"{guarded.url}/_mock/requests", headers=BEARER, timeout=TIMEOUT).text
    assert "seen" in journal
    assert TOKEN not in journal + caplog.text + json.dumps(guarded.state())
    assert TOKEN not in "\n".join(guarded.timeline())


def test_the_command_line_sends_it(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    with serving("--port", "0", "--control-token-file", str(file)) as served:
        url = {"BRANCH_MOCK_URL": served.url}
        assert run("health", served.url).returncode == 0
        assert run("wait", **url).returncode == 0
        refused = run("clock", **url)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "The control plane needs its token" in refused.stderr
        for given in (
            {"BRANCH_MOCK_CONTROL_TOKEN": TOKEN},
            {"BRANCH_MOCK_CONTROL_TOKEN_FILE": str(file)},
        ):
            done = run("clock", **url, **given)
            assert (done.returncode, done.stderr) == (0, "")
            assert TOKEN not in done.stdout
        wrong = run("reset", **url, BRANCH_MOCK_CONTROL_TOKEN=TOKEN + "x")
        assert wrong.returncode == 1
        _, _, log = served.end()
        assert TOKEN not in "\n".join([*served.announced, *log])


def test_a_remote_mock_sends_it(guarded: BranchMock, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TokenNeeded, match="needs its token"):
        RemoteMock(guarded.url).__enter__()
    with RemoteMock(guarded.url, token=TOKEN) as remote:
        remote.links.create(channel="x")
        (line,) = remote.timeline()
        assert line.endswith("[direct]")
        (made,) = guarded.emulator.journal.all()
        assert "authorization" not in {name.lower() for name in made.headers}
    monkeypatch.setenv("BRANCH_MOCK_CONTROL_TOKEN", TOKEN)
    with RemoteMock(guarded.url) as remote:
        assert remote.clock.now()


def test_a_suite_sends_it(guarded: BranchMock, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        USES
        + """
    def test_links(branch_mock):
        create(branch_mock, alias="mine")
        branch_mock.assert_called("POST /v1/url", json={"alias": "mine"})
"""
    )
    words = (*ALONE, "-p", "no:xdist", *STRICT, "--branch-mock-url", guarded.url)
    refused = pytester.runpytest_subprocess(*words, timeout=60)
    refused.assert_outcomes(errors=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BRANCH_MOCK_CONTROL_TOKEN", TOKEN)
        passed = pytester.runpytest_subprocess(*words, timeout=60)
    passed.assert_outcomes(passed=1)
    passed.stdout.no_fnmatch_line(f"*{TOKEN}*")


def test_a_browser_sends_it_from_the_docs_page(guarded: BranchMock, tmp_path: Path) -> None:
    place = urlsplit(guarded.url).netloc
    with browser(tmp_path) as driver:
        driver.get(f"http://anyone:{TOKEN}@{place}/_mock/docs")  # as if it were typed
        driver.get(f"{guarded.url}/_mock/docs")
        operation = drawn(driver, "control.clock_show")
        driver.execute_script("arguments[0].open = true", operation)
        operation.find_element(By.CSS_SELECTOR, "button[type=submit]").click()
        title = WebDriverWait(driver, TIMEOUT).until(
            lambda _: operation.find_elements(By.CSS_SELECTOR, "output strong")
        )[0]
        assert title.text.startswith("200 ")


def test_a_setting_names_its_file_once_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "token"
    settings = Settings(control_token_file=str(file))
    with pytest.raises(SettingsError, match=r"control_token_file: .*No such file"):
        settings.token()
    file.write_text(f"\n{TOKEN}\n")
    assert settings.token() == TOKEN
    file.write_bytes(b"\xff" * 20)
    with pytest.raises(SettingsError, match="not UTF-8"):
        settings.token()
