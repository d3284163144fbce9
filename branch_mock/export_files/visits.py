"""The links of a day's story, and the visits that their clicks are."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from branch_mock.domain.export_columns import csv_line
from branch_mock.export_files.devices import DevicePieces
from branch_mock.export_files.plan import (
    BROWSER,
    CLICK,
    DEVICE,
    IDENTITY,
    LINK,
    Plan,
    hardware_id,
    moment,
    scatter,
    uuid,
)
from branch_mock.ids import code_of, generator

BLOCK = 1024
"""Clicks, and sessions, that share a generator."""

_RETURNING = 0.35
_TEXTED = 0.04
_HOT_LINKS = 4096


class HotLink(NamedTuple):
    """A link as its clicks show it, and as the events that they lead to show it."""

    click: str
    referral: str


class Person(NamedTuple):
    """Who visits: with one device, browser, address and identity, as pieces of CSV.

    first: the referral columns of the click that brought them first. first_click: its id.
    """

    device: DevicePieces
    browser: str
    address: str
    identity: str
    installed: str
    first: str
    first_click: int


class Visit(NamedTuple):
    """One click. person: None for somebody new."""

    number: int
    ms: int
    id: int
    stamp: str
    device: DevicePieces
    browser: str
    address: str
    link: HotLink
    query: str
    arrival: str
    person: Person | None

    @property
    def referral(self) -> str:
        """The referral columns of the events that it leads to."""
        return f"{self.stamp},{self.query},{self.link.referral}"


def delay(click: int) -> int:
    """Milliseconds between a click and the session that it begins."""
    return 3000 + scatter(click) % 57_000


class Visits:
    """The links and clicks of a plan. Clicks follow links that are there already."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._salt = generator(*plan.seed).getrandbits(60)

    def link(self, row: int) -> tuple[str, HotLink]:
        """A link: its own line, and how others show it."""
        plan, pools = self._plan, self._plan.pools
        chance = scatter(row + self._salt)
        share = max(row - (chance & 0xFFFF) / 65536, 0.0) / plan.links
        ms = plan.start + moment(share)
        id_ = plan.id(ms, LINK, row)
        pieces = pools.links[(chance >> 16) % len(pools.links)]
        owner_id, owner, hardware = (
            plan.members[(chance >> 32) % len(plan.members)] if pieces.shared else ("", "", "")
        )
        alias = f"promo-{plan.day:%Y%m%d}-{row}" if chance >> 59 == 0 else ""
        path = alias or plan.prefix + code_of(id_)
        url = csv_line((plan.origin.link(plan.domain, path),))
        made = plan.stamp(ms)
        line = f"{made},{id_},{owner_id},{pieces.text},{alias},{plan.domain},{url}"
        hot = HotLink(
            click=f"{made},{pieces.text},{url},{owner_id},{id_}",
            referral=f"{owner_id},{owner},{hardware},{id_},{made},{pieces.text},{url}",
        )
        return line, hot

    @cached_property
    def hot(self) -> list[HotLink]:
        """The links that are clicked, by age: all, or as many as a memory should hold. Where a day
        has none of its own, those of the day before are."""
        links = self._plan.links
        if not links:
            return self._before.hot
        count = min(links, _HOT_LINKS)
        return [self.link(row * links // count)[1] for row in range(count)]

    @cached_property
    def _before(self) -> "Visits":
        return Visits(self._plan.before())

    @cached_property
    def returning(self) -> list[Person]:
        """People who came first on the day before."""
        return self._before.newcomers()

    def newcomers(self) -> list[Person]:
        """Those of the first block of clicks who were new, and went on to a session."""
        clicks = self._plan.clicks
        sessions = self._plan.sessions or clicks
        found = []
        for visit in self.block(0, with_returning=False):
            session = -(-visit.number * sessions // clicks)
            if session * clicks // sessions == visit.number:
                found.append(self.new_person(visit))
        return found

    def since(self, number: int) -> Iterator[Visit]:
        """All visits from that one on."""
        for block in range(number // BLOCK, -(-self._plan.clicks // BLOCK)):
            yield from self.block(block)[max(number - block * BLOCK, 0) :]

    def block(self, block: int, *, with_returning: bool = True) -> list[Visit]:
        """One block of visits; without those of people who return, if told so."""
        plan, pools, hot = self._plan, self._plan.pools, self.hot
        draw = generator(*plan.seed, "clicks", block)
        first, count = block * BLOCK, min(BLOCK, plan.clicks - block * BLOCK)
        chances = [draw.random() for _ in range(4 * count)]
        kinds = draw.choices(pools.devices, cum_weights=pools.device_weights, k=count)
        addresses = draw.choices(pools.addresses, k=count)
        queries = draw.choices(pools.queries, k=count)
        arrivals = draw.choices(pools.arrivals, k=count)
        found = []
        for at in range(count):
            number = first + at
            late, popular, who, texted = chances[4 * at : 4 * at + 4]
            share = (number + late) / plan.clicks
            ms = plan.start + moment(share) + 1000
            device, address, arrival = kinds[at], addresses[at], arrivals[at]
            browser, person = str(plan.id(ms, BROWSER, number)), None
            if who < _RETURNING and number:
                if not with_returning:
                    continue
                person = self.returning[int(who / _RETURNING * len(self.returning))]
                device, address, browser = person.device, person.address, person.browser
            if texted < _TEXTED and not device.mobile:
                arrival = pools.texts[number % len(pools.texts)]
            made = int(share * len(hot)) + 1 if plan.links else len(hot)
            link = hot[int(popular * (1 + popular) / 2 * made)]  # older ones more often
            id_, stamp = plan.id(ms, CLICK, number), plan.stamp(ms)
            visit = (number, ms, id_, stamp, device, browser, address, link, queries[at], arrival)
            found.append(Visit(*visit, person))
        return found

    def new_person(self, visit: Visit) -> Person:
        """Somebody new, as the click shows them and as the session that it begins does."""
        plan, device, number = self._plan, visit.device, visit.number
        ms, bank = visit.ms + delay(number), number >> 12 & 0xF
        joined = plan.stamp(ms)
        name = plan.pools.names[number % len(plan.pools.names)]
        installed = "," * 6
        if device.mobile:
            device_id = plan.id(ms, DEVICE + bank, number)
            hardware = hardware_id(device_id, apple=device.apple)
            advertising = "" if device.apple else uuid(device_id, 2).lower()
            installed = f"{device_id},{joined},{device.system},{hardware},{advertising}"
        id_ = plan.id(ms, IDENTITY + bank, number)
        return Person(
            device=device,
            browser=visit.browser,
            address=visit.address,
            identity=f"{id_},{name}.{plan.day:%y%m%d}{number},{joined}",
            installed=f"{installed},{visit.browser},{visit.stamp},{device.browser}",
            first=visit.referral,
            first_click=visit.id,
        )
