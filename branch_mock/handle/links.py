"""Direct operations on links, for Python code that runs the server (contract 5)."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any, Protocol, Unpack

from branch_mock.branch import Branch
from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.links import Link, LinkFields, link_fields
from branch_mock.errors import ApiError
from branch_mock.validation import schema_of


class Host(Protocol):
    """What a handle needs of the server it belongs to."""

    branch: Branch

    @property
    def url(self) -> str: ...

    @property
    def app(self) -> App: ...


class Links:
    """Links of the running server, checked as the HTTP API checks them.

    `app` is the server's first app unless another is given. Addresses may be in any form.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def create(self, *, app: App | None = None, **fields: Unpack[LinkFields]) -> str:
        """A new link's address. Raises InvalidRequest and AliasConflict, as POST /v1/url does."""
        given = schema_of("links/create.json").check_body(deepcopy(dict(fields)))
        link = self._host.branch.links.create(app or self._host.app, **link_fields(given))
        return self.url(link)

    def bulk(self, items: Sequence[LinkFields], *, app: App | None = None) -> list[str | ApiError]:
        """One address or error per item, as POST /v1/url/bulk answers them."""
        return [self._one_of_bulk(item, app) for item in items]

    def _one_of_bulk(self, item: LinkFields, app: App | None) -> str | ApiError:
        try:
            return self.create(app=app, **item)
        except ApiError as error:
            return error

    def get(self, url: str, *, app: App | None = None) -> Link:
        """The link at an address. Raises LinkNotFound."""
        return self._host.branch.links.get(app or self._host.app, url)

    def update(self, url: str, fields: Mapping[str, Any], *, app: App | None = None) -> Link:
        """Change a link. Raises InvalidRequest and LinkNotFound, as PUT /v1/url does."""
        call = {"path": {}, "query": {"url": url}, "body": deepcopy(dict(fields))}
        _, given = schema_of("links/update.json").check(**call)
        return self._host.branch.links.update(app or self._host.app, url, given)

    def all(self, *, app: App | None = None) -> list[Link]:
        """Every link of the app, oldest first."""
        return self._host.branch.links.all(app or self._host.app)

    def clicks(self, url: str | None = None, *, app: App | None = None) -> list[Click]:
        """The clicks on one link, or on all of the app's, oldest first."""
        clicks = self._host.branch.clicks.all(app or self._host.app)
        if url is None:
            return clicks
        link = self.get(url, app=app)
        return [click for click in clicks if click.link.id == link.id]

    def url(self, link: Link) -> str:
        """Where this server serves a link."""
        base = self._host.branch.settings.public_url or self._host.url
        return Origin(base).link(link.domain, link.path)
