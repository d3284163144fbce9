"""An emulator with everything in it that the API and the control plane can put there."""

from typing import Any

from branch_mock import Branch
from branch_mock.domain.apps import App
from branch_mock.domain.sessions import Arrival, SessionKind

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 9_2 like Mac OS X) AppleWebKit/601.1"
DEEP: dict[str, Any] = {"leaf": [1, 2.5, None, True, "é\u2028", {"big": 2**70}]}
for _ in range(55):
    DEEP = {"deeper": DEEP}


def fill(branch: Branch) -> App:
    """Put one of everything in; the app it is in, which is not the first."""
    branch.apps.mint(profile="observed,link_data_on_put=merge", config={"app_name": "Other"})
    app = branch.apps.create("7", {"app_name": "Shop", "dev_email": "a@b.c", "web_url": "http://x"})
    _links(branch, app)
    _rewards(branch, app)
    _credits(branch, app)
    _sessions(branch, app)
    return app


def _links(branch: Branch, app: App) -> None:
    branch.links.create(app, alias="promo", data=DEEP, tags=["a", "b"], identity="owner")
    link = branch.links.create(app, type=1, duration=60, channel="email", campaign="c", stage="s")
    branch.links.update(app, f"{link.domain}/{link.path}", {"feature": "changed", "data": {"x": 1}})
    for query in ({}, {"a": "1", "b": ["2", "3"]}):
        branch.clicks.record(
            app, link, user_agent="curl/8", ip="::1", query=query, redirect_method="redirect"
        )
    dynamic = branch.links.dynamic(app, app.link_domain, {"channel": "web"})
    branch.clicks.record(
        app, dynamic, user_agent="", ip="10.0.0.1", query={}, redirect_method="redirect"
    )


def _rewards(branch: Branch, app: App) -> None:
    rule: dict[str, Any] = {"event": "buy", "calculation_type": 1, "location": 1}
    branch.rules.create(app, **rule, type="credit", metadata={"amount": 5, "bucket": "shop"})
    rule |= {"event": "*", "location": 0, "filter": {"sku": "x"}}
    hook = {"web_hook_url": "http://127.0.0.1:9/hook"}
    branch.rules.create(app, **rule, type="web_hook", metadata=hook)
    branch.identities.introduce(app, "ann", "ben")
    branch.events.create(app, "buy", identity="ben", metadata={"sku": "x", "n": 1}, ip="10.0.0.2")
    branch.events.create(app, "view")
    code = branch.referral_codes.create(
        app, "ann", amount=2, calculation_type=1, location=3, prefix="X", expires_ms=3 * 10**12
    )
    branch.referral_codes.apply(app, code.code, "ben")


def _credits(branch: Branch, app: App) -> None:
    branch.credits.add(app, "ann", 100)
    branch.credits.redeem(app, "ann", 30)
    branch.credits.reconcile(app, "ann", 500)
    branch.credits.reconcile(app, "ann", 500)
    branch.credits.add(app, "ben", 2**53 - 1, "other")


def _sessions(branch: Branch, app: App) -> None:
    """A click leads to an install, another waits still; a page is open; two users are anonymous."""
    link = branch.links.create(app, alias="once", type=2, identity="owner")
    for _ in range(3):
        branch.clicks.record(
            app, link, user_agent=PHONE, ip="10.0.0.3", query={}, redirect_method="redirect"
        )
    phone = Arrival(
        ip="10.0.0.3", user_agent=PHONE, os="iOS", os_version="9.2", model="iPhone",
        hardware_id="phone", app_version="1.0", device_metadata={"brand": "Apple"},
    )  # fmt: skip
    installed = branch.sessions.open(app, SessionKind.INSTALL, phone)
    assert installed.click is not None
    branch.sessions.identify(app, "cat", None, installed)
    branch.sessions.logout(app, installed)
    page = branch.sessions.open(app, SessionKind.WEB, Arrival(ip="10.0.0.4", user_agent="curl/8"))
    branch.sessions.close(app, page)
    branch.sessions.open(app, SessionKind.OPEN, Arrival(ip="10.0.0.5", identity="ann", link=link))
