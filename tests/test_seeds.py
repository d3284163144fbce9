"""Seed data: what it may say, and how a bad one is told (contract 3 and 5)."""

import json
from pathlib import Path
from typing import Any

import pytest

from branch_mock import Branch, BranchMock, FrozenClock, SeedError, Settings
from branch_mock.profiles import OBSERVED
from branch_mock.seeds import plant, read
from tests.client import Client

KEY = "key_live_" + "a" * 32
SECRET = "secret_live_" + "b" * 32
OTHER_KEY = "key_live_" + "c" * 32
GOOD: dict[str, Any] = {
    "branch_key": KEY,
    "branch_secret": SECRET,
    "id": "423190238827926224",
    "label": "abcd",
    "short_url_domain": "go.example.test",
    "profile": "observed",
    "config": {"app_name": "Seeded"},
    "users": [
        {"identity": "one", "id": "5"},
        {
            "identity": "two",
            "referred_by": "one",
            "history": [
                {"id": "10", "date": "2014-10-14T01:54:40.425Z", "type": 1, "amount": 20},
                {"id": "11", "type": 2, "amount": -5, "bucket": "default"},
            ],
        },
    ],
    "links": [
        {"id": "20", "alias": "promo", "channel": "c", "data": {"a": 1}, "identity": "two"},
        {"path": "c/click", "tags": ["t"], "type": 1, "duration": 60},
    ],
}


def write(folder: Path, seed: object, name: str = "seed.json") -> str:
    """A seed file."""
    path = folder / name
    path.write_text(seed if isinstance(seed, str) else json.dumps(seed))
    return str(path)


def with_app(**changes: object) -> dict[str, Any]:
    """A seed with one good app, changed."""
    return {"apps": [{**GOOD, **changes}]}


def loaded(clock: FrozenClock, *names: str) -> Branch:
    """An emulator with those seeds."""
    branch = Branch(clock=clock)
    plant(branch, names)
    return branch


def test_everything_in_a_seed_is_there(tmp_path: Path, clock: FrozenClock) -> None:
    branch = loaded(clock, write(tmp_path, with_app()))
    (app,) = branch.apps.all()
    assert (app.key, app.secret, str(app.id), app.label) == (KEY, SECRET, GOOD["id"], "abcd")
    assert app.profile == OBSERVED
    assert app.config == {"app_name": "Seeded"}
    one, two = (branch.identities.find(app, name) for name in ("one", "two"))
    assert one is not None
    assert two is not None
    assert (one.id, two.referrer_id) == (5, 5)
    assert branch.credits.balances(app, "two") == {"default": 15}
    assert [row.id for row in branch.credits.history(app, "two")] == [11, 10]
    promo = branch.links.at("go.example.test", "promo")
    assert promo is not None
    assert (promo.id, promo.channel, promo.data, promo.identity_id) == (20, "c", {"a": 1}, two.id)
    click = branch.links.at("go.example.test", "c/click")
    assert click is not None
    assert (click.alias, click.tags, click.type, click.duration) == (None, ("t",), 1, 60)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("", "line 1 column 1", "not JSON: Expecting value"),
        ('{\n "apps": [,]}', "line 2 column 11", "not JSON: Expecting value"),
        ("{'apps': []}", "line 1 column 2", "not JSON: Expecting property name"),
        ('{"apps": []} x', "line 1 column 14", "not JSON: Extra data"),
        ('{"apps": NaN}', "", "Invalid JSON: NaN is not a JSON number"),
        ('{"apps": [1e999]}', "", "Invalid JSON: the number 1e999 is too large"),
        (r'{"apps": ["\ud800"]}', "", "Invalid JSON: a lone surrogate is no character"),
        (r'{"apps": ["\u0000"]}', "", "Invalid JSON: NUL characters are not allowed"),
        ('{"apps": ' + "9" * 10**5 + "}", "", "Invalid JSON: a number has too many digits"),
        ("[" * 10**5, "", "Invalid JSON: nested deeper than 64 levels"),
        ("[]", "", "must be an object, got []"),
        ("null", "", "must be an object, got null"),
        ('{"apps": {}}', "apps", "must be a list, got {}"),
        ('{"app": []}', "app", "is not a known field"),
    ],
)
def test_a_file_that_is_no_seed_is_refused(
    tmp_path: Path, clock: FrozenClock, text: str, place: str, reason: str
) -> None:
    refuse(clock, write(tmp_path, text), place, reason)


def refuse(clock: FrozenClock, path: str, place: str, reason: str) -> None:
    """Fail unless that seed is refused at that place for that reason, and nothing was loaded."""
    branch = Branch(clock=clock)
    before = branch.store.snapshot()
    with pytest.raises(SeedError) as caught:
        plant(branch, ["default", path])
    assert branch.store.snapshot() == before
    error = caught.value
    assert (error.source, error.place) == (path, place)
    assert error.reason.startswith(reason), error.reason
    assert str(error) == ": ".join(part for part in (path, place, error.reason) if part)
    assert "\n" not in str(error)
    assert not branch.ready
    assert SECRET not in str(error)


BAD_APPS: list[tuple[dict[str, Any], str, str]] = [
    ({"branch_key": "key_live_short"}, "branch_key", "must be key_live_ or key_test_ and 32"),
    ({"branch_secret": "x"}, "branch_secret", "must be secret_live_ or secret_test_"),
    ({"id": "x"}, "id", "must be of the form"),
    ({"id": 5}, "id", "must be a text, got 5"),
    ({"id": "55696551485375420"}, "id", "is another app's: 55696551485375420"),
    ({"label": "ABCD"}, "label", "must be four lowercase letters or digits, got 'ABCD'"),
    ({"short_url_domain": "no dots"}, "short_url_domain", "must be a lowercase host name"),
    (
        {"short_url_domain": "127.0.0.1"},
        "short_url_domain",
        "must be neither an address nor a host",
    ),
    (
        {"short_url_domain": "api.branch.io"},
        "short_url_domain",
        "must be neither an address nor a host",
    ),
    ({"profile": "x"}, "", "profile: must be one of documented, observed, got 'x'"),
    ({"config": {"app_nam": 1}}, "config.app_nam", "is not a known field"),
    ({"config": {"ios_app": 3}}, "config.ios_app", "must be one of 0, 1, 2, got 3"),
    ({"config": {"web_url": "x" * 256}}, "config.web_url", "must be at most 255 characters"),
    ({"what": 1}, "what", "is not a known field"),
    ({"users": [{}]}, "users[0].identity", "is required"),
    ({"users": [{"identity": ""}]}, "users[0].identity", "must not be shorter than 1"),
    ({"users": [{"identity": "x" * 128}]}, "users[0].identity", "must be at most 127"),
    (
        {"users": [{"identity": "a", "referred_by": "b"}, {"identity": "b"}]},
        "users[0].referred_by",
        "names no earlier user: b",
    ),
    (
        {"users": [{"identity": "a", "id": "7"}, {"identity": "b", "id": "7"}]},
        "users[1].id",
        "is another identity's: 7",
    ),
    (
        {"users": [{"identity": "a", "id": "7"}, {"identity": "a", "id": "8"}]},
        "users[1].id",
        "cannot be changed from 7, got 8",
    ),
    ({"links": [{"alias": "a b"}]}, "links[0].alias", "must be letters, digits"),
    ({"links": [{"alias": "bnc.lt/x"}]}, "links[0].alias", "must not begin with a link domain"),
    ({"links": [{"type": 3}]}, "links[0].type", "must be one of 0, 1, 2, got 3"),
    ({"links": [{"duration": 0}]}, "links[0].duration", "must be at least 1, got 0"),
    ({"links": [{"tags": ["x" * 65]}]}, "links[0].tags[0]", "must be at most 64"),
    ({"links": [{"path": "/x"}]}, "links[0].path", "must be path segments"),
    ({"links": [{"id": "123456789"}]}, "links[0].id", "is another link's: 123456789"),
    ({"links": [{"data": {"~stage": 5}}]}, "links[0].data.~stage", "must be a text, got 5"),
    (
        {"links": [{"alias": "x"}, {"alias": "x", "type": 1}]},
        "links[1]",
        "Link alias conflict: go.example.test/x",
    ),
    ({"links": [{"path": "x/y"}, {"path": "x/y"}]}, "links[1]", "Link alias conflict: "),
]
BAD_ROWS: list[tuple[list[dict[str, Any]], str, str]] = [
    ([{"type": 1}], "[0].amount", "is required"),
    ([{"type": 6, "amount": 1}], "[0].type", "must be one of 0, 1, 2, 3, 4, 5, got 6"),
    ([{"type": 1, "amount": 2**53}], "[0].amount", "must be at most 9007199254740991"),
    ([{"type": 1, "amount": 1.5}], "[0].amount", "must be a whole number, got 1.5"),
    ([{"type": 1, "amount": 1, "bucket": "x" * 64}], "[0].bucket", "must be at most 63"),
    ([{"type": 1, "amount": 1, "event": {}}], "[0].event.name", "is required"),
    ([{"type": 1, "amount": 1, "date": "2014-13-01"}], "[0]", "month must be in 1..12"),
    ([{"type": 1, "amount": 1, "date": "yesterday"}], "[0].date", "must be of the form"),
    ([{"type": 1, "amount": 1}, {"type": 2, "amount": -2}], "[1]", "Not enough credits to redeem."),
    (
        [{"type": 1, "amount": 2**53 - 1}, {"type": 1, "amount": 1}],
        "[1].amount",
        "must not take the balance past 9007199254740991, got 1",
    ),
    (
        [{"type": 1, "amount": 1, "id": "9"}, {"type": 1, "amount": 1, "id": "9"}],
        "[1].id",
        "must be new and above those of earlier rows, got 9",
    ),
    (
        [{"type": 1, "amount": 1, "id": "9"}, {"type": 1, "amount": 1, "id": "8"}],
        "[1].id",
        "must be new and above those of earlier rows, got 8",
    ),
    (
        [{"type": 1, "amount": 1, "id": "50388077461373184"}],
        "[0].id",
        "must be new and above those of earlier rows",
    ),
]


@pytest.mark.parametrize(("changes", "place", "reason"), BAD_APPS)
def test_a_bad_app_is_refused(
    tmp_path: Path, clock: FrozenClock, changes: dict[str, Any], place: str, reason: str
) -> None:
    bare = {"branch_key": KEY, "branch_secret": SECRET, "short_url_domain": "go.example.test"}
    seed = {"apps": [{"branch_key": OTHER_KEY}, {**bare, **changes}]}
    refuse(clock, write(tmp_path, seed), f"apps[1].{place}".rstrip("."), reason)


@pytest.mark.parametrize(("rows", "place", "reason"), BAD_ROWS)
def test_a_bad_history_is_refused(
    tmp_path: Path, clock: FrozenClock, rows: list[dict[str, Any]], place: str, reason: str
) -> None:
    seed = {"apps": [{"users": [{"identity": "x"}, {"identity": "y", "history": rows}]}]}
    refuse(clock, write(tmp_path, seed), f"apps[0].users[1].history{place}", reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing.json", "cannot be read: No such file or directory (seeds are default, demo, "),
        (".", "cannot be read: Is a directory"),
        ("defualt", "cannot be read: No such file"),
        ("a\0b", "cannot be read: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(clock: FrozenClock, name: str, reason: str) -> None:
    refuse(clock, name, "", reason)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "latin.json"
    path.write_bytes(b'{"apps": ["\xff"]}')
    refuse(clock, str(path), "", "cannot be read: it is not UTF-8")


def test_a_bad_seed_stops_the_start(tmp_path: Path) -> None:
    path = write(tmp_path, with_app(label="X"))
    with pytest.raises(SeedError, match=r"apps\[0\]\.label: must be four lowercase"):
        BranchMock(seed=path)


def test_seeds_may_be_repeated(tmp_path: Path, clock: FrozenClock) -> None:
    first = write(tmp_path, with_app(), "first.json")
    more = {"branch_key": KEY, "links": [{"alias": "more"}], "users": [{"identity": "one"}]}
    second = write(tmp_path, {"apps": [more, {"branch_key": OTHER_KEY}]}, "second.json")
    again = {key: value for key, value in GOOD.items() if key not in {"links", "users"}}
    same = write(tmp_path, {"apps": [{**again, "profile": "observed,empty_bulk=400"}]}, "same.json")
    branch = loaded(clock, first, "default", same, second)
    keys = [app.key for app in branch.apps.all()]
    assert keys[0] == KEY
    assert keys[-1] == OTHER_KEY
    assert len(keys) == 5
    assert branch.links.at("go.example.test", "more") is not None
    assert branch.links.at("bnc.lt", "test-link") is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", "9"),
        ("branch_secret", "secret_live_" + "z" * 32),
        ("label", "zzzz"),
        ("short_url_domain", "other.test"),
        ("profile", "documented"),
        ("config", {}),
    ],
)
def test_a_later_seed_may_not_contradict(
    tmp_path: Path, clock: FrozenClock, name: str, value: object
) -> None:
    first = write(tmp_path, with_app(), "first.json")
    second = write(tmp_path, {"apps": [{"branch_key": KEY, name: value}]}, "second.json")
    branch = Branch(clock=clock)
    with pytest.raises(SeedError) as caught:
        plant(branch, [first, second])
    assert (caught.value.source, caught.value.place) == (second, f"apps[0].{name}")
    assert caught.value.reason == f"differs from what an earlier seed says of {KEY}"
    assert not branch.apps.all()


@pytest.mark.parametrize("seed", ["empty", '{"apps": []}', "{}"])
def test_without_an_app_one_is_minted(tmp_path: Path, clock: FrozenClock, seed: str) -> None:
    branch = loaded(clock, seed if seed == "empty" else write(tmp_path, seed))
    (app,) = branch.apps.all()
    assert app.key.startswith("key_live_")
    assert not branch.links.all()
    assert branch.links.create(app).domain == app.short_url_domain


@pytest.mark.parametrize("name", ["default", "demo", "empty"])
def test_the_bundled_seeds_load_and_give_the_same_state(clock: FrozenClock, name: str) -> None:
    assert loaded(clock, name).store.snapshot() == loaded(clock, name).store.snapshot()
    assert read(name)[0] == name


def test_a_server_starts_with_the_seeds_of_its_settings(tmp_path: Path, clock: FrozenClock) -> None:
    settings = Settings(port=0, seed=("empty", write(tmp_path, with_app())))
    with BranchMock(settings, clock=clock) as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        query = {"url": "go.example.test/promo", "branch_key": KEY}
        view = client.get("/v1/url", params=query).json()
        client.close()
    assert (mock.app.key, view["data"]["a"]) == (KEY, 1)
    assert mock.failures == []


@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_the_default_seed_has_the_links_of_the_documents(clock: FrozenClock, profile: str) -> None:
    with BranchMock(clock=clock, profile=profile) as mock:
        client = Client(mock.url, mock.app.key, mock.app.secret)
        _has_the_links_of_the_documents(client)
        client.close()


def _has_the_links_of_the_documents(client: Client) -> None:
    query = {"branch_key": client.key}
    link = client.get("/v1/url", params={"url": "https://bnc.lt/test-link", **query}).json()
    assert (link["channel"], link["feature"]) == ("facebook", "share-button")
    assert {key: link["data"][key] for key in ("photo_id", "valid")} == {
        "photo_id": "50",
        "valid": "true",
    }
    for path in ("c/125AdD-F", "d/4manXlk0AJ"):
        found = client.get("/v1/url", params={"url": f"https://bnc.lt/{path}", **query})
        assert found.status_code == 200
    for path in ("test-link", "c/125AdD-F", "d/4manXlk0AJ", "m/7IhbRIjjmp"):
        assert client.get(f"/{path}", host="bnc.lt").status_code == 307


def test_a_link_may_be_on_another_domain_than_new_ones(tmp_path: Path, clock: FrozenClock) -> None:
    links = [{"alias": "old", "domain": "bnc.lt"}, {"alias": "old", "channel": "c"}]
    branch = loaded(clock, write(tmp_path, with_app(links=links)))
    (app,) = branch.apps.all()
    old, new = branch.links.all(app)
    assert (old.address, new.address) == ("bnc.lt/old", "go.example.test/old")
    assert branch.links.get(app, "https://bnc.lt/old") == old
    assert app.short_url_domain == "go.example.test"
    elsewhere = write(tmp_path, with_app(links=[{"domain": "other.test"}]))
    reason = "must be one of bnc.lt, got 'other.test'"
    refuse(clock, elsewhere, "apps[0].links[0].domain", reason)


def test_every_balance_of_a_seed_is_the_sum_of_its_history(branch: Branch) -> None:
    plant(branch, ["demo"])
    state = branch.store.state
    sums: dict[tuple[int, str], int] = {}
    for row in state.transactions.values():
        sums[row.identity_id, row.bucket] = sums.get((row.identity_id, row.bucket), 0) + row.amount
    assert sums == dict(state.balances)
    assert all(balance >= 0 for balance in sums.values())


@pytest.mark.parametrize("names", [("default",), ("demo",), ("default", "demo")])
def test_what_was_planted_once_is_the_same_again(names: tuple[str, ...]) -> None:
    first, second = Branch(Settings(seed=names)), Branch(Settings(seed=names))
    for branch in (first, second):
        plant(branch)
        assert branch.ready
    assert first.store.snapshot() == second.store.snapshot()
    assert first.ids.save() == second.ids.save()
    before = second.store.snapshot()
    first.links.create(first.apps.default, channel="sms")
    first.reset()
    assert first.store.snapshot() == second.store.snapshot() == before


def test_a_seed_that_mints_ids_is_planted_at_its_own_time() -> None:
    seed = {"apps": [{"links": [{"channel": "sms"}]}]}
    early, late = FrozenClock("2020-01-01T00:00:00Z"), FrozenClock("2021-01-01T00:00:00Z")
    made = []
    for clock in (early, late):
        branch = Branch(clock=clock)
        plant(branch, [seed])
        made.append(branch.links.all()[0].created_ms)
    assert made[0] == early.now_ms()
    assert made[1] == late.now_ms()
