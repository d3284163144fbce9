"""Every row of the control plane from each seat: what is sent, called and typed (contract 12)."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from branch_mock import Branch, FrozenClock
from branch_mock.documents import write
from branch_mock.seeds import plant

NOON = "2016-01-20T12:00:00Z"
LINK = "LINK"
"""Stands for the address of a link that there is."""

SEED = {"apps": [{"label": "zzzz", "links": [{"alias": "seeded"}]}]}
SMS = {"channel": "sms"}
BUY = {"event": "buy", "identity": "ann", "metadata": {"sku": "1"}}
PEOPLE = {"referrer": "ann", "referred": "ben"}


class Seat(NamedTuple):
    """One row of the table from each seat.

    name: the row's, without `control.`. handle: the attribute of a mock, called with args and
    fields. words: the command; typed: its standard input; is_json: whether it takes `--json`.
    path: what its path names. remote: whether it makes sense where others use the same server.
    """

    name: str
    handle: str
    words: tuple[str, ...]
    args: tuple[Any, ...] = ()
    fields: Mapping[str, Any] = MappingProxyType({})
    query: Mapping[str, Any] = MappingProxyType({})
    body: Any = None
    typed: Any = None
    path: str = ""
    remote: bool = True
    is_json: bool = True


def seeded() -> Any:
    """The state of a server that knows only its seed."""
    branch = Branch(clock=FrozenClock(NOON))
    plant(branch)
    return write(branch.save())


STATE = seeded()
READING = [
    Seat("health", "health", ("health",)),
    Seat("ready", "ready", ("ready",)),
    Seat("state_read", "state", ("state",), is_json=False, remote=False),
    Seat("snapshots_all", "snapshots.all", ("snapshots", "list"), remote=False),
    Seat("apps_all", "apps.all", ("apps", "list"), remote=False),
    Seat("clock_show", "clock.now", ("clock", "show")),
    Seat("faults_all", "faults.all", ("faults", "list")),
    Seat("requests_all", "requests.all", ("requests",)),
    Seat(
        "requests_all",
        "requests.all",
        ("requests", "--after", "1"),
        fields={"after": 1},
        query={"after": 1},
    ),
    Seat(
        "requests_find",
        "requests.find",
        ("requests", "--method", "POST", "--path", "/v1/*", "--body", json.dumps(SMS)),
        ("POST /v1/*",),
        {"json": SMS},
        body={"method": "POST", "path": "/v1/*", "json": SMS},
    ),
    Seat(
        "requests_count",
        "requests.count",
        ("requests", "--count", "--query", '{"a": "1"}', "--headers", '{"x-own": "y*"}'),
        (),
        {"query": {"a": "1"}, "headers": {"x-own": "y*"}},
        body={"query": {"a": "1"}, "headers": {"x-own": "y*"}},
    ),
    Seat("webhooks_all", "webhooks.all", ("webhooks", "list")),
    Seat("inbox_show", "webhooks.inbox", ("webhooks", "inbox", "box"), ("box",), path="box"),
    Seat("ca", "ca_pem", ("ca", "export", "--url"), is_json=False),
    Seat("openapi", "openapi", ("openapi",), is_json=False),
    Seat("docs", "docs", ("docs",), is_json=False),
    Seat("docs_python", "docs", ("docs", "--python"), (), {"python": True}, is_json=False),
    Seat("parity", "parity", ("parity",)),
]
CHANGING = [
    Seat("reset", "reset", ("reset", "--part", "state"), (["state"],), body={"parts": ["state"]}),
    Seat("seed", "seed", ("seed", "-"), (SEED,), body=SEED, typed=SEED, remote=False),
    Seat(
        "state_write",
        "put_state",
        ("state", "--in", "-"),
        (STATE,),
        body=STATE,
        typed=STATE,
        remote=False,
    ),
    Seat(
        "snapshots_save",
        "snapshots.save",
        ("snapshots", "save", "new"),
        ("new",),
        path="new",
        remote=False,
    ),
    Seat(
        "snapshots_restore",
        "snapshots.restore",
        ("snapshots", "restore", "kept"),
        ("kept",),
        path="kept",
        remote=False,
    ),
    Seat(
        "snapshots_delete",
        "snapshots.delete",
        ("snapshots", "delete", "kept"),
        ("kept",),
        path="kept",
        remote=False,
    ),
    Seat(
        "apps",
        "apps.mint",
        ("apps", "mint", "--test", "--profile", "observed"),
        fields={"live": False, "profile": "observed"},
        body={"live": False, "profile": "observed"},
        remote=False,
    ),
    *(
        Seat(
            "clock_change",
            f"clock.{verb}",
            ("clock", verb, *map(str, args)),
            args,
            body={verb: args[0] if args else True},
            remote=False,
        )
        for verb, args in (
            ("advance", (60,)),
            ("advance", (-1.5,)),
            ("set", ("2016-01-21",)),
            ("freeze", ("2016-01-22T01:02:03Z",)),
        )
    ),
    Seat(
        "faults_add",
        "faults.add",
        (
            *("faults", "add", "--method", "GET", "--match", '{"query": {"a": "1"}}'),
            *("--status", "503", "--headers", '{"X-Own": "y"}', "--delay", "[0.1, 0.2]"),
        ),
        ({"method": "GET", "query": {"a": "1"}},),
        {"status": 503, "headers": {"X-Own": "y"}, "delay": [0.1, 0.2]},
        body={
            "match": {"method": "GET", "query": {"a": "1"}},
            "status": 503,
            "headers": {"X-Own": "y"},
            "delay": [0.1, 0.2],
        },
    ),
    Seat(
        "faults_clear",
        "faults.clear",
        ("faults", "clear", "laid"),
        ("laid",),
        query={"id": "laid"},
    ),
    Seat("requests_clear", "requests.clear", ("requests", "--clear")),
    Seat("webhooks_redeliver", "webhooks.redeliver", ("webhooks", "redeliver", "1"), (1,)),
    Seat(
        "inbox_collect",
        "webhooks.collect",
        ("webhooks", "collect", "new", json.dumps(SMS)),
        ("new", SMS),
        body=SMS,
        path="new",
    ),
    Seat(
        "inbox_empty",
        "webhooks.empty_inbox",
        ("webhooks", "empty-inbox", "box"),
        ("box",),
        path="box",
    ),
    Seat(
        "simulate_click",
        "simulate.click",
        ("simulate", "click", f"url={LINK}"),
        (LINK,),
        body={"url": LINK},
    ),
    Seat(
        "simulate_install",
        "simulate.install",
        ("simulate", "install", "identity=ann"),
        fields={"identity": "ann"},
        body={"identity": "ann"},
    ),
    Seat(
        "simulate_open",
        "simulate.open",
        ("simulate", "open", f"url={LINK}"),
        fields={"url": LINK},
        body={"url": LINK},
    ),
    Seat(
        "simulate_event",
        "simulate.event",
        ("simulate", "event", "event=buy", "identity=ann", 'metadata={"sku": "1"}'),
        fields=BUY,
        body=BUY,
    ),
    Seat(
        "simulate_referral",
        "simulate.referral",
        ("simulate", "referral", "referrer=ann", "referred=ben"),
        fields=PEOPLE,
        body=PEOPLE,
    ),
]
FREEZE = Seat(
    "clock_change", "clock.freeze", ("clock", "freeze"), body={"freeze": True}, remote=False
)
RESUME = Seat(
    "clock_change", "clock.resume", ("clock", "resume"), body={"resume": True}, remote=False
)
STREAMED = Seat("events", "events.listen", ("events", "--kinds", "clock", "--after", "0"))
SEATS = (*READING, *CHANGING, FREEZE, RESUME, STREAMED)
