"""The flow with WireMock, a process of Java's, run from the jar that the package `wiremock` has.

Nothing but `python -m tests.benchmarks comparison` needs it: `pip install -e '.[comparison]'`, and
Java 11 or newer.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from tests.comparison.shop import TIMEOUT, through_requests
from tests.comparison.tool import Opened, SetUp, Tool

_PORT = re.compile(r"^port:\s+(\d+)")


def set_up(admin: requests.Session, url: str) -> None:
    """What is answered, whatever is sent."""
    conflict = {"error": {"code": 409, "message": "Link alias conflict: bnc.lt/promo"}}
    view = {"channel": "email", "data": {"$desktop_url": "https://example.com/"}}
    once = {"scenarioName": "alias", "requiredScenarioState": "Started", "newScenarioState": "used"}
    again = {"scenarioName": "alias", "requiredScenarioState": "used"}
    home = {"Location": "https://example.com/"}
    answers: list[tuple[dict[str, str], str, str, dict[str, object]]] = [
        (once, "POST", "/v1/url", {"jsonBody": {"url": f"{url}/promo"}}),
        (again, "POST", "/v1/url", {"status": 409, "jsonBody": conflict}),
        ({}, "GET", "/v1/url", {"jsonBody": view}),
        ({}, "GET", "/promo", {"status": 307, "headers": home}),
        ({}, "POST", "/v1/redeem", {"jsonBody": {}}),
        ({}, "GET", "/v1/credits", {"jsonBody": {"default": 7}}),
    ]
    mappings = [
        {**rest, "request": {"method": method, "urlPath": path}, "response": response}
        for rest, method, path, response in answers
    ]
    stubs = {"mappings": mappings}
    admin.post(f"{url}/__admin/mappings/import", json=stubs, timeout=20).raise_for_status()


def _call(admin: requests.Session, url: str) -> None:
    request = {"method": "POST", "urlPath": "/v1/url"}
    stub = {"request": request, "response": {"jsonBody": {"url": f"{url}/promo"}}}
    admin.post(f"{url}/__admin/mappings", json=stub, timeout=TIMEOUT).raise_for_status()


def jar() -> Path | None:
    """WireMock itself; None where it, or Java, is not installed."""
    found = find_spec("wiremock")
    if found is None or found.origin is None or shutil.which("java") is None:
        return None
    return next((Path(found.origin).parent / "server").glob("wiremock-*.jar"), None)


@contextmanager
def _running() -> Iterator[str]:
    """The address of a WireMock that ends with the block. It needs `jar()`."""
    command = ["java", "-jar", str(jar()), "--port", "0", "--bind-address", "127.0.0.1"]
    with (
        TemporaryDirectory() as home,  # where it makes folders
        subprocess.Popen(
            [*command, "--root-dir", home],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            found = (_PORT.match(line) for line in process.stdout)
            port = next((match[1] for match in found if match), None)
            assert port is not None, f"{' '.join(command)} printed no port"
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(TIMEOUT)


@contextmanager
def _fresh(url: str, stub: SetUp) -> Iterator[Opened]:
    """The server lasts and its stubs are put in anew."""
    with requests.Session() as session:
        send = through_requests(session)
        stub(session, url)
        try:
            yield Opened(send=send, api=url)
        finally:
            session.post(f"{url}/__admin/reset", timeout=TIMEOUT).raise_for_status()


TOOL = Tool(name="WireMock", set_up=set_up, call=_call, running=_running, fresh=_fresh)
