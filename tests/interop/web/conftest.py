"""What pages with the web SDK need: the mock as every host of Branch, a shop, a browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
import trustme
from selenium.webdriver import Chrome

from branch_mock import BranchMock
from tests.interop.installed import web_installed
from tests.interop.tls import terminator
from tests.interop.web.browser import BRANCH_HOSTS, PAGE_HOST, chromium

HERE = Path(__file__).parent
LIFETIME = 100


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def shop() -> Iterator[int]:
    """The port of a web server with the pages and the SDKs, as npm installed them."""
    web_installed()
    handler = partial(Quiet, directory=str(HERE))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(10)


Open = Callable[..., Chrome]


@pytest.fixture
def browser(mock: BranchMock, shop: int, tmp_path: Path) -> Iterator[Open]:
    """Opens a browser to which Branch's hosts are the mock; may be given a user agent."""
    port = urlsplit(mock.url).port
    assert port is not None
    names = (*BRANCH_HOSTS, "*.app.link")
    with ExitStack() as stack:
        tls = stack.enter_context(terminator(trustme.CA(), port, hosts=names, seconds=LIFETIME))
        hosts = {f"{name}:443": tls for name in names} | {f"{PAGE_HOST}:80": shop}

        def start(user_agent: str | None = None) -> Chrome:
            profile = tmp_path / "profile"
            return stack.enter_context(chromium(profile, hosts, user_agent=user_agent))

        yield start
