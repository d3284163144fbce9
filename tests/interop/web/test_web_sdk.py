"""The web SDK as published, unchanged, in a real browser (contract 11)."""

import json
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from branch_mock import BranchMock, Event
from branch_mock.domain.identities import Identity
from tests.interop.web.browser import PAGE_HOST, SECONDS
from tests.interop.web.conftest import Open

PAGE = f"http://{PAGE_HOST}/page.html"
LOAD = """
const [path, apiUrl, done] = arguments;
const script = document.createElement("script");
script.src = path;
script.onload = () => { if (apiUrl) branch.setAPIUrl(apiUrl); done(true); };
script.onerror = () => done(false);
document.head.appendChild(script);
"""
CALL = """
const [method, args, done] = arguments;
branch[method](...args, (error, data) => done({
  error: error ? String(error.message || error) : null, data: data === undefined ? null : data,
}));
"""
LISTEN = """
window.seen = [];
branch.addListener((event) => window.seen.push(event));
"""
SDKS = ("branch-sdk", "branch-sdk-2-59")


def load(driver: Chrome, sdk: str, mock: BranchMock) -> None:
    """Put the SDK into the page. The latest can be told where the API is, older ones cannot."""
    api = mock.url if sdk == "branch-sdk" else None
    assert driver.execute_async_script(LOAD, f"/node_modules/{sdk}/dist/build.min.js", api)


def use(driver: Chrome, method: str, *arguments: object) -> Any:
    """Call a method of the SDK; what its callback gets. An error fails the test."""
    answer = driver.execute_async_script(CALL, method, list(arguments))
    assert answer["error"] is None, (method, answer, driver.execute_script("return location.href"))
    return answer["data"]


def seen(driver: Chrome, event: str) -> None:
    """Wait for the SDK to tell of something."""
    WebDriverWait(driver, SECONDS).until(lambda d: event in d.execute_script("return window.seen"))


def last(mock: BranchMock, name: str) -> Event:
    return [event for event in mock.events.all() if event.name == name][-1]


def user_named(mock: BranchMock, name: str) -> Identity:
    user = mock.branch.identities.find(mock.app, name)
    assert user is not None
    return user


@pytest.mark.parametrize("sdk", SDKS)
def test_a_followed_link_leads_to_a_page_that_knows_it(
    mock: BranchMock, browser: Open, sdk: str
) -> None:
    driver = browser()
    url = mock.links.create(
        channel="email", identity="maria", data={"$desktop_url": PAGE, "room": 12}
    )
    driver.get(url)
    assert driver.current_url.startswith(f"{PAGE}?_branch_match_id=")
    load(driver, sdk, mock)
    told = use(driver, "init", mock.app.key)
    assert told["data_parsed"]["room"] == 12
    assert told["data_parsed"]["+clicked_branch_link"] is True
    assert told["data_parsed"]["~channel"] == "email"
    assert told["referring_identity"] == "maria"
    (session,) = mock.branch.sessions.all(mock.app)
    (click,) = mock.links.clicks(url)
    assert session.click == click
    assert session.kind == "web session start"
    assert session.browser_id == click.browser_id
    again = use(driver, "data")
    assert json.loads(again["data"])["room"] == 12


@pytest.mark.parametrize("sdk", SDKS)
def test_an_organic_page_does_all_that_pages_do(mock: BranchMock, browser: Open, sdk: str) -> None:
    driver = browser()
    driver.get(PAGE)
    load(driver, sdk, mock)
    told = use(driver, "init", mock.app.key)
    assert told["data_parsed"] == {"+clicked_branch_link": False, "+is_first_session": True}
    (session,) = mock.branch.sessions.all(mock.app)
    assert mock.branch.identities.get(session.identity_id).name is None

    url = use(driver, "link", {"channel": "web", "tags": ["a", "b"], "data": {"deep": {"x": 1}}})
    link = mock.links.get(url)
    assert (link.channel, link.tags, link.data["deep"]) == ("web", ("a", "b"), {"x": 1})
    assert int(link.creation_source) == 5

    use(driver, "setIdentity", "zoe")
    use(driver, "logEvent", "PURCHASE", {"revenue": 5, "plan": "gold"}, [{"sku": "12"}])
    event = last(mock, "PURCHASE")
    assert event.metadata["plan"] == "gold"
    assert event.identity_id == user_named(mock, "zoe").id == session.identity_id
    assert event.session is not None
    assert event.session.id == session.id
    use(driver, "logEvent", "my event", {"a": "b"})
    assert last(mock, "my event").metadata == {"a": "b"}

    use(driver, "logout")
    use(driver, "logEvent", "after", {})
    assert last(mock, "after").metadata == {}
    if sdk != "branch-sdk":  # newer ones forget the user by themselves
        fresh = mock.branch.sessions.all(mock.app)[-1]
        assert mock.branch.identities.get(fresh.identity_id).name is None
        assert last(mock, "after").identity_id == fresh.identity_id


def test_a_journey_is_shown_and_closed(mock: BranchMock, browser: Open) -> None:
    driver = browser()
    driver.get(f"{PAGE}?_branch_view_id=42")
    load(driver, "branch-sdk", mock)
    driver.execute_script(LISTEN)
    use(driver, "init", mock.app.key)
    seen(driver, "didShowJourney")
    assert last(mock, "pageview").session is not None
    assert driver.execute_script("return !!document.getElementById('branch-banner-iframe')")
    use(driver, "closeJourney")
    seen(driver, "didCloseJourney")
    WebDriverWait(driver, SECONDS).until(
        lambda d: d.execute_script("return !document.getElementById('branch-banner-iframe')")
    )


def test_a_code_is_made_and_applied(mock: BranchMock, browser: Open) -> None:
    driver = browser()
    driver.get(PAGE)
    load(driver, "branch-sdk-2-59", mock)
    use(driver, "init", mock.app.key)
    use(driver, "setIdentity", "zoe")
    wanted = {"amount": 7, "calculation_type": 1, "location": 3, "prefix": "HAT"}
    code = use(driver, "getCode", wanted)["referral_code"]
    assert code.startswith("HAT")
    use(driver, "validateCode", code)
    use(driver, "applyCode", code)
    assert mock.credits.get("zoe") == {"default": 14}
    assert use(driver, "referrals") == {}


@pytest.mark.parametrize("sdk", SDKS)
def test_a_deepview_leads_to_a_link(mock: BranchMock, browser: Open, sdk: str) -> None:
    driver = browser()
    driver.get(PAGE)
    load(driver, sdk, mock)
    use(driver, "init", mock.app.key)
    target = f"{PAGE}?seen=1"
    use(driver, "deepview", {"channel": "deepview", "data": {"$desktop_url": target}}, {})
    driver.execute_script("branch.deepviewCta()")
    WebDriverWait(driver, SECONDS).until(lambda d: "seen=1" in d.current_url)
    click = mock.links.clicks()[-1]
    assert (click.link.channel, int(click.link.creation_source)) == ("deepview", 5)
