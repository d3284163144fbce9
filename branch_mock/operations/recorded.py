"""What was recorded for one export file, as its rows (contract 10).

In a module of its own since few servers are ever asked for an export: columns take long to import.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.events import Event
from branch_mock.domain.export_columns import EventRecord, LinkRecord, Referral, line_of
from branch_mock.domain.exports import Format, Kind
from branch_mock.domain.identities import Identity
from branch_mock.domain.links import Link


class Recorded(Struct, frozen=True, kw_only=True):
    """What was recorded for one file's day, taken from the state at one moment.

    Iterating is safe whatever happens to the state afterwards.
    """

    app: App
    kind: Kind
    format: Format
    origin: Origin
    items: Sequence[Link | Click | Event]
    identities: Mapping[int, Identity]
    hardware: Mapping[int, str]

    def lines(self, start: int, stop: int) -> Iterator[str]:
        """The CSV lines of the rows from `start` up to `stop`, oldest first."""
        for item in self.items[start:stop]:
            yield line_of(self._record(item), self.kind, self.format)

    def _record(self, item: Link | Click | Event) -> LinkRecord | Referral | EventRecord:
        match item:
            case Link():
                return LinkRecord(link=item, url=self._url(item))
            case Click():
                return Referral(click=item, url=self._url(item.link))
        identity = self.identities.get(item.identity_id or 0)
        referrer = self.identities.get((identity.referrer_id if identity else None) or 0)
        return EventRecord(
            event=item,
            identity=identity,
            referrer=referrer,
            first=self._referral(identity.first_click if identity else None),
            latest=self._referral(item.session.click if item.session else None),
        )

    def _referral(self, click: Click | None) -> Referral | None:
        if click is None:
            return None
        owner = click.link.identity_id or 0
        return Referral(
            click=click,
            url=self._url(click.link),
            owner=self.identities.get(owner),
            hardware_id=self.hardware.get(owner),
        )

    def _url(self, link: Link) -> str:
        return self.origin.link(link.domain, link.path)
