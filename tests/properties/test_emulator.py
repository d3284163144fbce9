"""Apps, links, credits and rules over HTTP, against a simple model: no difference allowed.

The steps are the same in every run, and bounded in number and time.
"""

from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from branch_mock import BranchMock
from tests.client import Client
from tests.properties.model import AppModel, Json, LinkModel, Row

EXAMPLES, STEPS, FEWEST = 26, 50, 1000
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize=True,
    phases=[Phase.generate],  # a failure is shown as it is found: making it small takes minutes
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

identities = st.sampled_from(["ann", "bob", "cid", "déa"])
profiles = st.sampled_from(["documented", "observed"])
buckets = st.sampled_from(["default", "silver"])
amounts = st.integers(1, 12)
events = st.sampled_from(["buy", "look"])
values = st.sampled_from(["1", 1, True, "é", {"deep": [1]}])
flat = st.dictionaries(st.sampled_from(["sku", "vip"]), st.sampled_from(["1", "2", 7]), max_size=1)
labels = st.sampled_from(["email", "sms", "ü" * 128])
link_fields = st.fixed_dictionaries(
    {
        "type": st.sampled_from([0, 1]),
        "data": st.dictionaries(st.sampled_from(["a", "b", "$desktop_url"]), values, max_size=2),
    },
    optional={"alias": st.sampled_from(["x", "y/z"]), "channel": labels, "feature": labels},
)
rules = st.fixed_dictionaries(
    {
        "event": st.sampled_from(["*", "buy", "look"]),
        "calculation_type": st.sampled_from([0, 1]),
        "location": st.sampled_from([0, 1, 4]),
        "type": st.sampled_from(["credit", "credit", "web_hook"]),
        "metadata": st.fixed_dictionaries({"amount": amounts, "bucket": buckets}),
    },
    optional={"filter": flat},
)
bad_amounts = st.sampled_from([0, -1, 1.5, "x", None, True, 2**53])


class Emulator(RuleBasedStateMachine):
    """One server, whatever clients may do to it, and the model of it."""

    mock: ClassVar[BranchMock]
    steps: ClassVar[int] = 0
    apps: Bundle[AppModel] = Bundle("apps")

    def __init__(self) -> None:
        super().__init__()
        self.mock.reset()
        self.client = Client(self.mock.url, self.mock.app.key, self.mock.app.secret)
        self.known: list[AppModel] = []
        self.sent: list[str] = []

    def teardown(self) -> None:
        """At the end of every run: everything, once more."""
        for app in self.known:
            for identity in app.history:
                self.check_credits(app, identity)
            for link in app.links:
                self.check_link(app, link)
            self.check_config(app)
        arrived = [delivery.url for delivery in self.mock.webhooks.wait(len(self.sent), 20)]
        assert sorted(arrived) == sorted(self.sent)
        assert self.mock.failures == []
        self.client.close()

    def call(self, app: AppModel, method: str, path: str, body: Json) -> tuple[int, Any]:
        type(self).steps += 1
        credentials = {"branch_key": app.key, "branch_secret": app.secret}
        answer = self.client.call(method, path, json={**credentials, **body})
        return answer.status_code, answer.json()

    def get(self, app: AppModel, path: str, **query: object) -> Any:
        answer = self.client.get(path, params={"branch_key": app.key, **query})
        assert answer.status_code == 200, answer.text
        return answer.json()

    @initialize(
        target=apps,
        profile=profiles,
        referrals=st.lists(st.tuples(identities, identities), min_size=1, max_size=3),
    )
    def begin(self, profile: str, referrals: list[tuple[str, str]]) -> AppModel:
        app = self.mint_app(profile)
        for referrer, referred in referrals:
            self.refer_in(app, referrer, referred)
        return app

    @precondition(lambda self: len(self.known) < 3)
    @rule(target=apps, profile=profiles)
    def mint(self, profile: str) -> AppModel:
        return self.mint_app(profile)

    def mint_app(self, profile: str) -> AppModel:
        type(self).steps += 1
        body = {"profile": profile, "config": {"app_name": "Model"}}
        made = self.client.call("POST", "/_mock/apps", json=body).json()
        app = AppModel(made["branch_key"], made["branch_secret"], profile == "observed")
        app.config = {"app_name": "Model"}
        self.known.append(app)
        return app

    @rule(app=apps, name=st.sampled_from(["app_name", "web_url"]), text=st.text(max_size=3))
    def configure(self, app: AppModel, name: str, text: str) -> None:
        text = text.replace("\0", "")
        status, _ = self.call(app, "PUT", f"/v1/app/{app.key}", {name: text})
        assert status == 200
        app.config[name] = text
        self.check_config(app)

    def check_config(self, app: AppModel) -> None:
        shown = self.get(app, f"/v1/app/{app.key}", branch_secret=app.secret)
        assert {name: shown[name] for name in app.config} == app.config

    @rule(app=apps, fields=link_fields)
    def create_link(self, app: AppModel, fields: Json) -> None:
        status, body = self.call(app, "POST", "/v1/url", fields)
        expected = app.find_link(fields)
        if isinstance(expected, int):
            assert status == expected
            return
        assert status == 200
        if expected is None:
            assert body["url"] not in {link.url for one in self.known for link in one.links}
            app.add_link(fields, body["url"])
            self.check_link(app, app.links[-1])
        else:
            assert body["url"] == expected.url

    @precondition(lambda self: any(app.links for app in self.known))
    @rule(
        data=st.data(),
        change=st.fixed_dictionaries(
            {}, optional={"channel": labels, "data": st.dictionaries(st.just("b"), values)}
        ),
    )
    def update_link(self, data: st.DataObject, change: Json) -> None:
        app = data.draw(st.sampled_from([app for app in self.known if app.links]), "app")
        link = data.draw(st.sampled_from(app.links), "link")
        url = link.url.removeprefix("http://")
        status, _ = self.call(app, "PUT", f"/v1/url?url={url}", change)
        assert status == 200
        app.update_link(link, change)
        self.check_link(app, link)

    def check_link(self, app: AppModel, link: LinkModel) -> None:
        shown = self.get(app, "/v1/url", url=link.url)
        assert shown["data"].pop("~id").isdigit()
        assert shown == link.view(link.url)
        for other in self.known:
            if other is not app:
                query = {"branch_key": other.key, "url": link.url}
                assert self.client.get("/v1/url", params=query).status_code == 404

    @rule(app=apps, identity=identities, amount=amounts, bucket=buckets)
    def add(self, app: AppModel, identity: str, amount: int, bucket: str) -> None:
        body = {"identity": identity, "amount": str(amount), "bucket": bucket}
        assert self.call(app, "POST", "/v1/credits", body) == (200, {"success": True})
        app.write(identity, 1, amount, bucket)
        self.check_credits(app, identity)

    @rule(app=apps, identity=identities, amount=amounts, bucket=buckets)
    def redeem(self, app: AppModel, identity: str, amount: int, bucket: str) -> None:
        body = {"identity": identity, "amount": amount, "bucket": bucket}
        status, _ = self.call(app, "POST", "/v1/redeem", body)
        assert status == (200 if app.redeem(identity, amount, bucket) else 402)
        self.check_credits(app, identity)

    @rule(app=apps, identity=identities, amount=amounts, bucket=buckets)
    def reconcile(self, app: AppModel, identity: str, amount: int, bucket: str) -> None:
        body = {"identity": identity, "amount": amount, "bucket": bucket}
        status, answer = self.call(app, "POST", "/v1/reconcile", body)
        assert status == 200
        assert answer["amount"] == app.reconcile(identity, amount, bucket)
        self.check_credits(app, identity)

    @rule(
        app=apps,
        path=st.sampled_from(["credits", "redeem", "reconcile"]),
        identity=identities,
        amount=bad_amounts,
    )
    def refuse(self, app: AppModel, path: str, identity: str, amount: object) -> None:
        body = {"identity": identity, "amount": amount}
        status, _ = self.call(app, "POST", f"/v1/{path}", body)
        assert status == 400
        self.check_credits(app, identity)

    @rule(
        app=apps,
        identity=identities,
        bucket=st.none() | buckets,
        length=st.integers(1, 5),
        ascending=st.booleans(),
        after=st.integers(0, 20),
    )
    def page(  # noqa: PLR0917 - as many as a page has parts
        self,
        app: AppModel,
        identity: str,
        bucket: str | None,
        length: int,
        ascending: bool,  # noqa: FBT001
        after: int,
    ) -> None:
        type(self).steps += 1
        direction = "asc" if ascending else "desc"
        query: Json = {"identity": identity, "direction": direction, "length": 1000}
        if bucket is not None:
            query["bucket"] = bucket
        whole = self.get(app, "/v1/credithistory", **query)
        wanted = [row for row in app.history.get(identity, []) if bucket in {None, row[2]}]
        assert self.rows(whole) == (wanted if ascending else wanted[::-1])
        if after < len(whole):
            query |= {"begin_after_id": whole[after]["transaction"]["id"], "length": length}
            found = self.get(app, "/v1/credithistory", **query)
            assert found == whole[after + 1 : after + 1 + length]

    def check_credits(self, app: AppModel, identity: str) -> None:
        found = self.get(app, "/v1/credits", identity=identity)
        assert found == app.balances(identity)
        assert all(amount >= 0 for amount in found.values())
        shown = self.get(app, "/v1/credithistory", identity=identity, direction=1, length=10_000)
        assert self.rows(shown) == app.history.get(identity, [])

    @staticmethod
    def rows(shown: list[Json]) -> list[Row]:
        return [
            (
                row["transaction"]["type"],
                row["transaction"]["amount"],
                row["transaction"]["bucket"],
                row["event"]["name"],
                row["event"]["metadata"],
                row["referrer"],
                row["referree"],
            )
            for row in shown
        ]

    @precondition(lambda self: sum(len(app.rules) for app in self.known) < 12)
    @rule(app=apps, several=st.lists(rules, min_size=1, max_size=4))
    def make_rules(self, app: AppModel, several: list[Json]) -> None:
        for fields in several:
            made = dict(fields)
            if made["type"] == "web_hook":
                url = self.mock.webhooks.inbox_url(f"{self.known.index(app)}-{len(app.rules)}")
                made["metadata"] = {"web_hook_url": url}
            assert self.call(app, "POST", "/v1/eventresponse", made) == (200, {})
            app.rules.append(made)

    @rule(app=apps, referrer=identities, referred=identities)
    def refer(self, app: AppModel, referrer: str, referred: str) -> None:
        self.refer_in(app, referrer, referred)

    def refer_in(self, app: AppModel, referrer: str, referred: str) -> None:
        type(self).steps += 1
        body = {"branch_key": app.key, "referrer": referrer, "referred": referred}
        answer = self.client.call("POST", "/_mock/simulate/referral", json=body)
        if referrer == referred:
            assert answer.status_code == 400
        else:
            first = app.refer(referrer, referred)
            assert answer.json() == {"referrer": first, "referred": referred}

    @rule(
        app=apps,
        several=st.lists(st.tuples(identities, events, flat), min_size=1, max_size=5),
    )
    def report(self, app: AppModel, several: list[tuple[str, str, Json]]) -> None:
        for identity, name, metadata in several:
            body = {"identity": identity, "event": name, "metadata": metadata}
            assert self.call(app, "POST", "/v1/event", body) == (200, {})
            self.sent += app.event(identity, name, metadata)
        for identity in {user for actor, *_ in several for user in (actor, *app.referrers)}:
            self.check_credits(app, identity)


@pytest.mark.timeout(110)
def test_the_emulator_does_what_the_model_does() -> None:
    with BranchMock(seed="empty") as mock:
        Emulator.mock, Emulator.steps = mock, 0
        run_state_machine_as_test(Emulator, settings=SETTINGS)
    assert Emulator.steps >= FEWEST
