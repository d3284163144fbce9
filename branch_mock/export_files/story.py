"""The rows that are invented for one day of one app: one story, told in order (contract 10).

Links are made over the day. Clicks follow links that are there already, by people who are new or
who came the day before. A click begins a session, in which events happen. Each person keeps one
device, browser, address and identity. What a row says follows from its number alone, in blocks that
have generators of their own, so a story of any length needs no memory and can be told from any row.
"""

from collections.abc import Iterator

from branch_mock.domain.topics import Topic
from branch_mock.export_files.plan import Plan
from branch_mock.export_files.sessions import EVENTS_PER_BLOCK, Sessions
from branch_mock.export_files.visits import BLOCK, Visits


class Story:
    """Tells the rows of a plan from `start` up to `stop`, as lines of CSV without their ends, in
    blocks. later: with the columns of the format `v2`."""

    def __init__(self, plan: Plan) -> None:
        self._visits = Visits(plan)
        self._sessions = Sessions(plan, self._visits)

    def links(self, start: int, stop: int) -> Iterator[list[str]]:
        """The lines of links."""
        for begin in range(start, stop, BLOCK):
            yield [self._visits.link(row)[0] for row in range(begin, min(begin + BLOCK, stop))]

    def clicks(self, start: int, stop: int, *, later: bool) -> Iterator[list[str]]:
        """The lines of clicks."""
        for block in range(start // BLOCK, -(-stop // BLOCK)):
            begin = block * BLOCK
            lines = []
            for visit in self._visits.block(block)[max(start - begin, 0) : stop - begin]:
                tail = f",{visit.query}" if later else ""
                lines.append(
                    f"{visit.stamp},{visit.id},{visit.browser},{visit.device.click},"
                    f"{visit.address},{visit.arrival},{visit.link.click}{tail}"
                )
            yield lines

    def events(
        self, start: int, stop: int, *, later: bool, topic: Topic | None = None
    ) -> Iterator[list[str]]:
        """The lines of events; only those of a topic, if one is given, under its generation's
        names."""
        for block in range(start // EVENTS_PER_BLOCK, -(-stop // EVENTS_PER_BLOCK)):
            begin = block * EVENTS_PER_BLOCK
            lines = self._sessions.events(block, stop - begin, later=later, topic=topic)
            lines = lines[max(start - begin, 0) : stop - begin]
            yield lines if topic is None else [line for line in lines if line]
