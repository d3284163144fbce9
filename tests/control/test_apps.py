"""Apps of the control plane (contract 12)."""

from branch_mock import BranchMock
from tests.client import Client, message_of


def test_an_app_is_minted_with_everything_of_its_own(client: Client) -> None:
    app = client.call("POST", "/_mock/apps").json()
    assert app["branch_key"].startswith("key_live_")
    assert app["short_url_domain"] == app["default_short_url_domain"]
    own = Client(client.url, app["branch_key"], app["branch_secret"])
    url = own.post("/v1/url", {"alias": "test-link"}).json()["url"]
    assert url == f"{client.url}/{app['short_url_domain']}/test-link"
    own.close()


def test_an_app_can_be_minted_for_testing_keys_and_another_profile(
    client: Client, mock: BranchMock
) -> None:
    body = {"live": False, "profile": "observed", "config": {"app_name": "Mine", "ios_app": "2"}}
    app = client.call("POST", "/_mock/apps", json=body).json()
    assert app["branch_key"].startswith("key_test_")
    assert app["short_url_domain"].endswith(".test-app.link")
    assert (app["app_name"], app["ios_app"]) == ("Mine", 2)
    assert mock.branch.apps.find(app["branch_key"]).profile.as_text() == "observed"


def test_minting_refuses(client: Client, mock: BranchMock) -> None:
    before = len(mock.branch.apps.all())
    for field, value in (("profile", "nonsense"), ("live", 1), ("name", "x"), ("config", [])):
        answer = client.call("POST", "/_mock/apps", json={field: value})
        assert answer.status_code == 400
        assert field in message_of(answer)
    assert len(mock.branch.apps.all()) == before


def test_an_app_that_is_refused_leaves_the_generator_alone(
    client: Client, mock: BranchMock
) -> None:
    before = mock.branch.save()
    assert client.call("POST", "/_mock/apps", json={"profile": "nobody's"}).status_code == 400
    assert mock.branch.save() == before
