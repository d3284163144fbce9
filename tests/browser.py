"""A real browser: headless Chromium, as Debian packages it (chromium, chromium-driver)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

TIMEOUT = 20
BINARY, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--window-size=1200,1000",
)


@contextmanager
def browser(profile: Path, *flags: str) -> Iterator[webdriver.Chrome]:
    """A browser with a profile of its own. `requested_hosts` tells whom it asked for anything."""
    for program in (BINARY, DRIVER):
        assert Path(program).is_file(), f"no {program}: install chromium and chromium-driver"
    options = Options()
    options.binary_location = BINARY
    for flag in (*FLAGS, f"--user-data-dir={profile}", *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(TIMEOUT)
    try:
        yield driver
    finally:
        driver.quit()


def drawn(driver: webdriver.Chrome, id_: str) -> WebElement:
    """The element with that id, once the page's script has drawn it."""
    found = WebDriverWait(driver, TIMEOUT).until(lambda page: page.find_elements(By.ID, id_))
    assert isinstance(found, list)
    element: WebElement = found[0]
    return element


def requested_hosts(driver: webdriver.Chrome) -> set[str]:
    """The hosts, with their ports, that were really asked for anything since the last look.

    A redirect that is not followed is no request.
    """
    messages = (json.loads(entry["message"])["message"] for entry in log_of(driver, "performance"))
    sent = (m["params"] for m in messages if m["method"] == "Network.requestWillBeSentExtraInfo")
    return {params["headers"]["Host"] for params in sent if "Host" in params["headers"]}


def log_of(driver: webdriver.Chrome, kind: str) -> list[dict[str, Any]]:
    """What is in one of the browser's logs since the last look: `performance` or `browser`."""
    entries: list[dict[str, Any]] = driver.get_log(kind)  # type: ignore[no-untyped-call]
    return entries
