"""Links of an app on an emulator elsewhere (contract 5)."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack
from urllib.parse import urlencode

from branch_mock.domain.addresses import Origin, is_branch_link_domain, locate
from branch_mock.domain.clicks import Click
from branch_mock.domain.links import Link, LinkFields, custom_data
from branch_mock.errors import BranchMockError
from branch_mock.remote.entities import entities
from branch_mock.remote.transport import Remote


class Links:
    """Links of the app, made and read over HTTP."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    def create(self, **fields: Unpack[LinkFields]) -> str:
        """A new link's address. Raises InvalidRequest and AliasConflict."""
        body = {"branch_key": self._remote.app.key, **fields}
        return str(self._remote.call("POST", "/v1/url", body)["url"])

    def bulk(self, items: Sequence[LinkFields]) -> list[str | BranchMockError]:
        """One address or error per item, in their order."""
        answers = self._remote.call("POST", f"/v1/url/bulk/{self._remote.app.key}", list(items))
        return [item.get("url") or BranchMockError(item["error"]) for item in answers]

    def get(self, url: str) -> Link:
        """The link at an address. Raises InvalidRequest and LinkNotFound."""
        query = urlencode({"url": url, "branch_key": self._remote.app.key})
        return self._read(self._remote.call("GET", f"/v1/url?{query}"))

    def update(self, url: str, fields: Mapping[str, Any]) -> Link:
        """Change a link. Raises InvalidRequest and LinkNotFound."""
        body = self._remote.signed(**fields)
        return self._read(self._remote.call("PUT", f"/v1/url?{urlencode({'url': url})}", body))

    def all(self) -> list[Link]:
        """Every link of the app, oldest first."""
        return entities(self._remote, "links", Link)

    def clicks(self, url: str | None = None) -> list[Click]:
        """The clicks on one link, or on all of the app's, oldest first. Raises InvalidRequest and
        LinkNotFound."""
        link = None if url is None else self.get(url)
        clicks = entities(self._remote, "clicks", Click)
        return [click for click in clicks if link is None or click.link.id == link.id]

    def url(self, link: Link) -> str:
        """Where the server serves a link."""
        return Origin(self._remote.url).link(link.domain, link.path)

    def _read(self, view: Mapping[str, Any]) -> Link:
        """The link that an answer shows."""
        app, data = self._remote.app, view["data"]

        def is_link_domain(name: str) -> bool:
            return is_branch_link_domain(name) or name in app.domains

        domain, path = locate(data["url"], is_link_domain, self._remote.url)
        tags = view.get("tags")
        identity_id = data.get("$identity_id")
        return Link(
            id=int(data["~id"]),
            app_id=app.id,
            domain=domain,
            path=path,
            alias=view["alias"],
            type=view["type"],
            duration=data.get("$match_duration"),
            tags=None if tags is None else tuple(tags),
            identity_id=None if identity_id is None else int(identity_id),
            creation_source=data["~creation_source"],
            used=data.get("$one_time_use_used", False),
            data=custom_data(data),
            campaign=view.get("campaign"),
            channel=view.get("channel"),
            feature=view.get("feature"),
            stage=view.get("stage"),
        )
