"""Rules and the events that sessions bring (contract 9)."""

import json

import pytest

from branch_mock import Branch, FrozenClock, SeedError
from branch_mock.domain.links import Link
from branch_mock.domain.sessions import Arrival, Session, SessionKind
from branch_mock.seeds import parse, plant_one

HOOK = {"web_hook_url": "http://127.0.0.1:1/"}
WHICH = ("first", "session")


def open_from(branch: Branch, link: Link) -> Session:
    """A session of bob's that a click on a link began."""
    app = branch.apps.default
    click = branch.clicks.record(
        app, link, user_agent="Mozilla/5.0", ip="10.0.0.9", query={}, redirect_method="redirect"
    )
    return Session(
        id=branch.ids.next(),
        app_id=app.id,
        identity_id=branch.identities.ensure(app, "bob").id,
        browser_id=click.browser_id,
        click=click,
        ip="10.0.0.9",
        os="iOS",
        os_version="9.2",
        user_agent="Mozilla/5.0",
        hardware_id="HW-1",
    )


def test_a_webhook_tells_of_session_device_and_link(branch: Branch) -> None:
    app = branch.apps.default
    branch.rules.create(
        app, event="open", type="web_hook", calculation_type=0, location=0, metadata=HOOK
    )
    link = branch.links.create(
        app, identity="ann", channel="email", tags=["a"], alias="promo", data={"k": 1}
    )
    session = open_from(branch, link)
    assert session.click is not None
    bob = branch.identities.get(session.identity_id)
    with branch.store.transaction() as state:
        branch.events.record(state, app, "open", identity=bob, session=session, ip=session.ip)
    (delivery,) = branch.webhooks.all()
    body = dict(delivery.body)
    shown = body.pop("session_referring_link_data")
    assert body == {
        "event": "open",
        "event_timestamp": "2016-01-20T12:00:00.000Z",
        "metadata": {"ip": "10.0.0.9", "referred": True},
        "identity": "bob",
        "session_referring_identity": "ann",
        "session_referring_click_timestamp": "2016-01-20T12:00:00.000Z",
        "session_referring_click_id": session.click.id,
        "os": "iOS",
        "os_version": "9.2",
        "hardware_id": "HW-1",
        "browser_id": str(session.browser_id),
        "browser_user_agent": "Mozilla/5.0",
    }
    assert shown == {
        "branch_id": str(link.id),
        "app_id": str(app.id),
        "date": "2016-01-20T12:00:00.000Z",
        "href": "/promo",
        "alias": "promo",
        "campaign": None,
        "channel": "email",
        "feature": None,
        "stage": None,
        "tags": ["a"],
        "state": 1,
        "data": {"k": 1},
    }


def test_a_webhook_tells_of_the_referrers_device_and_the_clicks(
    branch: Branch, clock: FrozenClock
) -> None:
    app = branch.apps.default
    for name, hardware in (("ann", "HW-OLD"), ("eve", "HW-EVE"), ("ann", "HW-ANN"), ("ann", None)):
        phone = Arrival(ip="10.0.0.8", user_agent="", hardware_id=hardware, identity=name)
        branch.sessions.open(app, SessionKind.OPEN, phone)
    branch.rules.create(
        app, event="buy", type="web_hook", calculation_type=0, location=0, metadata=HOOK
    )
    bob, opened = branch.identities.ensure(app, "bob"), []
    for owner, query in (("ann", {}), ("eve", {"room": "12"})):
        clock.advance(60)
        link = branch.links.create(app, identity=owner, channel=owner)
        click = branch.clicks.record(
            app, link, user_agent="", ip="10.0.0.9", query=query, redirect_method="redirect"
        )
        arrival = Arrival(ip="10.0.0.9", user_agent="", click=str(click.id), identity_id=bob.id)
        opened.append(branch.sessions.open(app, SessionKind.OPEN, arrival))
    clock.advance(60)
    branch.events.create(app, "buy", identity="bob", session_id=opened[1].id)
    (delivery,) = branch.webhooks.all()
    said = {name: value for name, value in delivery.body.items() if "referring" in name}
    assert opened[1].click is not None
    assert {name: said.pop(f"{name}_referring_link_data")["channel"] for name in WHICH} == {
        "first": "ann",
        "session": "eve",
    }
    assert said == {
        "first_referring_identity": "ann",
        "first_referring_hardware_id": "HW-ANN",
        "first_referring_click_timestamp": "2016-01-20T12:01:00.000Z",
        "session_referring_identity": "eve",
        "session_referring_hardware_id": "HW-EVE",
        "session_referring_click_timestamp": "2016-01-20T12:02:00.000Z",
        "session_referring_click_id": opened[1].click.id,
        "session_referring_click_query": {"room": "12"},
    }


def test_a_seed_brings_rules_and_past_events(branch: Branch) -> None:
    rule = {
        "event": "buy",
        "type": "credit",
        "calculation_type": 0,
        "location": 0,
        "metadata": {"amount": 5},
    }
    entry = {
        "branch_key": branch.apps.default.key,
        "rules": [rule, {**rule, "event": "*", "type": "web_hook", "metadata": HOOK}],
        "events": [
            {"event": "buy", "identity": "ann", "metadata": {"sku": "1"}, "ip": "10.0.0.1"},
            {"event": "old", "date": "2015-06-01T00:00:00Z"},
            {"event": "old", "date": "2015-06-01T00:00:00Z"},
            {"event": "known", "id": "123456789"},
        ],
    }
    plant_one(branch, parse("test", json.dumps({"apps": [entry]})), "test")
    app = branch.apps.default
    assert [rule.event for rule in branch.rules.all(app)] == ["buy", "*"]
    bought, *old, known = branch.events.all(app)
    assert (bought.name, bought.metadata, bought.ip) == ("buy", {"sku": "1"}, "10.0.0.1")
    assert bought.identity_id is not None
    assert [event.created_ms for event in old] == [1433116800000] * 2
    assert len({event.id for event in old}) == 2
    assert known.id == 123456789
    assert branch.webhooks.all() == [], "no rule acts on the past"
    assert branch.credits.balances(app, "ann") == {}
    branch.events.create(app, "buy", identity="ann")
    assert branch.credits.balances(app, "ann") == {"default": 5}


@pytest.mark.parametrize(
    ("part", "entry", "place"),
    [
        ("rules", {"event": "x"}, "apps[0].rules[0].calculation_type"),
        ("events", {"event": "e" * 64}, "apps[0].events[0].event"),
        ("events", {"event": "e", "metadata": {"a": {}}}, "apps[0].events[0].metadata.a"),
        ("events", {"event": "e", "date": "1999-01-01"}, "apps[0].events[0].date"),
        ("events", {"event": "e", "date": "2999-01-01"}, "apps[0].events[0].date"),
    ],
)
def test_a_bad_seed_names_the_place(
    branch: Branch, part: str, entry: dict[str, object], place: str
) -> None:
    text = json.dumps({"apps": [{"branch_key": branch.apps.default.key, part: [entry]}]})
    before = branch.store.snapshot()
    with pytest.raises(SeedError) as caught:
        plant_one(branch, parse("test", text), "test")
    assert caught.value.place == place
    assert branch.store.snapshot() == before


def test_an_event_id_is_taken_once(branch: Branch) -> None:
    event = branch.events.create(branch.apps.default, "e")
    entry = {"event": "f", "id": str(event.id)}
    text = json.dumps({"apps": [{"branch_key": branch.apps.default.key, "events": [entry]}]})
    with pytest.raises(SeedError, match="is another event's"):
        plant_one(branch, parse("test", text), "test")
