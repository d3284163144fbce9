"""The sessions of a day's story: what people do once a click has brought them."""

from collections.abc import Iterator
from typing import NamedTuple

from branch_mock.domain.topics import Topic
from branch_mock.export_files.plan import EVENT, MEAN_EVENTS, SESSION, Plan, moment, scatter
from branch_mock.export_files.pools import INSTALL, OPEN, REFERRED, WEB
from branch_mock.export_files.visits import BLOCK, Person, Visit, Visits, delay
from branch_mock.ids import generator

EVENTS_PER_BLOCK = BLOCK * MEAN_EVENTS
_COUNTS = (1,) * 2 + (2,) * 6 + (3,) * 6 + (4,) * 7 + (5,) * 4 + (6,) * 3 + (7,) * 2 + (8,) * 2
_AGAIN_MS, _WITHIN_MS = 1237, 600_000


class Session(NamedTuple):
    """One session: when it began and by which event, who it is of and which click led to it."""

    number: int
    ms: int
    opening: str
    person: Person
    referral: str
    click_id: int


class Sessions:
    """The sessions of a plan, and the events in them."""

    def __init__(self, plan: Plan, visits: Visits) -> None:
        self._plan = plan
        self._visits = visits

    def events(
        self, block: int, most: int, *, later: bool, topic: Topic | None = None
    ) -> list[str]:
        """The lines of one block of sessions, up to the first `most` or a few more.

        later: with the columns of the format `v2`. topic: with an empty line for each event of
        another one.
        """
        plan, pools = self._plan, self._plan.pools
        draw = generator(*plan.seed, "sessions", block)
        counts = list(_COUNTS) * (BLOCK // len(_COUNTS))
        draw.shuffle(counts)
        paces = draw.choices(pools.paces, k=BLOCK)
        versions = draw.choices(pools.versions, k=BLOCK)
        names = pools.events if topic is None else pools.standard_events
        deeds = iter(draw.choices(names, k=EVENTS_PER_BLOCK))
        wanted = None if topic is None else pools.topics[topic]
        lines: list[str] = []
        told = zip(self._since(block * BLOCK), counts, paces, versions, strict=False)
        for session, count, pace, version in told:
            if len(lines) >= most:
                break
            tail = self._tail(session, version, later=later)
            worker, number = EVENT + (session.number >> 12 & 0x3F), session.number
            for step, (offset, deed) in enumerate(zip(pace[:count], deeds, strict=False)):
                ms = session.ms + offset
                what = session.opening if step == 0 else REFERRED if step == 1 else deed
                if wanted is None or what in wanted:
                    lines.append(f"{plan.id(ms, worker, number)},{what},{plan.stamp(ms)},{tail}")
                else:
                    lines.append("")
        return lines

    def _since(self, number: int) -> Iterator[Session]:
        """All sessions from that one on, without end: the last click begins the rest of them."""
        clicks, sessions = self._plan.clicks, self._plan.sessions
        if not clicks:
            yield from self._without_clicks(number)
        visits = self._visits.since(min(number * clicks // sessions, clicks - 1))
        visit = next(visits)
        person = self._person(visit)
        while True:
            wanted = min(number * clicks // sessions, clicks - 1)
            if wanted != visit.number:
                while visit.number < wanted:
                    visit = next(visits)
                person = self._person(visit)
            again = number - -(-wanted * sessions // clicks)
            ms = visit.ms + delay(wanted) + again * _AGAIN_MS % _WITHIN_MS
            opening = _opening(person, new=visit.person is None and not again)
            yield Session(number, ms, opening, person, visit.referral, visit.id)
            number += 1

    def _person(self, visit: Visit) -> Person:
        return visit.person or self._visits.new_person(visit)

    def _without_clicks(self, number: int) -> Iterator[Session]:
        """Sessions of a day that has no clicks: those of the day before lead to them."""
        people, sessions = self._visits.returning, self._plan.sessions
        while True:
            person = people[scatter(number) % len(people)]
            ms = self._plan.start + moment(min(number / sessions, 1.0))
            opening = _opening(person, new=False)
            yield Session(number, ms, opening, person, person.first, person.first_click)
            number += 1

    def _tail(self, session: Session, version: str, *, later: bool) -> str:
        """All columns of a session's events behind their timestamp."""
        person, number = session.person, session.number
        id_ = self._plan.id(session.ms, SESSION + (number >> 12 & 0xF), number)
        shown = version if person.device.mobile else ""
        line = (
            f"{person.identity},{id_},{shown},{person.address},{self._plan.stamp(session.ms)},"
            f"{person.installed},{person.first},{session.referral}"
        )
        return f"{line},{person.first_click},{session.click_id}" if later else line


def _opening(person: Person, *, new: bool) -> str:
    if not person.device.mobile:
        return WEB
    return INSTALL if new else OPEN
