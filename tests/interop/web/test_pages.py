"""The pages of links in a real browser (contract 6)."""

from selenium.webdriver.support.ui import WebDriverWait

from branch_mock import IPHONE, PIXEL, BranchMock
from tests.interop.web.browser import PAGE_HOST, SECONDS
from tests.interop.web.conftest import Open

PAGE = f"http://{PAGE_HOST}/page.html"
EVIL = "\"'></h1></pre></script><script>window.evil=1</script><img src=x onerror='window.evil=1'>"
STAY = 60_000
"""Milliseconds that a page waits before it leaves: longer than the test."""


def test_a_phone_falls_back_when_the_app_does_not_open(mock: BranchMock, browser: Open) -> None:
    for device, key in ((IPHONE, "$ios_url"), (PIXEL, "$android_url")):
        driver = browser(device.user_agent)
        url = mock.links.create(data={key: PAGE, "$deeplink_path": "article/1"})
        driver.get(url)
        WebDriverWait(driver, SECONDS).until(lambda d: d.current_url.startswith(PAGE))
        (click,) = mock.links.clicks(url)
        assert driver.current_url == f"{PAGE}?_branch_match_id={click.id}"
        assert click.redirect_method == "app"
        driver.quit()


def test_nothing_of_a_link_runs_as_a_script(mock: BranchMock, browser: Open) -> None:
    driver = browser(IPHONE.user_agent)
    data = {
        "$og_title": EVIL,
        "$deeplink_path": EVIL,
        "$ios_url": f"https://example.com/?{EVIL}",
        "$ios_redirect_timeout": STAY,
        EVIL: EVIL,
    }
    app = mock.branch.apps.mint(config={"app_name": EVIL, "ios_uri_scheme": "shop://"})
    tried = mock.links.create(data=data, app=app)
    shown = mock.links.create(data={EVIL: EVIL}, app=app)
    for url in (tried, shown, f"{mock.url}/nothing/{EVIL}"):
        driver.get(url)
        assert driver.execute_script("return document.readyState") == "complete"
        assert driver.execute_script("return [typeof window.evil, document.images.length]") == [
            "undefined",
            0,
        ]
    driver.get(tried)
    assert EVIL in driver.execute_script("return document.querySelector('h1').textContent")
    frame = driver.execute_script("return document.querySelector('iframe').src")
    assert frame.startswith("shop://")
