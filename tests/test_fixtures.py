"""The bundled seeds hang together, and every link of theirs works over HTTP (contract 4 to 8)."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import pytest

from branch_mock import Branch, BranchMock, FrozenClock, Settings
from branch_mock.clock import iso, parse_iso
from branch_mock.data import folder
from branch_mock.domain.links import RESERVED_PATHS, Link
from branch_mock.ids import created_ms
from branch_mock.seeds import BUNDLED, plant, read
from tests.client import Client
from tests.examples import BROWSER

Json = Mapping[str, Any]
PERIODS = {
    "default": ("2014-05-28T00:50:26.593Z", "2016-01-01T00:00:00Z"),
    "demo": ("2016-01-01T00:00:00Z", "2016-04-01T00:00:00Z"),
}
PRINTED_AS_OLDER_THAN_ITS_APP = {
    "123456789",  # /test-link
    "50388077461373184",  # the rows of the credit history
    "50388199301710081",
    "45768972569702400",  # and the users whom those rows name
    "49030463360102400",
}
"""The document prints one app id, and ids that are older."""

EXAMPLE_HOSTS = (".example.com", ".example.org", ".example.net")
PRINTED_HOSTS = {"imgur.com"}
CREDITS = {0, 1}
every_seed = pytest.mark.parametrize("name", BUNDLED)


def apps_of(name: str) -> list[Json]:
    apps: list[Json] = read(name)[1]["apps"]
    return apps


def users_of(app: Json) -> list[Json]:
    return list(app.get("users", ()))


def rows_of(app: Json) -> list[Json]:
    return [row for user in users_of(app) for row in user.get("history", ())]


def entries_of(app: Json) -> list[Json]:
    """Everything of an app that has an id of its own."""
    return [*users_of(app), *rows_of(app), *app.get("links", ())]


def ms_of(entry: Json) -> int:
    return created_ms(int(entry["id"]))


def is_example(host: str | None) -> bool:
    return host is not None and f".{host}".endswith(EXAMPLE_HOSTS)


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


@pytest.fixture(params=BUNDLED)
def seeded(request: pytest.FixtureRequest) -> Iterator[BranchMock]:
    """A running server with one of the bundled seeds, after everything in it."""
    settings = Settings(port=0, seed=(request.param,))
    with BranchMock(settings, clock=FrozenClock("2016-04-01T00:00:00Z")) as mock:
        yield mock
    assert mock.failures == []


def test_ids_are_given_and_met_once_in_all_seeds() -> None:
    ids = [
        entry["id"]
        for name in BUNDLED
        for app in apps_of(name)
        for entry in (app, *entries_of(app))
    ]
    assert len(ids) > 50
    assert len(set(ids)) == len(ids)


@every_seed
def test_ids_decode_to_the_dates_of_the_seed(name: str) -> None:
    first, last = (parse_iso(text) for text in PERIODS[name])
    for app in apps_of(name):
        for entry in (app, *entries_of(app)):
            assert first <= ms_of(entry) < last, entry
        for row in rows_of(app):
            assert iso(ms_of(row)) == row["date"], row


@every_seed
def test_nothing_is_older_than_what_it_belongs_to(name: str) -> None:
    for app in apps_of(name):
        older = {entry["id"] for entry in entries_of(app) if ms_of(entry) < ms_of(app)}
        assert older <= PRINTED_AS_OLDER_THAN_ITS_APP
        made = {user["identity"]: ms_of(user) for user in users_of(app)}
        for user in users_of(app):
            assert all(ms_of(row) > ms_of(user) for row in user.get("history", ())), user
            if "referred_by" in user:
                assert ms_of(user) > made[user["referred_by"]], user
        for link in app.get("links", ()):
            if "identity" in link:
                assert ms_of(link) > made[link["identity"]], link


@every_seed
def test_no_balance_is_ever_negative_and_history_is_in_order(name: str) -> None:
    for app in apps_of(name):
        for user in users_of(app):
            history = user.get("history", ())
            assert all(int(one["id"]) < int(next_["id"]) for one, next_ in pairwise(history))
            balances: dict[str, int] = {}
            for row in history:
                bucket = row.get("bucket", "default")
                balances[bucket] = balances.get(bucket, 0) + row["amount"]
                assert balances[bucket] >= 0, row
                assert (row["amount"] > 0) == (row["type"] in CREDITS), row


@every_seed
def test_every_transaction_type_occurs(name: str) -> None:
    assert {row["type"] for app in apps_of(name) for row in rows_of(app)} == {0, 1, 2, 3, 4, 5}


@every_seed
def test_referrals_have_no_cycle(name: str) -> None:
    for app in apps_of(name):
        referrer = {user["identity"]: user.get("referred_by") for user in users_of(app)}
        for start in referrer:
            seen: set[str] = set()
            at = start
            while at is not None:
                assert at not in seen, f"{start} was referred by way of {sorted(seen)}"
                seen.add(at)
                at = referrer[at]


@every_seed
def test_rows_name_the_users_of_the_referral(name: str) -> None:
    """A row shows its owner's side only: who referred the owner, or whom the owner referred."""
    for app in apps_of(name):
        referrer = {user["identity"]: user.get("referred_by") for user in users_of(app)}
        for user in users_of(app):
            for row in user.get("history", ()):
                assert not {"referrer", "referree"} <= row.keys(), row
                if "referrer" in row:
                    assert row["referrer"] == referrer[user["identity"]], row
                if "referree" in row and row["id"] not in PRINTED_AS_OLDER_THAN_ITS_APP:
                    assert referrer[row["referree"]] == user["identity"], row


def test_addresses_and_link_domains_meet_once_in_all_seeds() -> None:
    """So that all seeds can be loaded into one server."""
    branch = Branch(Settings(seed=BUNDLED))
    plant(branch)
    planted = branch.links.all()
    addresses = [f"{link.domain}/{link.path}" for link in planted]
    assert len(set(addresses)) == len(addresses)
    aliases = [f"{link.domain}/{link.alias}" for link in planted if link.alias]
    assert len(set(aliases)) == len(aliases) > 5
    domains = [domain for app in branch.apps.all() for domain in app.domains]
    assert len(set(domains)) == len(domains)
    assert len(planted) == sum(
        len(app.get("links", ())) for name in BUNDLED for app in apps_of(name)
    )


@every_seed
def test_every_kind_of_link_occurs(name: str) -> None:
    links = [link for app in apps_of(name) for link in app.get("links", ())]
    assert {link.get("type", 0) for link in links} == {0, 1, 2}
    prefixes = {link.get("path", "").partition("/")[0] for link in links}
    assert {"c", "d"} <= prefixes
    for link in links:
        assert link.get("alias", "").partition("/")[0] not in RESERVED_PATHS


@every_seed
def test_only_example_hosts_and_addresses_are_named(name: str) -> None:
    text = (folder("fixtures") / f"{name}.json").read_text("utf-8")
    for value in texts_in(json.loads(text)["apps"]):
        if "://" in value and not value.endswith("://"):
            host = urlsplit(value).hostname
            assert is_example(host) or host in PRINTED_HOSTS, value
        for domain in re.findall(r"@([\w.-]+)", value):
            assert is_example(domain), value
    for app in apps_of(name):
        assert is_example(app.get("short_url_domain", "example.com"))


def test_the_default_seed_has_the_documented_users(branch: Branch) -> None:
    app = branch.apps.default
    assert branch.credits.balances(app, "alex") == {"default": 15, "other bucket": 4}
    assert {int(row.type) for row in branch.credits.history(app, "alex")} == {0, 1, 2, 3, 4, 5}


def test_balances_are_the_sums_of_the_histories(seeded: BranchMock) -> None:
    branch = seeded.branch
    for app in branch.apps.all():
        users = [user for user in branch.store.state.identities.values() if user.app_id == app.id]
        for user in users:
            sums: dict[str, int] = {}
            for row in branch.credits.history(app, user.id, ascending=True):
                sums[row.bucket] = sums.get(row.bucket, 0) + row.amount
            assert branch.credits.balances(app, user.id) == sums


def forms_of(mock: BranchMock, link: Link) -> list[str]:
    """The forms in which a link's address may come back (contract 2)."""
    name = f"{link.domain}/{link.path}"
    local = link.path if link.domain == "bnc.lt" else name
    return [f"https://{name}", f"http://{name}", name, f"{mock.url}/{local}", f"{mock.url}/{name}"]


def test_every_link_can_be_viewed_at_every_form_of_its_address(seeded: BranchMock) -> None:
    links = seeded.branch.links.all()
    assert links
    for link in links:
        app = seeded.branch.apps.get(link.app_id)
        client = Client(seeded.url, app.key, app.secret)
        for form in forms_of(seeded, link):
            query = {"url": form, "branch_key": app.key}
            response = client.get("/v1/url", params=query, host="api.branch.io")
            assert response.status_code == 200, form
            view = response.json()
            assert view["data"]["~id"] == str(link.id)
            assert view["data"]["url"] == f"https://{link.domain}/{link.path}"
            assert view["type"] == link.type
            assert view["alias"] == link.alias
            assert view["data"].items() >= link.data.items()
        client.close()


def test_every_link_can_be_followed(seeded: BranchMock) -> None:
    """At its own host and below the server's address; each follow is a click."""
    client = Client(seeded.url, seeded.app.key, seeded.app.secret)
    for link in seeded.branch.links.all():
        local = link.path if link.domain == "bnc.lt" else f"{link.domain}/{link.path}"
        for address, host in ((f"/{link.path}", link.domain), (f"/{local}", None)):
            before = len(seeded.branch.clicks.all())
            response = client.get(address, host=host, headers={"User-Agent": BROWSER})
            clicks = seeded.branch.clicks.all()
            assert len(clicks) == before + 1, address
            assert clicks[-1].link == link
            if response.status_code == 307:
                to = urlsplit(response.headers["Location"])
                assert is_example(to.hostname), to
                assert f"_branch_match_id={clicks[-1].id}" in to.query
            else:
                assert response.status_code == 200, address
                assert link.path in response.text
    client.close()
