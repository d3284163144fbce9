"""What makes a day's story: its plan, and the moments and ids that follow from it."""

from bisect import bisect_right
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from branch_mock.domain.addresses import Origin
from branch_mock.domain.export_columns import csv_line
from branch_mock.domain.exports import DAY_MS, start_ms
from branch_mock.export_files.pools import Pools
from branch_mock.ids import EPOCH_MS

MEAN_EVENTS = 4
"""Events of a session, on average."""

WORKERS = 128
"""The workers of ids that a story takes; 10 bits hold eight such ranges."""

LINK, CLICK, BROWSER, MEMBER = 0, 1, 2, 3
IDENTITY, DEVICE, SESSION, EVENT = 16, 32, 48, 64
_DAWN = (40, 30, 22, 17, 15, 18, 26, 40)
_NOON = (55, 62, 66, 70, 74, 72, 70, 72)
_DUSK = (78, 86, 96, 104, 108, 98, 80, 58)
_HOURS = (*_DAWN, *_NOON, *_DUSK)
_SHARES = [0.0, *accumulate(hour / sum(_HOURS) for hour in _HOURS)]
_SPAN_MS = 84_900_000  # of a day; the rest is left for what follows the last click
_MEMBERS = 300
_MIX, _MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1
_MINUTES = [f"{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}" for second in range(60)]


class Member(NamedTuple):
    """A user who shares links, as pieces of CSV."""

    id: str
    name: str
    hardware_id: str


class Plan(Struct, frozen=True, kw_only=True, dict=True):
    """What makes a story: the same plan and pools, the same story.

    pools: of the random seed. domain, prefix, origin: where its links are. workers: the first of
    its `WORKERS` workers. links, clicks, events: how many there are.
    """

    random_seed: int
    app_id: int
    pools: Pools
    domain: str
    prefix: str
    origin: Origin
    day: date
    workers: int
    links: int
    clicks: int
    events: int

    @cached_property
    def start(self) -> int:
        """When the day begins, in milliseconds since 1970."""
        return start_ms(self.day)

    @cached_property
    def seed(self) -> tuple[object, ...]:
        """What the day's generators are seeded with."""
        return self.random_seed, self.app_id, str(self.day)

    @cached_property
    def sessions(self) -> int:
        """How many sessions the events need; a few more or less."""
        return -(-self.events // MEAN_EVENTS)

    def before(self) -> "Plan":
        """Of the day before, with a few links and clicks even where a day has none."""
        yesterday = self.day - timedelta(days=1)
        return replace(self, day=yesterday, links=self.links or 20, clicks=self.clicks or 50)

    @cached_property
    def _date(self) -> str:
        return f"{self.day}T"

    def stamp(self, ms: int) -> str:
        """A moment of the day, in milliseconds since 1970, as files have it."""
        minute, rest = divmod(ms - self.start, 60_000)
        return self._date + _MINUTES[minute] + _SECONDS[rest // 1000]

    def id(self, ms: int, worker: int, number: int) -> int:
        """An id of a moment. What does not come in the order of time has several workers, so that
        it takes a sequence again only long after."""
        return (ms - EPOCH_MS) << 22 | (self.workers + worker) << 12 | number & 0xFFF

    @cached_property
    def members(self) -> list[Member]:
        """The users who share links. They joined in the month before, whatever day it is."""
        joined = start_ms(self.day.replace(day=1)) - 30 * DAY_MS
        found = []
        for number in range(_MEMBERS):
            chance = scatter(number + self.app_id)
            id_ = self.id(max(joined + chance % (30 * DAY_MS), EPOCH_MS + number), MEMBER, number)
            name = f"{self.pools.names[number % len(self.pools.names)]}.{number}"
            hardware = hardware_id(id_, apple=chance >> 63 == 0)
            found.append(Member(str(id_), csv_line((name,)), hardware))
        return found


def moment(share: float) -> int:
    """When `share` (0 to 1) of a day's traffic is through, in milliseconds after midnight."""
    hour = min(bisect_right(_SHARES, share), len(_HOURS)) - 1
    inside = (share - _SHARES[hour]) / (_SHARES[hour + 1] - _SHARES[hour])
    return int((hour + inside) * (_SPAN_MS / len(_HOURS)))


def scatter(number: int) -> int:
    """A number as 64 bits that look random: what belongs to row `number`, without a generator."""
    value = (number + 1) * _MIX & _MASK
    value = (value ^ value >> 29) * 0xBF58476D1CE4E5B9 & _MASK
    return value ^ value >> 32


def hardware_id(id_: int, *, apple: bool) -> str:
    """The id that a device's maker gave it: an UUID on iOS, 16 digits on Android."""
    return uuid(id_, 1) if apple else f"{scatter(id_):016x}"


def uuid(id_: int, salt: int) -> str:
    """A random UUID, in capitals."""
    text = f"{scatter(id_ + salt):016X}{scatter(3 * id_ + salt):016X}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-A{text[17:20]}-{text[20:]}"
