"""What links, clicks, sessions and the control plane should do, as simply as it can be said.

No ids, no HTTP: written from the contract (6, 11 and 12) and not from the code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Made:
    """The parameters that a link was made with. duration: seconds."""

    alias: str
    owner: str | None
    type: int
    duration: int
    room: int


@dataclass
class Click:
    """One click, by a device; `at` in milliseconds. It waits until it has led to a session."""

    alias: str
    device: str
    at: int
    waits: bool = True


@dataclass(frozen=True)
class Told:
    """What a session is told. room: the link's data, None for an organic one."""

    led: bool
    room: int | None
    owner: str | None
    first: bool


@dataclass
class Journeys:
    """Everything that a snapshot holds. now: milliseconds since the start of the clock.

    devices: each device that had a session, with who referred its user.
    """

    now: int = 0
    links: dict[str, Made] = field(default_factory=dict)
    clicks: list[Click] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    devices: dict[str, str | None] = field(default_factory=dict)

    def create(self, made: Made) -> int:
        """The status of a creation (contract 5)."""
        return 200 if self.links.setdefault(made.alias, made) == made else 409

    def click(self, alias: str, device: str) -> None:
        """Follow a link that is there."""
        self.clicks.append(Click(alias, device, self.now))

    def waiting(self, device: str) -> Click | None:
        """The latest click of a device that a session may still be matched with (contract 6)."""
        for click in reversed(self.clicks):
            duration = self.links[click.alias].duration
            if click.waits and click.device == device and self.now - click.at <= duration * 1000:
                return click
        return None

    def begin(self, device: str, *, install: bool) -> Told:
        """A session of the app: a one-time link tells its data once, the first referrer stays."""
        click = self.waiting(device)
        first = install or device not in self.devices
        self.devices.setdefault(device, None)
        if click is None:
            return Told(led=False, room=None, owner=None, first=first)
        click.waits = False
        made = self.links[click.alias]
        self.devices[device] = self.devices[device] or made.owner
        if made.type == 1 and made.alias in self.used:
            return Told(led=False, room=None, owner=made.owner, first=first)
        if made.type == 1:
            self.used.add(made.alias)
        return Told(led=True, room=made.room, owner=made.owner, first=first)

    def advance(self, by: int) -> int:
        """Move the clock; how many clicks cease to wait on the way (contract 12)."""
        before, self.now = self.now, self.now + by
        return sum(before < end <= self.now for end in self._ends())

    def _ends(self) -> Iterator[int]:
        for click in self.clicks:
            if click.waits:
                yield click.at + self.links[click.alias].duration * 1000 + 1
