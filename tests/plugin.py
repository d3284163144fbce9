"""Runs pytest in processes of its own, as a project that uses the plugin would."""

import pytest

TIMEOUT = 60
STRANGERS = (
    "aiohttp",
    "asyncio",
    "anyio",
    "hypothesispytest",
    "pytest_httpserver",
    "respx",
    "schemathesis",
    "timeout",
)
ALONE = tuple(word for name in STRANGERS for word in ("-p", f"no:{name}"))
OTHERS = (*ALONE, "-p", "no:xdist")
"""Keeps plugins that this project tests with, and a user may not have, out of the way."""

STRICT = ("-W", "error", "--strict-markers", "--strict-config")
USES = """
    import json
    import pytest
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, Request, build_opener

    open_url = build_opener(ProxyHandler({})).open

    def create(mock, **fields):
        body = json.dumps({"branch_key": mock.app.key, **fields}).encode()
        with open_url(Request(mock.url + "/v1/url", body), timeout=10) as reply:
            return json.load(reply)["url"]

    def refused(mock, **fields):
        with pytest.raises(HTTPError) as caught:
            create(mock, **fields)
        caught.value.close()
        return caught.value.code

    def break_links(mock, monkeypatch, error):
        def fail(*_, **__):
            raise error
        monkeypatch.setattr(mock.branch.links, "create_from", fail)
"""


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Run pytest there, without our own plugins and settings."""
    return pytester.runpytest_subprocess(*OTHERS, *STRICT, *arguments, timeout=TIMEOUT)
