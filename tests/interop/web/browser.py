"""Headless Chromium for tests, to which every host of Branch is the mock."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SECONDS = 30
BRANCH_HOSTS = ("api.branch.io", "api2.branch.io", "cdn.branch.io", "app.link", "bnc.lt")
PAGE_HOST = "shop.example.com"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-proxy-server",
    "--ignore-certificate-errors",
    # Chromium would now and then try https first, where nothing answers.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,HttpsFirstModeV2",
)


def program(name: str, package: str) -> str:
    """Where a program is. A machine without it is told what to install."""
    found = shutil.which(name)
    assert found is not None, f"{name} is missing; install Debian's package {package}"
    return found


@contextmanager
def chromium(
    profile: Path, hosts: dict[str, int], *, user_agent: str | None = None
) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile. `hosts` are the ports on 127.0.0.1 that host names and
    their ports stand for, as `name:port`; every other name leads nowhere."""
    rules = [f"MAP {name} 127.0.0.1:{port}" for name, port in hosts.items()]
    rules.append("MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={profile}", f"--host-resolver-rules={','.join(rules)}"):
        options.add_argument(flag)
    if user_agent is not None:
        options.add_argument(f"--user-agent={user_agent}")
    service = Service(program("chromedriver", "chromium-driver"))
    driver = webdriver.Chrome(options=options, service=service)
    try:
        driver.set_page_load_timeout(SECONDS)
        driver.set_script_timeout(SECONDS)
        yield driver
    finally:
        driver.quit()
