"""Run the benchmarks and print ratios."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from compileall import compile_dir
from functools import partial
from pathlib import Path
from urllib.request import Request, urlopen

import branch_mock
from branch_mock import BranchMock
from branch_mock.freeing import wait_until_freed
from tests.benchmarks import fixture, links, proxy
from tests.benchmarks.load import rate, request, server

KEY = "key_live_feebgAAhbH9Tv85H5wLQhpdaefiZv5Dv"
SECRET = "secret_live_0Zq8mTn4Wc7Yb2Rk6Xp9Ls3Vd1Hf5Jg0"
MOCK = ("-m", "branch_mock", "serve", "--port", "0", "--log-level", "warning")
BARE = ("-m", "tests.benchmarks.bare")
ROUNDS = 15
SECONDS = 0.4
STARTS = 7
SERVERS = 200
LINKS = 10_000
BULK = 100
LINK_DATA = {"name": "Alex", "user_id": "12346", "$deeplink_path": "article/jan/123"}
LINK = {
    "branch_key": KEY,
    "campaign": "new_product_annoucement",
    "channel": "email",
    "tags": ["monday", "test123"],
    "data": json.dumps(
        {
            "name": "Alex",
            "email": "alex@example.com",
            "user_id": "12346",
            "$deeplink_path": "article/jan/123",
            "$desktop_url": "https://example.com",
        }
    ),
}
AGENT = (
    "User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/50.0.2661.94 Safari/537.36"
)


def main() -> None:
    """Run those named on the command line, or all."""
    names = sys.argv[1:] or list(BENCHMARKS)
    compile_dir(Path(branch_mock.__file__).parent, quiet=1)  # as pip leaves a package
    for name in names:
        print(f"{name:12} {BENCHMARKS[name]()}", flush=True)


def _versus_bare(make: Callable[[str], bytes]) -> str:
    """Ratio of requests per second to bare aiohttp's; the median of interleaved rounds."""
    with server(*MOCK) as mock, server(*BARE) as bare:
        message = make(mock)
        for address in (mock, bare):
            rate(address, message, SECONDS / 2)
        pairs = [
            (rate(mock, message, SECONDS), rate(bare, message, SECONDS)) for _ in range(ROUNDS)
        ]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return f"{ratio:.2f} of bare aiohttp ({ours:,.0f}/s, bare {theirs:,.0f}/s)"


def post() -> str:
    """POST /v1/url against a handler that reads the same JSON and answers a constant."""
    body = json.dumps(LINK).encode()
    return _versus_bare(lambda _: request("POST", "/v1/url", body))


def bulk() -> str:
    """A link of a bulk call against a call of its own; the median of interleaved rounds, each of a
    server as it was started: a hundred thousand links a second are soon more than any suite has."""
    one = json.dumps(LINK).encode()
    item = {name: value for name, value in LINK.items() if name != "branch_key"}
    many = json.dumps([item] * BULK).encode()
    shares = []
    with server(*MOCK) as mock:
        single = request("POST", "/v1/url", one)
        together = request("POST", f"/v1/url/bulk/{KEY}", many)
        for _ in range(ROUNDS):
            with urlopen(Request(f"{mock}/_mock/reset", b"{}"), timeout=10) as reply:
                assert reply.status == 200
            rate(mock, single, SECONDS / 2)
            shares.append(rate(mock, single, SECONDS) / (rate(mock, together, SECONDS) * BULK))
    return f"{statistics.median(shares):.2f} of a POST for each link of {BULK}"


def redeem() -> str:
    """Redeeming credits against a handler that reads the same JSON and answers a constant."""
    fields = {"branch_key": KEY, "branch_secret": SECRET, "identity": "redeemer"}
    body = json.dumps({**fields, "amount": 1}).encode()

    def make(address: str) -> bytes:
        grant = json.dumps({**fields, "amount": 100_000_000}).encode()
        with urlopen(Request(f"{address}/v1/credits", grant), timeout=10) as reply:
            assert reply.status == 200
        return request("POST", "/v1/redeem", body)

    return _versus_bare(make)


def get() -> str:
    """GET /v1/url against a handler that answers a constant of the same size."""

    def make(address: str) -> bytes:
        return request("GET", f"/v1/url?url={_new_link(address)}&branch_key={KEY}")

    return _versus_bare(make)


def click() -> str:
    """A click against a handler that redirects."""

    def make(address: str) -> bytes:
        path = _new_link(address).removeprefix(address)
        return request("GET", path, headers=(AGENT,))

    return _versus_bare(make)


def _new_link(address: str) -> str:
    call = Request(f"{address}/v1/url", json.dumps(LINK).encode())
    with urlopen(call, timeout=10) as reply:
        url = json.load(reply)["url"]
    assert isinstance(url, str)
    return url


def cold_start() -> str:
    """From process start to the first answer of /_mock/health, against bare aiohttp."""
    pairs = [(_start(*MOCK), _start(*BARE)) for _ in range(STARTS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return f"{ratio:.2f} of bare aiohttp ({ours * 1000:.0f} ms, bare {theirs * 1000:.0f} ms)"


def _start(*command: str) -> float:
    begun = time.perf_counter()
    with server(*command) as address, urlopen(f"{address}/_mock/health", timeout=10) as reply:
        assert reply.status == 200
        return time.perf_counter() - begun


def first_request() -> str:
    """The first POST /v1/url after the server said that it is there, against bare aiohttp's."""
    pairs = [(_first(*MOCK), _first(*BARE)) for _ in range(STARTS)]
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    return f"{ratio:.2f} of bare aiohttp ({ours * 1000:.1f} ms, bare {theirs * 1000:.1f} ms)"


def _first(*command: str) -> float:
    with server(*command) as address:
        return _seconds(partial(_new_link, address))


def per_test() -> str:
    """A server started and stopped, in a process that has done so before."""
    with BranchMock():
        pass
    begun = time.perf_counter()
    for _ in range(SERVERS):
        with BranchMock():
            pass
    return f"{(time.perf_counter() - begun) / SERVERS * 1000:.2f} ms for a server per test"


def import_time() -> str:
    """`import branch_mock` against `import aiohttp.web`."""
    pairs = [
        (_import("branch_mock"), _import("aiohttp.web"), _import("sys")) for _ in range(STARTS)
    ]
    ours, theirs, nothing = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = (ours - nothing) / (theirs - nothing)
    return f"{ratio:.3f} of importing aiohttp.web ({(ours - nothing) * 1000:.1f} ms)"


def _import(module: str) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - begun


def reset() -> str:
    """A reset and a restore where there are 10,000 links, by the server's own process."""
    mock = BranchMock()
    branch = mock.branch
    resets, restores = [], []
    for _ in range(ROUNDS):
        for number in range(LINKS):
            branch.links.create(mock.app, alias=f"link-{number}", channel="email", data=LINK_DATA)
        full = branch.store.snapshot()
        resets.append(_seconds(mock.reset))
        _until_freed()
        restores.append(_seconds(partial(branch.store.restore, full)))
        del full
        resets.append(_seconds(mock.reset))
        _until_freed()
    return (
        f"{statistics.median(resets) * 1000:.2f} ms for a reset, "
        f"{statistics.median(restores) * 1000:.2f} ms for a restore, at {LINKS:,} links"
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _until_freed() -> None:
    assert wait_until_freed(10)


def compare() -> str:
    """The ways in which people do without an emulator."""
    from tests.benchmarks import comparison  # noqa: PLC0415 - what it imports makes others slow

    return comparison.report()


BENCHMARKS: dict[str, Callable[[], str]] = {
    "post": post,
    "bulk": bulk,
    "redeem": redeem,
    "get": get,
    "click": click,
    "cold_start": cold_start,
    "first": first_request,
    "per_test": per_test,
    "import": import_time,
    "fixture": fixture.report,
    "reset": reset,
    "memory": links.report,
    "proxy": lambda: proxy.report(json.dumps(LINK).encode()),
    "comparison": compare,
}

if __name__ == "__main__":
    main()
