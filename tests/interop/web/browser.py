"""Headless Chromium for tests, to which every host of Branch is the mock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver

from tests.browser import browser

BRANCH_HOSTS = ("api.branch.io", "api2.branch.io", "cdn.branch.io", "app.link", "bnc.lt")
PAGE_HOST = "shop.example.com"
SECONDS = 30
FLAGS = (
    "--disable-dev-shm-usage",
    "--disable-default-apps",
    "--ignore-certificate-errors",
    # Chromium would now and then try https first, where nothing answers.
    "--disable-features=HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,HttpsFirstModeV2",
)


@contextmanager
def chromium(
    profile: Path, hosts: dict[str, int], *, user_agent: str | None = None
) -> Iterator[webdriver.Chrome]:
    """A browser with an empty profile. `hosts` are the ports on 127.0.0.1 that host names and
    their ports stand for, as `name:port`; every other name leads nowhere."""
    rules = [f"MAP {name} 127.0.0.1:{port}" for name, port in hosts.items()]
    rules.append("MAP * ~NOTFOUND , EXCLUDE 127.0.0.1")
    flags = [*FLAGS, f"--host-resolver-rules={','.join(rules)}"]
    if user_agent is not None:
        flags.append(f"--user-agent={user_agent}")
    with browser(profile, *flags) as driver:
        driver.set_page_load_timeout(SECONDS)
        driver.set_script_timeout(SECONDS)
        yield driver
