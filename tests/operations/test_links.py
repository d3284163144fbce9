"""Links without HTTP (contract 5)."""

import pytest

from branch_mock import AliasConflict, Branch, InvalidRequest, LinkNotFound
from branch_mock.domain.links import LinkType
from branch_mock.ids import code_of
from tests.state import unchanged


def test_a_link_stands_where_its_id_says(branch: Branch) -> None:
    app = branch.apps.default
    link = branch.links.create(app)
    assert link.path == f"l/{code_of(link.id)}"
    assert branch.links.at("bnc.lt", link.path) == link
    assert branch.links.get(app, f"https://bnc.lt/{link.path}") == link
    marketing = branch.links.create(app, type=LinkType.MARKETING)
    assert marketing.path == f"m/{code_of(marketing.id)}"


def test_no_two_links_stand_at_one_address(branch: Branch) -> None:
    """Whichever of them came first, and whether its address is the code of its id or was given."""
    app = branch.apps.default
    coded = branch.links.create(app)
    named = branch.links.create_from(app, {}, path=f"l/{code_of(coded.id + 5)}")
    with unchanged(branch), pytest.raises(AliasConflict):
        branch.links.create_from(app, {}, path=coded.path)
    with unchanged(branch), pytest.raises(AliasConflict):
        branch.links.create_from(app, {}, id_=coded.id + 5)
    assert branch.links.at("bnc.lt", coded.path) == coded
    assert branch.links.at("bnc.lt", named.path) == named


def test_a_code_alone_is_no_address(branch: Branch) -> None:
    """What is asked for is the whole address, at the domain that the link was made for."""
    one, two = branch.apps.all()[:2]
    link = branch.links.create(one)
    code = code_of(link.id)
    assert branch.links.at("bnc.lt", f"l/{code}") == link
    for domain, path in (
        ("bnc.lt", code),
        ("bnc.lt", f"m/{code}"),
        ("bnc.lt", f"l/l/{code}"),
        ("bnc.lt", f"l/{code}/"),
        ("bnc.lt", f"l/{code}a"),  # a digit that is 0
        ("other.app.link", f"l/{code}"),
    ):
        assert branch.links.at(domain, path) is None, (domain, path)
    assert link not in branch.links.all(two)


def test_a_link_belongs_to_the_identity_named(branch: Branch) -> None:
    app = branch.apps.default
    link = branch.links.create(app, identity="somebody-new")
    owner = branch.identities.find(app, "somebody-new")
    assert owner is not None
    assert link.identity_id == owner.id
    assert branch.links.create(app, identity="somebody-new").identity_id == owner.id


def test_links_of_an_app_are_listed_oldest_first(branch: Branch) -> None:
    one, two = branch.apps.all()[:2]
    made = [branch.links.create(app, channel=str(n)) for n, app in enumerate((one, two, one))]
    assert branch.links.all()[-3:] == made
    assert branch.links.all(two)[-1] == made[1]
    assert {link.app_id for link in branch.links.all(one)} == {one.id}


def test_a_later_app_keeps_its_domain_clear_of_aliases(branch: Branch) -> None:
    tenant = branch.apps.mint()
    with unchanged(branch), pytest.raises(InvalidRequest, match="link domain"):
        branch.links.create(branch.apps.default, alias=f"{tenant.short_url_domain}/x")


def test_links_of_other_apps_are_not_found(branch: Branch) -> None:
    one, two = branch.apps.all()[:2]
    link = branch.links.create(one, alias="mine")
    with pytest.raises(LinkNotFound):
        branch.links.get(two, "bnc.lt/mine")
    with pytest.raises(LinkNotFound):
        branch.links.update(two, "bnc.lt/mine", {"channel": "x"})
    assert branch.links.get(one, "bnc.lt/mine") == link


def test_an_update_is_a_new_value(branch: Branch) -> None:
    app = branch.apps.default
    before = branch.links.create(app, alias="mine", data={"a": 1})
    after = branch.links.update(app, "bnc.lt/mine", {"channel": "x", "data": {"b": 2}})
    assert (before.channel, before.data) == (None, {"a": 1})
    assert (after.channel, after.data) == ("x", {"a": 1, "b": 2})
    assert (after.id, after.alias) == (before.id, "mine")


def test_a_conflict_names_domain_and_alias(branch: Branch) -> None:
    tenant = branch.apps.mint()
    branch.links.create(tenant, alias="promo")
    with unchanged(branch), pytest.raises(AliasConflict) as caught:
        branch.links.create(tenant, alias="promo", type=1)
    assert caught.value.message == f"Link alias conflict: {tenant.short_url_domain}/promo"


def test_seeded_links_may_not_share_id_or_path(branch: Branch) -> None:
    app = branch.apps.default
    branch.links.create_from(app, {}, id_=77, path="c/x")
    with unchanged(branch):
        with pytest.raises(AliasConflict):
            branch.links.create_from(app, {}, id_=78, path="c/x")
        with pytest.raises(InvalidRequest, match="id is another link's: 77"):
            branch.links.create_from(app, {}, id_=77, path="c/y")


def test_a_dynamic_link_is_not_stored(branch: Branch) -> None:
    app = branch.apps.default
    with unchanged(branch):
        link = branch.links.dynamic(
            app, "bnc.lt", {"channel": "c", "data": {"~feature": "f", "a": 1}}
        )
    assert (link.id, link.channel, link.feature, link.data) == (0, "c", "f", {"a": 1})
