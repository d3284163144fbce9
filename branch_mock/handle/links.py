"""Direct operations on links, for Python code that runs the server (contract 5)."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from branch_mock.api.call import MAX_BULK_BODY
from branch_mock.domain.addresses import Origin
from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.links import Link, LinkFields
from branch_mock.errors import ApiError
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.misspelt import names_of
from branch_mock.validation import schema_of


class Links:
    """Links of the running server, checked as the HTTP API checks them.

    `app` is the server's first app unless another is given. Addresses may be in any form. Fields
    are read as a request's JSON is: what JSON cannot carry raises InvalidBody, and what is over the
    endpoint's limit BodyTooLarge. Operations that answer addresses need the server to be running,
    or a `public_url`; else they raise BranchMockError, and nothing has changed.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    @noted("links.create")
    def create(self, *, app: App | None = None, **fields: Unpack[LinkFields]) -> str:
        """A new link's address. Raises InvalidRequest and AliasConflict, as POST /v1/url does."""
        given = schema_of("links/create.json").check_body(as_sent(fields))
        hint = names_of("links/create.json").misspelt({}, given)
        if hint is not None:
            self._deeds.note(f"links.create: {hint}")
        origin = self._origin()
        link = self._host.branch.links.create_from(app or self._host.app, given)
        return origin.link(link.domain, link.path)

    @noted("links.bulk")
    def bulk(self, items: Sequence[LinkFields], *, app: App | None = None) -> list[str | ApiError]:
        """One address or error per item, as POST /v1/url/bulk answers them.

        Raises BodyTooLarge for more than 102,400 bytes of JSON.
        """
        sent = as_sent(items, MAX_BULK_BODY)
        schema_of("links/bulk.json").check_kind(sent)
        origin = self._origin()
        checked = schema_of("links/create.json").check_bodies(sent)
        links = self._host.branch.links.create_each(app or self._host.app, checked)
        return [
            link if isinstance(link, ApiError) else origin.link(link.domain, link.path)
            for link in links
        ]

    def get(self, url: str, *, app: App | None = None) -> Link:
        """The link at an address. Raises InvalidRequest and LinkNotFound, as GET /v1/url does."""
        query, _ = schema_of("links/get.json").check({}, {"url": url}, {})
        return self._host.branch.links.get(app or self._host.app, query["url"])

    @noted("links.update")
    def update(self, url: str, fields: Mapping[str, Any], *, app: App | None = None) -> Link:
        """Change a link. Raises InvalidRequest and LinkNotFound, as PUT /v1/url does."""
        schema, body = schema_of("links/update.json"), as_sent(fields)
        schema.check_kind(body)
        query, given = schema.check({}, {"url": url}, body)
        return self._host.branch.links.update(app or self._host.app, query["url"], given)

    def all(self, *, app: App | None = None) -> list[Link]:
        """Every link of the app, oldest first."""
        return self._host.branch.links.all(app or self._host.app)

    def clicks(self, url: str | None = None, *, app: App | None = None) -> list[Click]:
        """The clicks on one link, or on all of the app's, oldest first. Raises InvalidRequest and
        LinkNotFound."""
        clicks = self._host.branch.clicks.all(app or self._host.app)
        if url is None:
            return clicks
        link = self.get(url, app=app)
        return [click for click in clicks if click.link.id == link.id]

    def url(self, link: Link) -> str:
        """Where this server serves a link."""
        return self._origin().link(link.domain, link.path)

    def _origin(self) -> Origin:
        return self._host.origin
