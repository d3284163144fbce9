"""What invented rows are put together from: names, cities, labels and events, as pieces of CSV.

Faker is asked once for each pool, not for each cell, and related cells stay together in one piece,
quoted already. One call of Faker's costs as much as a whole row does this way.
"""

from itertools import accumulate
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from branch_mock.domain.export_columns import csv_line
from branch_mock.domain.links import CreationSource
from branch_mock.domain.topics import Topic, topic_of
from branch_mock.export_files.devices import DevicePieces, devices
from branch_mock.ids import Generator, generator

if TYPE_CHECKING:
    from faker import Faker

_PEOPLE = 400
_ADDRESSES = 1500
_LINKS = 400
_EVENTS = 400
_AUTOMATIC = ("install", "open", "web session start", "referred session")
INSTALL, OPEN, WEB, REFERRED = (csv_line((name, {})) for name in _AUTOMATIC)
"""What sessions begin with, as pieces of CSV like those of the pool of events."""

_VERSIONS = ("2.4.1", "2.4.0", "2.3.2", "2.2.0")

_MIXES = (
    ("facebook", "share", None, None, ("social",), 22, True),
    ("twitter", "share", None, None, ("social",), 9, True),
    ("sms", "invite", "friends-get-friends", "after-purchase", ("invite", "sms"), 10, True),
    ("whatsapp", "invite", "friends-get-friends", None, ("invite",), 8, True),
    ("email", "marketing", "weekly-digest", "active", ("newsletter",), 14, False),
    ("email", "marketing", "welcome-series", "new", ("newsletter", "onboarding"), 7, False),
    ("email", "marketing", "win-back", "lapsed", ("newsletter", "discount"), 4, False),
    ("facebook", "ads", "spring-launch", None, ("paid", "launch"), 11, False),
    ("google", "ads", "brand-search", None, ("paid",), 7, False),
    ("instagram", "influencer", "spring-launch", None, ("paid", "launch"), 4, False),
    ("web", "journeys", None, None, None, 4, False),
)
"""Channel, feature, campaign, stage, tags, how common they are, and whether users made the link."""

_STANDARD = {
    "view item": "VIEW_ITEM",
    "share": "SHARE",
    "add to cart": "ADD_TO_CART",
    "purchase": "PURCHASE",
    "sign up": "COMPLETE_REGISTRATION",
}
"""What the third generation calls what users do; the rest stays a custom event."""

_SOURCES = (CreationSource.IOS_SDK, CreationSource.ANDROID_SDK)
_QUERIES: tuple[tuple[dict[str, str], int], ...] = (
    ({}, 30),
    ({"utm_source": "newsletter"}, 3),
    ({"ref": "home"}, 2),
    ({"lang": "es"}, 1),
)
_METHODS = (("redirect", 24), ("landing_page", 1))


class LinkPieces(Struct, frozen=True):
    """A mix of labels: channel, feature, campaign, stage, tags, data and creation source.

    shared: whether it is of the kind that users make.
    """

    text: str
    shared: bool


class Pools:
    """The pools of one seed; the same for every day, so that days tell one story.

    In pools whose items differ in how common they are, each item stands as often as that.
    standard_events are the events under the names of the third generation; topics tells which
    pieces are of which of its topics.
    """

    def __init__(self, *seed: object) -> None:
        from faker import Faker  # noqa: PLC0415 - a third of a second that only inventing needs

        fake = Faker()
        draw = generator("pools", *seed)
        fake.seed_instance(draw.getrandbits(64))
        self.names = [fake.user_name() for _ in range(_PEOPLE)]
        people = [fake.name() for _ in range(_PEOPLE)]
        cities = [fake.city() for _ in range(_PEOPLE)]
        self.addresses = [fake.ipv4_public() for _ in range(_ADDRESSES)]
        self.devices: list[DevicePieces] = list(devices())
        self.device_weights = list(accumulate(device.weight for device in self.devices))
        self.links = _links(draw, people, cities)
        events = _events(draw, people, cities)
        self.events = [csv_line(event) for event in events]
        later = [(_STANDARD.get(name, name), metadata) for name, metadata in events]
        self.standard_events = [csv_line(event) for event in later]
        self.topics = _by_topic([*later, *((name, {}) for name in _AUTOMATIC)])
        self.queries = _repeated((csv_line((query,)), many) for query, many in _QUERIES)
        self.arrivals = _repeated((f",false,,{method}", many) for method, many in _METHODS)
        self.texts = [f",true,{_phone(fake)},redirect" for _ in range(50)]
        self.versions = _repeated(zip(_VERSIONS, (8, 4, 2, 1), strict=True))
        self.paces = [_pace(draw) for _ in range(256)]


def _phone(fake: "Faker") -> str:
    return f"+1{fake.numerify('%##555%###')}"


def _repeated(items: Any) -> list[Any]:
    return [item for item, many in items for _ in range(many)]


def _links(draw: Generator, people: list[str], cities: list[str]) -> list[LinkPieces]:
    found = []
    mixes = _repeated((mix, mix[5]) for mix in _MIXES)
    for mix in draw.choices(mixes, k=_LINKS):
        *labels, _, shared = mix
        source = draw.choice(_SOURCES) if shared else CreationSource.API
        page = draw.randrange(1000, 9999)
        data = {"article_id": str(page), "$desktop_url": f"https://example.com/articles/{page}"}
        if shared:
            data["shared_by"] = draw.choice(people)
        data["city"] = draw.choice(cities)
        found.append(LinkPieces(csv_line((*labels, data, int(source))), shared))
    return found


def _events(
    draw: Generator, people: list[str], cities: list[str]
) -> list[tuple[str, dict[str, Any]]]:
    """Name and metadata of what users do once they are in."""

    def metadata(name: str) -> dict[str, Any]:
        sku = f"sku-{draw.randrange(100, 999)}"
        price = draw.randrange(5, 200) * 100 - 1
        found: dict[str, dict[str, Any]] = {
            "sign up": {"name": draw.choice(people), "city": draw.choice(cities)},
            "view item": {"sku": sku},
            "add to cart": {"sku": sku, "price": f"{price / 100:.2f}"},
            "purchase": {"sku": sku, "price": f"{price / 100:.2f}", "city": draw.choice(cities)},
            "share": {"sku": sku, "with": draw.choice(people)},
            "search": {"query": draw.choice(cities)},
        }
        return found[name]

    names = _repeated(
        {
            "view item": 40,
            "search": 20,
            "add to cart": 12,
            "share": 8,
            "purchase": 6,
            "sign up": 4,
        }.items()
    )
    return [(name, metadata(name)) for name in draw.choices(names, k=_EVENTS)]


def _by_topic(events: list[tuple[str, dict[str, Any]]]) -> dict[Topic, frozenset[str]]:
    """The pieces of each topic's events."""
    found: dict[Topic, set[str]] = {topic: set() for topic in Topic}
    for name, metadata in events:
        topic = topic_of(name, metadata)
        if topic is not None:
            found[topic].add(csv_line((name, metadata)))
    return {topic: frozenset(pieces) for topic, pieces in found.items()}


def _pace(draw: Generator) -> tuple[int, ...]:
    """When the events of a session happen, in milliseconds after it began."""
    steps = [draw.randrange(4_000, 70_000) for _ in range(6)]
    return (0, *accumulate((draw.randrange(1, 20), *steps)))
