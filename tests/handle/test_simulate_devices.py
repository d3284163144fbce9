"""Devices simulated in Python: the same code path that a real one takes (contract 12)."""

from dataclasses import replace

import pytest

from branch_mock import (
    DESKTOP,
    FACEBOOK_BOT,
    IPAD,
    IPHONE,
    PIXEL,
    BranchMock,
    Device,
    InvalidRequest,
    LinkNotFound,
)


def test_a_click_leads_to_an_install_on_the_same_device(mock: BranchMock) -> None:
    url = mock.links.create(channel="sms", identity="maria", data={"room": 12})
    click = mock.simulate.click(url, PIXEL)
    session = mock.simulate.install(PIXEL, identity="friend")
    assert session.click == click
    assert session.data["room"] == 12
    assert session.data["~referring_link"] == url
    friend = mock.branch.identities.find(mock.app, "friend")
    maria = mock.branch.identities.find(mock.app, "maria")
    assert friend is not None
    assert maria is not None
    assert friend.referrer_id == maria.id
    assert mock.simulate.install(IPHONE).click is None


def test_a_click_carries_its_parameters(mock: BranchMock) -> None:
    click = mock.simulate.click("http://bnc.lt/test-link?utm=x#fragment", device=IPAD)
    assert click is not None
    assert dict(click.query) == {"utm": "x"}
    assert (click.ip, click.user_agent) == (IPAD.ip, IPAD.user_agent)
    assert click.device.platform == "ipad"


def test_dynamic_links_can_be_clicked(mock: BranchMock) -> None:
    click = mock.simulate.click(f"{mock.url}/a/{mock.app.key}?channel=mail&x=1")
    assert click is not None
    assert (click.link.channel, click.link.data) == ("mail", {"x": "1"})


def test_a_bot_makes_no_click(mock: BranchMock) -> None:
    assert mock.simulate.click("https://bnc.lt/test-link", FACEBOOK_BOT) is None
    assert mock.links.clicks() == []


@pytest.mark.parametrize("url", ["https://bnc.lt/nothing-here", "https://bnc.lt", "", "/v1/url"])
def test_a_click_on_no_link_is_an_error(mock: BranchMock, url: str) -> None:
    with pytest.raises(LinkNotFound):
        mock.simulate.click(url)


def test_an_app_is_opened_by_click_or_address(mock: BranchMock) -> None:
    url = mock.links.create(data={"a": 1})
    click = mock.simulate.click(url, DESKTOP)
    assert mock.simulate.open(IPHONE, click=click).click == click
    opened = mock.simulate.open(IPHONE, url=url)
    assert opened.click is not None
    assert opened.click.redirect_method == "universal_link"


def test_a_device_without_apps_opens_a_page(mock: BranchMock) -> None:
    session = mock.simulate.open(DESKTOP)
    assert session.kind == "web session start"
    assert session.os == "Mac OS X"


def test_events_belong_to_the_session_that_runs(mock: BranchMock) -> None:
    session = mock.simulate.install(IPHONE, identity="zoe")
    event = mock.simulate.event("buy", IPHONE, metadata={"sku": "12"})
    assert event.session == session
    assert event.identity_id == session.identity_id
    assert event.metadata == {"sku": "12"}
    assert event.ip == IPHONE.ip
    page = mock.simulate.open(DESKTOP, identity="zoe")
    assert mock.simulate.event("look", DESKTOP).session == page


def test_an_event_needs_somebody(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="identity"):
        mock.simulate.event("buy", PIXEL)
    assert mock.simulate.event("buy", PIXEL, identity="zoe").session is None


def test_bad_names_are_refused_and_change_nothing(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match="identity"):
        mock.simulate.install(identity="x" * 128)
    assert mock.branch.sessions.all() == []


def test_another_device_of_a_model_is_another_user(mock: BranchMock) -> None:
    other: Device = replace(IPHONE, ip="192.0.2.77", hardware_id="another")
    first, second = mock.simulate.install(IPHONE), mock.simulate.install(other)
    assert first.device_id != second.device_id
    assert first.identity_id != second.identity_id


def test_a_device_is_a_device(mock: BranchMock) -> None:
    with pytest.raises(InvalidRequest, match=r"device must be a Device.*got 'iphone'"):
        mock.simulate.install("iphone")  # type: ignore[arg-type]


def test_the_same_calls_give_the_same_ids(mock: BranchMock) -> None:
    def play() -> list[int]:
        url = mock.links.create(data={"a": 1})
        mock.simulate.click(url, IPHONE)
        session = mock.simulate.install(IPHONE)
        return [session.id, session.identity_id, mock.simulate.event("x").id]

    first = play()
    mock.reset()
    assert play() == first
