"""A day of activity for tests: a link, its click, the session and the event that followed."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple

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
    event = branch.events.record(
        app, "purchase", identity=user, session=session, metadata={"sku": "12"}
    )
    clock.advance(10)
    branch.events.record(app, "signup", identity=branch.identities.get(maria.id))
    return RecordedDay(link, click, user, session, event)
