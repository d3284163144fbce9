"""Direct operations on apps (contract 7)."""

import pytest

from branch_mock import AppFields, BranchMock, InvalidCredentials, InvalidRequest

NEW: AppFields = {"app_name": "Mine", "dev_name": "Dev", "dev_email": "dev@example.com"}


def test_an_app_is_made_changed_and_found(mock: BranchMock) -> None:
    app = mock.apps.create(user_id="7", **NEW)
    assert app.origin == "API: creator id = 7, creator email = dev@example.com"
    assert mock.apps.get(app.key) == mock.apps.get(str(app.id)) == app
    assert mock.apps.all()[-1] == app
    changed = mock.apps.update(app, web_url="https://example.com/", app_name=None)
    assert (changed.id, changed.secret) == (app.id, app.secret)
    assert changed.config == {**app.config, "web_url": "https://example.com/"}
    assert mock.apps.update(og_title="First").id == mock.app.id
    assert mock.app.config["og_title"] == "First"


def test_a_minted_app_is_a_tenant(mock: BranchMock) -> None:
    app = mock.apps.mint(live=False, profile="observed", config={"app_name": "Mine"})
    assert app.key.startswith("key_test_")
    assert app.config == {"app_name": "Mine"}
    assert app.link_domain == app.default_short_url_domain
    assert mock.links.create(app=app, alias="test-link") != mock.links.create(alias="other")


def test_operations_on_apps_refuse(mock: BranchMock) -> None:
    before = mock.apps.all()
    with pytest.raises(InvalidRequest, match="dev_email is required"):
        mock.apps.create(user_id="7", app_name="Mine", dev_name="Dev")
    with pytest.raises(InvalidRequest, match="app_name must be at most 255"):
        mock.apps.update(app_name="x" * 256)
    with pytest.raises(InvalidRequest, match="profile"):
        mock.apps.mint(profile="nonsense")
    with pytest.raises(InvalidCredentials):
        mock.apps.get("key_live_unknown")
    assert mock.apps.all() == before
