"""The mixed load of the soak: what clients ask, and what disturbs them meanwhile."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import ClientError, ClientSession, ClientTimeout

from branch_mock import DESKTOP, IPHONE, PIXEL

WEBHOOK_INBOX = "soak"
TIMEOUT = ClientTimeout(total=20)
FAULT_HEADER = "X-Branch-Mock-Fault"
FAULTS: tuple[dict[str, Any], ...] = (
    {"match": {"path": "/v1/event"}, "status": 503, "probability": 0.05},
    {"match": {"path": "/v1/redeem"}, "status": 500, "phase": "after", "every": 7},
    {"match": {"path": "/v1/credits", "method": "POST"}, "connection": "reset", "every": 9},
    {"match": {"path": "/v1/reconcile"}, "connection": "empty", "phase": "after", "every": 5},
    {"match": {"path": "/v1/credithistory"}, "delay": [0.001, 0.01], "probability": 0.2},
    {"match": {"path": "/v1/app/*"}, "status": 429, "limit": 20, "window": 1},
)
_BROKEN = ("/v1/credits", "/v1/reconcile")
"""Paths on which a fault may break the connection."""

_ALIASES, _USERS, _BULK = 400, 40, 20
_PAUSE_SECONDS = 0.2
_QUIET_SECONDS = 1.0
"""Nothing is reset at the end, so that there is something to look at."""
_AGENTS = (IPHONE.user_agent, PIXEL.user_agent, DESKTOP.user_agent)


class Ask(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Any = None
    agent: str = ""


class Tenant(NamedTuple):
    """An app's credentials."""

    key: str
    secret: str

    def signed(self, **fields: object) -> dict[str, object]:
        return {"branch_key": self.key, "branch_secret": self.secret, **fields}


def _alias(draw: random.Random) -> str:
    return f"alias-{draw.randrange(_ALIASES)}"


def _user(draw: random.Random) -> str:
    return f"user-{draw.randrange(_USERS)}"


def _link(draw: random.Random) -> dict[str, object]:
    fields: dict[str, object] = {"channel": draw.choice("abc"), "data": {"n": draw.randrange(9)}}
    if draw.random() < 0.5:
        fields["alias"] = _alias(draw)
    return fields


def _amount(draw: random.Random, path: str, app: Tenant) -> Ask:
    fields = {"identity": _user(draw), "amount": draw.randrange(1, 20)}
    return Ask("POST", path, app.signed(**fields))


def _event(draw: random.Random, app: Tenant) -> Ask:
    return Ask("POST", "/v1/event", app.signed(event=draw.choice("xyz"), identity=_user(draw)))


def _install(draw: random.Random, app: Tenant) -> Ask:
    fields = {"hardware_id": f"hw-{draw.randrange(50)}", "os": "iOS", "identity": _user(draw)}
    return Ask("POST", "/v1/install", app.signed(**fields), IPHONE.user_agent)


ASKS: tuple[tuple[int, Callable[[random.Random, Tenant], Ask]], ...] = (
    (20, lambda draw, app: Ask("POST", "/v1/url", app.signed(**_link(draw)))),
    (4, lambda draw, app: Ask("POST", f"/v1/url/bulk/{app.key}", [_link(draw)] * _BULK)),
    (10, lambda draw, app: Ask("GET", f"/v1/url?url=bnc.lt/{_alias(draw)}&branch_key={app.key}")),
    (15, lambda draw, _: Ask("GET", f"/{_alias(draw)}", agent=draw.choice(_AGENTS))),
    (10, lambda draw, app: _amount(draw, "/v1/credits", app)),
    (10, lambda draw, app: _amount(draw, "/v1/redeem", app)),
    (4, lambda draw, app: _amount(draw, "/v1/reconcile", app)),
    (
        4,
        lambda draw, app: Ask(
            "GET", f"/v1/credithistory?identity={_user(draw)}&branch_key={app.key}"
        ),
    ),
    (8, _event),
    (4, _install),
    (4, lambda _, app: Ask("GET", f"/v1/app/{app.key}?branch_secret={app.secret}")),
    (2, lambda _, app: Ask("POST", "/v1/url", {"branch_key": app.key, "type": "no"})),
    (1, lambda _, app: Ask("POST", "/v1/nowhere", {"branch_key": app.key})),
)
_WEIGHTS = [weight for weight, _ in ASKS]


class Load:
    """Clients that ask until they are told to stop. problems: what no fault explains."""

    def __init__(self, url: str, tenants: tuple[Tenant, ...], seed: int) -> None:
        self._url = url
        self._tenants = tenants
        self._seed = seed
        self.answers: Counter[int] = Counter()
        self.broken = 0
        self.disturbances = 0
        self.problems: list[str] = []

    async def run(self, seconds: float, clients: int) -> None:
        """Hold the load, and disturb it, for that time."""
        end = asyncio.get_running_loop().time() + seconds
        async with ClientSession(self._url, timeout=TIMEOUT) as session:
            await self.prepare(session)
            await asyncio.gather(
                self._disturb(session, end),
                *(self._ask(session, end, random.Random(self._seed + n)) for n in range(clients)),
            )

    async def prepare(self, session: ClientSession) -> None:
        """Lay the faults and make the rules, which a reset takes away."""
        await self._must(session, "DELETE", "/_mock/faults", None)
        for fault in FAULTS:
            await self._must(session, "POST", "/_mock/faults", fault)
        for app in self._tenants:
            await self._make_rules(session, app)

    async def _make_rules(self, session: ClientSession, app: Tenant) -> None:
        hook = f"{self._url}/_mock/inbox/{WEBHOOK_INBOX}"
        about = app.signed(event="x", calculation_type=0, location=0)
        reward = {**about, "type": "credit", "metadata": {"amount": 3, "bucket": "gift"}}
        called = {**about, "type": "web_hook", "metadata": {"web_hook_url": hook}}
        for rule in (reward, called):
            await self._must(session, "POST", "/v1/eventresponse", rule)

    async def _ask(self, session: ClientSession, end: float, draw: random.Random) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() < end:
            _, make = draw.choices(ASKS, _WEIGHTS)[0]
            ask = make(draw, draw.choice(self._tenants))
            headers = {"User-Agent": ask.agent} if ask.agent else {}
            try:
                async with session.request(
                    ask.method, ask.path, json=ask.body, headers=headers, allow_redirects=False
                ) as reply:
                    text = await reply.text()
            except ClientError as error:
                self.broken += 1
                if not ask.path.startswith(_BROKEN):
                    self.problems.append(f"{ask.method} {ask.path}: {error!r}")
                continue
            self.answers[reply.status] += 1
            if reply.status >= 500 and FAULT_HEADER not in reply.headers:
                self.problems.append(f"{ask.method} {ask.path}: {reply.status} {text[:200]}")

    async def _disturb(self, session: ClientSession, end: float) -> None:
        """Resets, wholly and in part, and snapshots that are gone back to."""
        loop, turn = asyncio.get_running_loop(), 0
        last = self._tenants[-1]
        while loop.time() < end - _QUIET_SECONDS:
            await asyncio.sleep(_PAUSE_SECONDS)
            turn += 1
            self.disturbances += 1
            if turn % 25 == 0:
                await self._must(session, "POST", "/_mock/reset", {"parts": ["state", "faults"]})
                await self.prepare(session)
            elif turn % 5 == 0:
                await self._must(session, "POST", "/_mock/snapshots/soak/restore", None)
            elif turn % 5 == 1:
                await self._must(session, "POST", "/_mock/snapshots/soak", None)
            else:
                parts = {"branch_key": last.key, "parts": ["state", "journal"]}
                await self._must(session, "POST", "/_mock/reset", parts)
                await self._make_rules(session, last)

    async def _must(self, session: ClientSession, method: str, path: str, body: object) -> Any:
        async with session.request(method, path, json=body) as reply:
            if reply.status != 200:
                self.problems.append(f"{method} {path}: {reply.status} {await reply.text()}")
                return None
            return json.loads(await reply.read())
