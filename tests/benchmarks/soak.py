"""A served emulator under mixed load for a set time, with faults, webhooks and resets going on.

`python -m tests.benchmarks.soak --seconds 600`. Then every balance must be the sum of its history,
every alias must lead to its link, and memory and file descriptors must be where they were after a
short time of the same load. Exits non-zero otherwise.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import requests

from branch_mock.clock import Stopwatch
from tests.benchmarks.memory import now_bytes, open_files
from tests.benchmarks.soak_load import ALIASES, Load, Tenant
from tests.process import serving

TENANTS = (
    Tenant("key_live_" + "a" * 32, "secret_live_" + "a" * 32),
    Tenant("key_live_" + "b" * 32, "secret_live_" + "b" * 32),
)
SLACK_BYTES = 16 * 2**20
"""What memory may differ by: the allocator keeps some of what it once had."""

_WAIT_SECONDS = 20
_SETTLE_MS = 300
"""How long the number of file descriptors must stay the same to count."""

_TIMEOUT = 20
_PAGE = 1000


class Held(NamedTuple):
    """What the process holds once everything was reset."""

    memory: int
    files: int


class Soak:
    """One soak of a served emulator. problems: everything that is not as it should be."""

    def __init__(
        self, url: str, pid: int, *, clients: int, seed: int, slack: int = SLACK_BYTES
    ) -> None:
        self._url = url
        self._pid = pid
        self._clients = clients
        self._seed = seed
        self._slack = slack
        self._session = requests.Session()
        self._session.trust_env = False
        self.answers: Counter[int] = Counter()
        self.broken = self.disturbances = self.webhooks = self.balances = self.links = 0
        self.problems: list[str] = []

    def run(self, seconds: float) -> tuple[Held, Held]:
        """Warm up, hold the load, look at everything; what was held before and after."""
        before = self._round(max(3.0, min(seconds / 4, 60.0)))
        self.balances = self.links = 0
        after = self._round(seconds)
        if after.memory - before.memory > self._slack:
            self.problems.append(f"memory grew by {_mib(after.memory - before.memory)}")
        if after.files > before.files:
            self.problems.append(f"{after.files - before.files} file descriptors were not closed")
        return before, after

    def _round(self, seconds: float) -> Held:
        self._load(seconds)
        self._drain()
        self.look()
        return self._held()

    def _load(self, seconds: float) -> None:
        load = Load(self._url, TENANTS, self._seed)
        asyncio.run(load.run(seconds, self._clients))
        self.answers += load.answers
        self.broken += load.broken
        self.disturbances += load.disturbances
        self.problems += load.problems

    def _call(self, method: str, path: str, body: object = None, **query: str | int) -> Any:
        address = f"{self._url}{path}"
        reply = self._session.request(method, address, json=body, params=query, timeout=_TIMEOUT)
        assert reply.status_code == 200, f"{method} {path}: {reply.status_code} {reply.text[:200]}"
        return reply.json()

    def _drain(self) -> None:
        """Take the faults away and wait until no webhook is on its way. Raises TimeoutError."""
        self._call("DELETE", "/_mock/faults")
        watch = Stopwatch()
        while any(item["state"] == "pending" for item in self._call("GET", "/_mock/webhooks")):
            if watch.ms() > _WAIT_SECONDS * 1000:
                raise TimeoutError("webhooks are pending still")

    def _held(self) -> Held:
        """Reset everything, and wait for closed connections to be gone."""
        self._drain()
        self._call("DELETE", "/_mock/snapshots/soak")
        self._call("DELETE", "/_mock/inbox/soak")
        self._call("POST", "/_mock/reset", {})
        self._session.close()
        watch, count = Stopwatch(), open_files(self._pid)
        while watch.ms() < _SETTLE_MS:
            now = open_files(self._pid)
            if now != count:
                watch, count = Stopwatch(), now
        return Held(now_bytes(self._pid), count)

    def look(self) -> None:
        """The ledger and the index of aliases, through the API and as the state has them."""
        state = self._call("GET", "/_mock/state")["state"]
        keys = {app["id"]: app["branch_key"] for app in state["apps"]}
        self._look_at_ledger(state, keys)
        self._look_at_links(state, keys)
        deliveries = self._call("GET", "/_mock/webhooks")
        self.webhooks = sum(item["state"] == "delivered" for item in deliveries)
        lost = [item for item in deliveries if item["state"] != "delivered"]
        self.problems += [f"webhook {item['id']} was not delivered" for item in lost]

    def _look_at_ledger(self, state: Any, keys: dict[str, str]) -> None:
        sums: Counter[tuple[str, str]] = Counter()
        for row in state["transactions"]:
            sums[row["identity_id"], row["bucket"]] += row["amount"]
        for user in state["identities"]:
            if user.get("name") is None:
                continue
            about = {"branch_key": keys[user["app_id"]], "identity": user["name"]}
            told = self._call("GET", "/v1/credits", **about)
            known = {bucket: n for (id_, bucket), n in sums.items() if id_ == user["id"]}
            history: Counter[str] = Counter()
            for row in self._history(about):
                history[row["bucket"]] += row["amount"]
            self.balances += len(told)
            if not told == known == dict(history) or min(told.values(), default=0) < 0:
                self.problems.append(f"{user['name']}: {told}, {known}, {dict(history)}")

    def _history(self, about: dict[str, str]) -> list[Any]:
        found: list[Any] = []
        while True:
            after = {"begin_after_id": found[-1]["id"]} if found else {}
            page = self._call("GET", "/v1/credithistory", **about, **after, length=_PAGE)
            found += [row["transaction"] for row in page]
            if len(page) < _PAGE:
                return found

    def _look_at_links(self, state: Any, keys: dict[str, str]) -> None:
        aliases = Counter((link["domain"], link["path"]) for link in state["links"])
        self.problems += [f"{place} is taken {n} times" for place, n in aliases.items() if n > 1]
        for link in state["links"]:
            address = f"https://{link['domain']}/{link['path']}"
            shown = self._call("GET", "/v1/url", url=address, branch_key=keys[link["app_id"]])
            self.links += 1
            if shown["data"]["~id"] != link["id"] or shown["alias"] != link.get("alias"):
                self.problems.append(f"{address} leads to {shown}, not {link['id']}")
        made = {(link["domain"], link["path"]) for link in state["links"]}
        for number in range(ALIASES):
            alias = f"alias-{number}"
            status = self._status_of(alias)
            if (status == 200) != (("bnc.lt", alias) in made):
                self.problems.append(f"{alias} is answered with {status}")

    def _status_of(self, alias: str) -> int:
        found = (
            self._session.get(
                f"{self._url}/v1/url",
                params={"url": f"bnc.lt/{alias}", "branch_key": app.key},
                timeout=_TIMEOUT,
            ).status_code
            for app in TENANTS
        )
        return min(found)


def soak(
    seconds: float, *, clients: int = 8, seed: int = 0, slack: int = SLACK_BYTES
) -> tuple[str, list[str]]:
    """The report of one soak, and its problems. slack: bytes that memory may differ by."""
    apps = [
        {"branch_key": app.key, "branch_secret": app.secret, "label": f"soa{number}"}
        for number, app in enumerate(TENANTS)
    ]
    with tempfile.TemporaryDirectory() as folder:
        seeds = Path(folder, "seed.json")
        seeds.write_text(json.dumps({"apps": apps}), "utf-8")
        with serving("--port", "0", "--seed", str(seeds), "--log-level", "error") as served:
            run = Soak(served.url, served.process.pid, clients=clients, seed=seed, slack=slack)
            before, after = run.run(seconds)
            status, _, log = served.end()
    if status or log:
        run.problems.append(f"the server ended with {status}: {log[-5:]}")
    total = sum(run.answers.values())
    if not all((run.broken, run.disturbances, run.webhooks, run.balances, run.links)):
        run.problems.append("the load did not reach every part")
    rows = (
        f"{total:,} answers: {dict(sorted(run.answers.items()))}",
        f"{run.broken} connections broken by faults, {run.disturbances} resets and snapshots",
        f"{run.balances} balances, {run.links} links and {run.webhooks} webhooks looked at",
        f"memory {_mib(before.memory)} at the start, {_mib(after.memory)} at the end",
        f"file descriptors {before.files} at the start, {after.files} at the end",
        *run.problems[:20],
        "nothing is wrong" if not run.problems else f"{len(run.problems)} PROBLEMS",
    )
    return "\n".join(rows), run.problems


def _mib(size: int) -> str:
    return f"{size / 2**20:.1f} MiB"


def main() -> None:
    """Soak, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long the load is held")
    parser.add_argument("--clients", type=int, default=8, help="clients that ask at a time")
    parser.add_argument("--seed", type=int, default=0, help="of what the clients draw")
    given = parser.parse_args()
    report, problems = soak(given.seconds, clients=given.clients, seed=given.seed)
    print(report)
    if problems:
        sys.exit("failed")


if __name__ == "__main__":
    main()
