"""An emulator with everything in it that the API and the control plane can put there."""

from typing import Any

from branch_mock import Branch
from branch_mock.domain.apps import App

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
    return app


def _links(branch: Branch, app: App) -> None:
    branch.links.create(app, alias="promo", data=DEEP, tags=["a", "b"], identity="owner")
    link = branch.links.create(app, type=1, duration=60, channel="email", campaign="c", stage="s")
    branch.links.update(app, f"{link.domain}/{link.path}", {"feature": "changed", "data": {"x": 1}})
    for query in ({}, {"a": "1", "b": ["2", "3"]}):
        branch.clicks.record(
            app, link, user_agent="curl/8", ip="::1", query=query, redirect_method="redirect"
        )
    dynamic = branch.links.dynamic(app, app.link_domain, channel="web")
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


def _credits(branch: Branch, app: App) -> None:
    branch.credits.add(app, "ann", 100)
    branch.credits.redeem(app, "ann", 30)
    branch.credits.reconcile(app, "ann", 500)
    branch.credits.reconcile(app, "ann", 500)
    branch.credits.add(app, "ben", 2**53 - 1, "other")
