"""A day of activity for tests: a link, its click, the session and the event that followed."""

from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from branch_mock import Branch, Click, FrozenClock, Link
from branch_mock.domain.events import Event
from branch_mock.domain.identities import Identity
from branch_mock.domain.sessions import Session

DAY = date(2016, 1, 20)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 9_2 like Mac OS X) AppleWebKit/601.1.46 "
    "(KHTML, like Gecko) Version/9.0 Mobile/13C75 Safari/601.1"
)


class RecordedDay(NamedTuple):
    """What `record_a_day` recorded."""

    owner: Identity
    link: Link
    click: Click
    user: Identity
    session: Session
    event: Event


def record_a_day(branch: Branch) -> RecordedDay:
    """Maria's link is clicked by a newcomer, who installs and buys; a server reports on Maria."""
    clock, app = branch.clock, branch.apps.default
    assert isinstance(clock, FrozenClock)
    maria = branch.identities.ensure(app, "maria")
    link = branch.links.create(
        app,
        alias="promo",
        channel='face,"book"',
        feature="share",
        stage="level 1",
        tags=["a", "b,c"],
        data={"photo": {"id": 50}, "ok": True},
        identity="maria",
    )
    clock.advance(10)
    query = {"utm_source": "x"}
    click = branch.clicks.record(
        app, link, user_agent=IPHONE, ip="203.0.113.9", query=query, redirect_method="redirect"
    )
    clock.advance(10)
    with branch.store.transaction() as state:
        user = replace(branch.identities.ensure(app, "newcomer"), first_click=click)
        state.identities.put(user.id, user)
        session = Session(
            id=branch.ids.next(),
            app_id=app.id,
            identity_id=user.id,
            device_id=branch.ids.next(),
            browser_id=click.browser_id,
            click=click,
            app_version="1.2.3",
            ip="203.0.113.9",
            os="iOS",
            os_version="9.2",
            hardware_id="HW-1",
            device_metadata={"brand": "Apple"},
        )
        owners = replace(
            session, id=branch.ids.next(), identity_id=maria.id, hardware_id="owner-hardware"
        )
        for each in (session, owners):
            state.sessions.put(each.id, each)
    clock.advance(10)
    with branch.store.transaction() as state:
        event = branch.events.record(
            state, app, "purchase", identity=user, session=session, metadata={"sku": "12"}
        )
    clock.advance(10)
    branch.events.create(app, "signup", identity=maria.id)
    return RecordedDay(maria, link, click, user, session, event)


_LABELS = {
    "channel": 'face,"book"',
    "feature": "share",
    "campaign": "",
    "stage": "level 1",
    "tags": '["a","b,c"]',
    "data": '{"photo":{"id":50},"ok":true}',
    "creation_source": "0",
}


def link_row(day: RecordedDay) -> dict[str, str]:
    """The link as the export has it."""
    return {
        "creation_timestamp": "2016-01-20T12:00:00",
        "link_id": str(day.link.id),
        "branch_identity_id": str(day.owner.id),
        **_LABELS,
        "alias": "promo",
        "domain": "bnc.lt",
        "url": "https://bnc.lt/promo",
    }


def click_row(day: RecordedDay) -> dict[str, str]:
    """The click as the export has it."""
    return {
        "click_timestamp": "2016-01-20T12:00:10",
        "branch_link_click_id": str(day.click.id),
        "branch_browser_fingerprint_id": str(day.click.browser_id),
        "os": "iOS",
        "os_version": "9.2",
        "model": "iPhone",
        "browser": "Mobile Safari",
        "user_agent": IPHONE,
        "ip_address": "203.0.113.9",
        "stage": "",
        "sms_from_desktop": "false",
        "phone_number": "",
        "redirect_method": "redirect",
        "link_creation_timestamp": "2016-01-20T12:00:00",
        **{f"link_{name}": value for name, value in _LABELS.items()},
        "link_url": "https://bnc.lt/promo",
        "link_branch_identity_id": str(day.owner.id),
        "link_id": str(day.link.id),
    }


def event_row(day: RecordedDay) -> dict[str, str]:
    """The purchase as the export has it."""
    referring = {
        "click_timestamp": "2016-01-20T12:00:10",
        "click_query_params": '{"utm_source":"x"}',
        "branch_identity_id": str(day.owner.id),
        "developer_identity": "maria",
        "hardware_id": "owner-hardware",
        "branch_link_id": str(day.link.id),
        "link_creation_timestamp": "2016-01-20T12:00:00",
        **{f"link_{name}": value for name, value in _LABELS.items()},
        "link_url": "https://bnc.lt/promo",
    }
    return {
        "id": str(day.event.id),
        "name": "purchase",
        "metadata": '{"sku":"12"}',
        "timestamp": "2016-01-20T12:00:30",
        "branch_identity_id": str(day.user.id),
        "developer_identity": "newcomer",
        "identity_creation_timestamp": "2016-01-20T12:00:20",
        "branch_session_id": str(day.session.id),
        "app_version": "1.2.3",
        "ip_address": "203.0.113.9",
        "session_start_timestamp": "2016-01-20T12:00:20",
        "branch_device_fingerprint_id": str(day.session.device_id),
        "device_first_seen_timestamp": "2016-01-20T12:00:20",
        "device_os": "iOS",
        "device_os_version": "9.2",
        "device_metadata": '{"brand":"Apple"}',
        "hardware_id": "HW-1",
        "google_advertising_id": "",
        "branch_browser_fingerprint_id": str(day.click.browser_id),
        "browser_first_seen_timestamp": "2016-01-20T12:00:10",
        "browser_os": "iOS",
        "browser_os_version": "9.2",
        "user_agent": IPHONE,
        **{f"first_referring_{name}": value for name, value in referring.items()},
        **{f"session_referring_{name}": value for name, value in referring.items()},
    }
