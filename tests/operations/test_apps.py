"""Apps without HTTP (contract 2 and 7)."""

import pytest
from msgspec.structs import replace
from rich.pretty import pretty_repr

from branch_mock import Branch, BranchMockError, InvalidCredentials, InvalidRequest
from branch_mock.ids import created_ms
from tests.state import unchanged


@pytest.mark.parametrize("live", [True, False])
def test_a_minted_app_is_a_tenant(branch: Branch, *, live: bool) -> None:
    app = branch.apps.mint(live=live)
    assert app.key.startswith("key_live_" if live else "key_test_")
    assert app.short_url_domain == f"{app.label}.{'app.link' if live else 'test-app.link'}"
    assert app.link_domain == app.short_url_domain == app.default_short_url_domain
    assert app.created_ms == created_ms(app.id) == branch.clock.now_ms()
    assert branch.apps.find(app.key) == branch.apps.find(str(app.id)) == branch.apps.get(app.id)
    assert branch.apps.all()[-1] == app
    assert app.secret not in repr(app)
    assert app.secret not in pretty_repr(app)
    assert app.key in pretty_repr(app)


def test_minted_apps_have_nothing_in_common(branch: Branch) -> None:
    apps = [branch.apps.mint() for _ in range(50)]
    for values in zip(
        *((a.id, a.key, a.secret, a.label, a.link_domain) for a in apps), strict=True
    ):
        assert len(set(values)) == 50


@pytest.mark.parametrize("key", ["", "x", "key_live_x", None, 5, [], {}, 55696551485375420])
def test_what_is_no_key_finds_no_app(branch: Branch, key: object) -> None:
    with pytest.raises(InvalidCredentials):
        branch.apps.find(key)


def test_ids_and_keys_are_taken_once(branch: Branch) -> None:
    app = branch.apps.default
    with unchanged(branch):
        with pytest.raises(InvalidRequest, match="id is another app's"):
            branch.apps.add(replace(app, branch_key="key_live_" + "z" * 32))
        with pytest.raises(InvalidRequest, match="branch_key is another app's"):
            branch.apps.add(replace(app, id=5))


def test_the_default_app_is_the_first() -> None:
    branch = Branch()
    with pytest.raises(BranchMockError, match="there is no app yet"):
        branch.apps.default  # noqa: B018 - the property raises
    first = branch.apps.mint()
    branch.apps.mint()
    assert branch.apps.default == first


def test_all_domains_of_an_app_lead_to_one(branch: Branch) -> None:
    app = branch.apps.mint()
    for domain in app.domains:
        assert branch.apps.is_link_domain(domain)
        assert branch.apps.link_domain(domain) == app.link_domain
    assert not branch.apps.is_link_domain("localhost")


@pytest.mark.parametrize("live", [True, False])
def test_no_two_apps_have_a_label(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, *, live: bool
) -> None:
    first = branch.apps.mint(live=live)
    drawn = iter([first.label, first.label, "free"])
    monkeypatch.setattr(branch.ids, "domain_label", lambda: next(drawn))
    assert branch.apps.mint(live=not live).label == "free"
