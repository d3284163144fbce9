"""State documents: exact in both directions, refused when they contradict (contract 12)."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from branch_mock import ApiError, Branch, BranchMock, Clock, FrozenClock, InvalidRequest, Settings
from branch_mock.documents import read, write
from branch_mock.domain.apps import App
from branch_mock.domain.credits import TransactionType
from branch_mock.domain.devices import Platform
from branch_mock.domain.links import LinkType
from branch_mock.domain.rules import RuleType
from branch_mock.domain.sessions import Arrival, SessionKind
from branch_mock.indexes import ENTITIES, INDEXES, RELATIONS
from branch_mock.seeds import plant
from branch_mock.store import TABLES
from tests.client import Client, message_of
from tests.everything import DEEP, PHONE, fill

Document = dict[str, Any]


def through_json(branch: Branch) -> Document:
    """The document of a branch, as it comes back from a file."""
    document: Document = json.loads(json.dumps(write(branch.save())))
    return document


def copy_of(branch: Branch) -> Branch:
    """Another emulator, made with other settings, that was told the document."""
    other = Branch(Settings(random_seed=99), clock=Clock())
    other.load(read(through_json(branch)))
    return other


def test_a_document_says_everything(branch: Branch) -> None:
    fill(branch)
    other = copy_of(branch)
    assert other.save() == branch.save()
    for name in TABLES:
        assert list(other.store.state.__dict__[name]) == list(branch.store.state.__dict__[name])
    assert through_json(other) == through_json(branch)


def test_values_are_of_their_own_types_again(branch: Branch) -> None:
    fill(branch)
    state = copy_of(branch).store.state
    assert {type(rule.type) for rule in state.rules.values()} == {RuleType}
    assert {type(row.type) for row in state.transactions.values()} == {TransactionType}
    assert {type(click.device.platform) for click in state.clicks.values()} == {Platform}
    assert {type(click.device.bot) for click in state.clicks.values()} == {bool}
    assert {type(link.tags) for link in state.links.values()} == {tuple, type(None)}
    assert {type(link.type) for link in state.links.values()} <= {int, LinkType}


def test_every_table_is_used(branch: Branch) -> None:
    """So that the round trip above is about all of them."""
    fill(branch)
    assert {name for name in TABLES if not branch.store.state.__dict__[name]} == set()


def test_every_table_is_said_or_made_anew() -> None:
    assert {*ENTITIES, *RELATIONS, *INDEXES} == set(TABLES)
    rebuilt = {"app_keys", "domains", "identity_names", "addresses", "balances", "buckets"}
    rebuilt.add("code_names")
    logs = {"history_items", "history_lengths", "positions", "listener_items", "listener_lengths"}
    assert set(INDEXES) == rebuilt | logs


def test_the_emulator_goes_on_alike_afterwards(branch: Branch) -> None:
    app = fill(branch)
    other = copy_of(branch)
    done = []
    for one in (branch, other):
        owner = one.apps.get(app.id)
        new = one.apps.mint()
        link = one.links.create(owner, identity="owner")
        event = one.events.create(owner, "buy", identity="ben", metadata={"sku": "x"})
        spent = one.credits.redeem(owner, "ben", 1, "other")
        history = one.credits.history(owner, "ann", ascending=True)
        same = one.links.create(owner, alias="promo", data=DEEP, tags=["a", "b"], identity="owner")
        phone = Arrival(
            ip="10.0.0.3", os="iOS", os_version="9.2", model="iPhone", hardware_id="phone"
        )
        session = one.sessions.open(owner, SessionKind.OPEN, phone)
        assert session.click is not None
        done.append((new, link, event, one.rules.outcomes(event), spent, history, same, session))
    assert done[0] == done[1]
    assert other.save() == branch.save()


OPERATIONS: tuple[Callable[[Branch, App, str, int], object], ...] = (
    lambda b, a, name, n: b.links.create(a, alias=f"{name}{n % 3}", channel=name, data={"n": n}),
    lambda b, a, name, n: b.links.update(a, f"{a.link_domain}/{name}{n % 3}", {"stage": str(n)}),
    lambda b, a, name, n: b.credits.add(a, name, n + 1, f"b{n % 2}"),
    lambda b, a, name, n: b.credits.redeem(a, name, n + 1, f"b{n % 2}"),
    lambda b, a, name, n: b.credits.reconcile(a, name, n + 1),
    lambda b, a, name, n: b.events.create(a, f"e{n % 2}", identity=name, metadata={"n": n}),
    lambda b, a, _, n: b.rules.create(
        a,
        event=f"e{n % 2}",
        type="credit",
        calculation_type=n % 2,
        location=(0, 1, 4)[n % 3],
        metadata={"amount": n + 1},
    ),
    lambda b, a, name, n: b.identities.introduce(a, name, f"u{n % 4}"),
    lambda b, a, name, n: b.clicks.record(
        a,
        b.links.create(a, alias=f"{name}{n % 3}", type=n % 3, duration=60 + n),
        user_agent=PHONE,
        ip="10.0.0.1",
        query={},
        redirect_method="redirect",
    ),
    lambda b, a, name, n: b.sessions.open(
        a,
        tuple(SessionKind)[n % 3],
        Arrival(
            ip="10.0.0.1",
            user_agent=PHONE,
            os="iOS",
            os_version="9.2",
            model="iPhone",
            hardware_id=(None, "phone")[n % 2],
            identity=(None, name)[n % 2],
        ),
    ),
    lambda b, a, name, _: b.sessions.identify(
        a, name, None, next(reversed(b.sessions.all(a)), None)
    ),
    lambda b, a, _, __: b.sessions.logout(a, next(iter(b.sessions.all(a)), None)),
    lambda b, a, _, __: b.sessions.close(a, next(iter(b.sessions.all(a)), None)),
    lambda b, a, name, n: b.apps.update(a, {"app_name": name, "android_app": n % 2}),
    lambda b, _, __, n: b.clock.advance(n * 60),
)
STEPS = st.lists(
    st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 2), st.sampled_from("uvw"),
              st.integers(0, 9)),
    max_size=40,
)  # fmt: skip


@given(steps=STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_was_done_comes_through(steps: list[Any]) -> None:
    branch = Branch(clock=FrozenClock("2016-01-20T12:00:00Z"))
    plant(branch)
    apps = [branch.apps.mint(profile=profile) for profile in ("documented", "observed", None)]
    for operation, number, name, n in steps:
        try:
            operation(branch, branch.apps.get(apps[number].id), name, n)
        except ApiError:
            continue  # refused, which changes nothing
    other = copy_of(branch)
    assert other.save() == branch.save()
    assert other.apps.mint() == branch.apps.mint()


# what is refused


def change(document: Document, path: str, value: Any) -> None:
    """Set what `links.0.domain` stands for in a document's state."""
    *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
    place: Any = document["state"]
    for step in steps:
        place = place[step]
    place[last] = value


REFUSED: tuple[tuple[str, Any, str], ...] = (
    ("apps", [], "state.apps must have an app"),
    ("links.0.app_id", "12", "state.links[0].app_id is none of apps: 12"),
    ("links.0.identity_id", "12", "state.links[0].identity_id is none of identities: 12"),
    ("links.0.id", 12, "state.links[0].id must be a text of 1 to 19 digits"),
    ("links.0.id", "9" * 19, "state.links[0].id must be a text of 1 to 19 digits"),
    ("links.0.colour", "red", "state.links[0] has unknown fields: colour"),
    ("links.0.tags", "red", "state.links[0].tags must be a list"),
    ("links.0.tags", [1], "state.links[0].tags[0] must be a text"),
    ("links.0.duration", -1, "state.links[0].duration must be at least 1"),
    ("links.0.data", [], "state.links[0].data must be an object"),
    ("clicks.0.link.app_id", "7", "state.clicks[0].link.app_id is none of apps: 7"),
    (
        "clicks.0.device.platform",
        "tv",
        "state.clicks[0].device.platform must be one of",
    ),
    ("identities.1.referrer_id", "5", "state.identities[1].referrer_id is none of identities"),
    ("apps.0.profile", "odd", "state.apps[0].profile profile: must be one of"),
    ("apps.0.branch_secret", 5, "state.apps[0].branch_secret must be a text"),
    ("apps.0.branch_secret", "hush", "state.apps[0].branch_secret must be secret_live_ or"),
    ("apps.0.branch_key", "key_live_<b>", "state.apps[0].branch_key must be key_live_ or"),
    ("apps.0.label", "a/b?", "state.apps[0].label must be four lowercase letters"),
    ("apps.1.short_url_domain", "x.de\r\n", "state.apps[1].short_url_domain must be a lowercase"),
    ("apps.1.short_url_domain", "127.0.0.1", "state.apps[1].short_url_domain must be neither an"),
    ("apps.1.short_url_domain", "api.branch.io", "state.apps[1].short_url_domain must be neither"),
    (
        "apps.0.config",
        {"sha256_cert_fingerprints": 5},
        "state.apps[0].config.sha256_cert_fingerprints must be a list",
    ),
    ("apps.0.config", {"app_nam": "x"}, "state.apps[0].config.app_nam is not a known field"),
    ("transactions.0.amount", -5, "state.transactions[0].amount makes the balance -5"),
    ("transactions.0.amount", 2**53, "state.transactions[0].amount makes the balance"),
    ("transactions.0.amount", True, "state.transactions[0].amount must be a whole number"),
    ("transactions.0.date_ms", 10**17, "state.transactions[0].date_ms must be a time"),
    ("rules.0.metadata", {}, "state.rules[0].metadata.amount is required"),
    ("events.0", {"id": "5"}, "state.events[0].app_id has no app_id"),
    ("rewarded.0", ["1", "2"], "state.rewarded[0] must be a list of 3"),
    ("rewarded.0.1", "2", "state.rewarded[0][1] is none of identities: 2"),
    ("outcomes.0.1", [{"rule_id": "8"}], "state.outcomes[0].rule_id is none of rules: 8"),
    ("owners.0.1", "8", "state.owners[0][1] is none of users: 8"),
    ("waiting.0.5", "8", "state.waiting[0][5] is none of clicks: 8"),
    ("originals.0.0", "xyz", "state.originals[0][0] must be hexadecimal"),
    ("colours", [], "state.colours is unknown; there are apps, "),
)


@pytest.mark.parametrize(("path", "value", "message"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_contradiction_is_refused_and_changes_nothing(
    client: Client, mock: BranchMock, path: str, value: Any, message: str
) -> None:
    fill(mock.branch)
    before = mock.branch.save()
    document = mock.state()
    change(document, path, value)
    reply = client.call("PUT", "/_mock/state", json=document)
    assert reply.status_code == 400
    assert message in message_of(reply)
    assert mock.branch.save() == before
    assert mock.app.secret not in message_of(reply)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("links", "state.links[1] has the address of another: bnc.lt/"),
        ("identities", "state.identities[1] has the name of another: "),
        ("apps", "state.apps[1] has the branch_key of another: "),
    ],
)
def test_what_must_differ_is_refused_when_equal(branch: Branch, table: str, message: str) -> None:
    fill(branch)
    document = through_json(branch)
    rows = document["state"][table]
    rows[1] = {**deepcopy(rows[0]), "id": rows[1]["id"]}
    with pytest.raises(InvalidRequest) as refused:
        read(document)
    assert message in str(refused.value)


def test_every_problem_is_named_but_no_more_than_twenty(branch: Branch) -> None:
    fill(branch)
    document = through_json(branch)
    change(document, "links.0.app_id", "12")
    change(document, "links.1.app_id", "13")
    with pytest.raises(InvalidRequest) as refused:
        read(document)
    assert [violation.field for violation in refused.value.violations] == [
        "state.links[0].app_id",
        "state.links[1].app_id",
    ]
    document["state"]["links"] = [{}] * 50
    with pytest.raises(InvalidRequest) as refused:
        read(document)
    assert len(refused.value.violations) == 20


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("format", "other", "format "),
        ("version", 2, "version "),
        ("ids", {"last": "1", "worker": 0, "generator": "AAAA"}, "ids.generator is not"),
        ("clock", {"frozen": "yesterday", "offset_ms": 0}, "clock.frozen is no date"),
        ("clock", {"frozen": "1999-01-01", "offset_ms": 0}, "clock must be from 2014"),
        ("extra", 1, "extra is not a known field"),
    ],
)
def test_what_is_no_document_is_refused(
    client: Client, mock: BranchMock, part: str, value: Any, message: str
) -> None:
    before = mock.branch.save()
    reply = client.call("PUT", "/_mock/state", json={**mock.state(), part: value})
    assert reply.status_code == 400
    assert message in message_of(reply)
    assert mock.branch.save() == before


def test_state_goes_out_and_in_over_http(client: Client, mock: BranchMock) -> None:
    fill(mock.branch)
    before = mock.branch.save()
    document = client.get("/_mock/state").json()
    assert document == mock.state()
    client.call("POST", "/_mock/reset")
    assert mock.branch.save() != before
    reply = client.call("PUT", "/_mock/state", json=document)
    assert reply.json() == {"apps": 5, "links": len(before.state["links"])}
    assert mock.branch.save() == before
    mock.reset()
    mock.put_state(document)
    assert mock.branch.save() == before


def test_a_browser_that_no_app_was_told_of_comes_through(client: Client, mock: BranchMock) -> None:
    assert client.get("/_r?sdk=web2.0").status_code == 200
    before = mock.branch.save()
    mock.put_state(mock.state())
    assert mock.branch.save() == before


def test_a_document_may_be_larger_than_other_bodies(client: Client, mock: BranchMock) -> None:
    for number in range(3000):
        mock.links.create(alias=f"link-{number}", data={"text": "x" * 500})
    document = mock.state()
    assert len(json.dumps(document)) > 1024 * 1024
    mock.reset()
    assert client.call("PUT", "/_mock/state", json=document).status_code == 200
    assert mock.state() == document
