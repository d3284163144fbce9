"""The code under test, the flow that a test of it follows, and mistakes that it may have."""

from collections.abc import Callable
from typing import Any, NamedTuple

import httpx
import requests

KEY = "key_live_feebgAAhbH9Tv85H5wLQhpdaefiZv5Dv"
SECRET = "secret_live_0Zq8mTn4Wc7Yb2Rk6Xp9Ls3Vd1Hf5Jg0"
BRANCH, LINKS = "https://api.branch.io", "https://bnc.lt"
HOME = "https://example.com/"
CREDITS, SPENT = 12, 5
LINK = {
    "branch_key": KEY,
    "campaign": "new_product_annoucement",
    "channel": "email",
    "tags": ["monday", "test123"],
    "data": {"name": "Alex", "user_id": "12346", "$deeplink_path": "article/jan/123"},
}
"""What is sent where only the speed of one call is asked for."""

TIMEOUT = 20


class Answer(NamedTuple):
    """What came back. body: of a success, JSON. location: where a redirect leads."""

    status: int
    body: Any
    location: str


Send = Callable[[str, str, object], Answer]


class Refused(Exception):
    """The API did not do what was asked."""


class AliasTaken(Refused):
    """A link of that name is there and differs."""


class Shop:
    """What a shop does with Branch: it shares links and lets users spend credits."""

    def __init__(self, send: Send, api: str, key: str, secret: str) -> None:
        self.send = send
        self.api = api
        self.key = key
        self.secret = secret

    def share(self, alias: str, **fields: object) -> str:
        """The address of a new link. Raises AliasTaken."""
        body = {"branch_key": self.key, "alias": alias, "data": {"$desktop_url": HOME}, **fields}
        answer = self.send("POST", f"{self.api}/v1/url", body)
        if answer.status == 409:
            raise AliasTaken(alias)
        return str(_done(answer)["url"])

    def view(self, url: str) -> Any:
        """What Branch knows of a link."""
        return _done(self.send("GET", f"{self.api}/v1/url?url={url}&branch_key={self.key}", None))

    def follow(self, url: str) -> str:
        """Where a link leads."""
        answer = self.send("GET", url, None)
        if answer.status != 307:
            raise Refused(answer.status)
        return answer.location

    def spend(self, user: str, amount: int) -> None:
        """Take credits from a user."""
        app = {"branch_key": self.key, "branch_secret": self.secret}
        body = {**app, "identity": user, "amount": amount}
        _done(self.send("POST", f"{self.api}/v1/redeem", body))

    def balance(self, user: str) -> int:
        """The credits of a user."""
        path = f"/v1/credits?identity={user}&branch_key={self.key}"
        return int(_done(self.send("GET", self.api + path, None))["default"])


def _done(answer: Answer) -> Any:
    if answer.status != 200:
        raise Refused(answer.status)
    return answer.body


def flow(shop: Shop) -> None:
    """Create a link, read it back, meet a conflict, follow the link, spend credits."""
    url = shop.share("promo", channel="email")
    assert shop.view(url).get("channel") == "email"
    try:
        shop.share("promo", channel="sms")
    except AliasTaken:
        pass
    else:
        raise AssertionError("the same alias was given away again")
    assert shop.follow(url).startswith(HOME)
    shop.spend("ann", SPENT)
    assert shop.balance("ann") == CREDITS - SPENT


class CallsAnotherPath(Shop):
    """Calls `/v1/urls`, which is not there."""

    def share(self, alias: str, **fields: object) -> str:
        body = {"branch_key": self.key, "alias": alias, **fields}
        return str(_done(self.send("POST", f"{self.api}/v1/urls", body))["url"])


class SendsWrongType(Shop):
    """Asks for links of type 9, which is not there."""

    def share(self, alias: str, **fields: object) -> str:
        return super().share(alias, **fields, type=9)


class LosesLabels(Shop):
    """Forgets to send the labels on."""

    def share(self, alias: str, **fields: object) -> str:
        return super().share(alias, stage=str(len(fields)))


class HasWrongSecret(Shop):
    """Has the secret of another app."""

    def spend(self, user: str, amount: int) -> None:
        self.secret = "secret_live_7Uf3Qx9Ke5Nw1Za8Tb4Mh6Ry2Gc0Dv7P"
        super().spend(user, amount)


class SpendsTwice(Shop):
    """Repeats a call that was answered."""

    def spend(self, user: str, amount: int) -> None:
        super().spend(user, amount)
        super().spend(user, amount)


class SpendsTooMuch(Shop):
    """Takes more than there is."""

    def spend(self, user: str, amount: int) -> None:
        super().spend(user, amount + CREDITS)


def through_requests(session: requests.Session) -> Send:
    """Calls by requests, which follow no redirect and ask no proxy."""
    session.trust_env = False

    def send(method: str, url: str, body: object) -> Answer:
        reply = session.request(method, url, json=body, timeout=TIMEOUT, allow_redirects=False)
        return Answer(
            reply.status_code,
            reply.json() if reply.status_code == 200 else None,
            reply.headers.get("Location", ""),
        )

    return send


def through_httpx(client: httpx.Client) -> Send:
    """Calls by httpx, which follows no redirect."""

    def send(method: str, url: str, body: object) -> Answer:
        reply = client.request(method, url, json=body, timeout=TIMEOUT)
        return Answer(
            reply.status_code,
            reply.json() if reply.status_code == 200 else None,
            reply.headers.get("Location", ""),
        )

    return send
