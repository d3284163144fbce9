"""What a link costs in memory, and whether one among many is found as fast as one among few.

`python -m tests.benchmarks.links --links 1000000`. Links come in as JSON text, are checked and made
as `POST /v1/url` does it, without the network; they are read over it. Exits non-zero when a target
is missed.
"""

import argparse
import gc
import json
import statistics
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from branch_mock import BranchMock
from branch_mock.clock import Stopwatch
from branch_mock.strict_json import read_json
from branch_mock.validation import schema_of
from tests.benchmarks.memory import now_bytes

MAX_BYTES = 1024
MAX_RATIO = 1.25
FEW = 1_000
MANY = 1_000_000
_READ = 1_500
_TIMEOUT = 20
_CHANNELS = ("facebook", "twitter", "email", "sms")


class Found(NamedTuple):
    """What was measured. few_us, many_us: microseconds of a GET among few and among many links."""

    links: int
    bytes_each: float
    few_us: float
    many_us: float


def bodies(start: int, stop: int) -> Iterator[str]:
    """Plain links, as clients send them: two labels, and data of two short keys."""
    for number in range(start, stop):
        channel = _CHANNELS[number % len(_CHANNELS)]
        data = {"article_id": str(number), "$deeplink_path": f"article/{number}"}
        yield json.dumps({"channel": channel, "feature": "share", "data": data})


def measure(links: int = MANY) -> Found:
    """Fill a server of this process, and read from it when it is nearly empty and when full."""
    with BranchMock(seed=("empty",)) as mock:
        few = min(FEW, links // 2)
        urls = _make(mock, 0, few)
        few_us = _read_us(mock, urls)
        gc.collect()
        before = now_bytes()
        urls += _make(mock, few, links)
        gc.collect()
        each = (now_bytes() - before) / (links - few)
        every = max(1, len(urls) // few)
        return Found(links, each, few_us, _read_us(mock, urls[::every]))


def _make(mock: BranchMock, start: int, stop: int) -> list[int]:
    """The ids of new links: numbers, so that what is kept of them here hardly weighs."""
    schema, branch, app = schema_of("links/create.json"), mock.branch, mock.app
    return [
        branch.links.create_from(app, schema.check_body(read_json(text))).id
        for text in bodies(start, stop)
    ]


def _read_us(mock: BranchMock, ids: list[int]) -> float:
    """Microseconds of a GET, the median, over one connection."""
    links, key = mock.branch.store.state.links, quote(mock.app.key)
    place = urlsplit(mock.url)
    connection = HTTPConnection(place.hostname or "", place.port, timeout=_TIMEOUT)
    taken = []
    try:
        for turn in range(_READ):
            url = quote(mock.links.url(links[ids[turn * 7 % len(ids)]]), safe="")
            watch = Stopwatch()
            connection.request("GET", f"/v1/url?url={url}&branch_key={key}")
            reply = connection.getresponse()
            body = reply.read()
            taken.append(watch.ms() * 1000)
            assert reply.status == 200, body
    finally:
        connection.close()
    return statistics.median(taken[_READ // 5 :])


def report(links: int = MANY) -> str:
    """The figures, with what they should be."""
    return describe(measure(links))


def describe(found: Found) -> str:
    """One line."""
    ratio = found.many_us / found.few_us
    fits = "within" if found.bytes_each <= MAX_BYTES else "ABOVE"
    same = "the same" if ratio <= MAX_RATIO else "SLOWER"
    return (
        f"{found.bytes_each:,.0f} bytes a plain link among {found.links:,}, {fits} {MAX_BYTES:,}; "
        f"GET {found.few_us:,.0f} us among {FEW:,} links, {found.many_us:,.0f} us among "
        f"{found.links:,}: {ratio:.2f}, {same}"
    )


def main() -> None:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--links", type=int, default=MANY, help="links to make")
    found = measure(parser.parse_args().links)
    print(describe(found))
    if found.bytes_each > MAX_BYTES or found.many_us > MAX_RATIO * found.few_us:
        sys.exit("missed")


if __name__ == "__main__":
    main()
