"""Direct operations on apps, for Python code that runs the server (contract 7)."""

from collections.abc import Mapping
from typing import Any, Unpack

from branch_mock.domain.apps import App, AppFields
from branch_mock.handle.body import as_sent
from branch_mock.handle.host import Host
from branch_mock.handle.noted import noted
from branch_mock.validation import schema_of


class Apps:
    """Apps of the running server, checked as the HTTP API checks them."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._deeds = host.emulator.deeds

    @noted("apps.create")
    def create(self, *, user_id: str, **fields: Unpack[AppFields]) -> App:
        """A new app, as POST /v1/app makes it. Raises InvalidRequest; `app_name`, `dev_name` and
        `dev_email` are required."""
        sent = as_sent({"user_id": user_id, **fields})
        given = schema_of("apps/create.json").check_body(sent)
        return self._host.branch.apps.create(given["user_id"], given)

    @noted("apps.mint")
    def mint(
        self,
        *,
        live: bool = True,
        profile: str | None = None,
        config: Mapping[str, Any] | None = None,
    ) -> App:
        """A new app with everything of its own, as POST /_mock/apps makes it: a tenant.

        live: whether its key is `key_live_…`. profile: that of the settings unless given.
        Raises InvalidRequest.
        """
        sent = as_sent({"live": live, "profile": profile, "config": config})
        given = schema_of("control/apps.json").check_body(sent)
        return self._host.branch.apps.mint(**given)

    def get(self, key_or_id: str) -> App:
        """The app with a Branch key or id. Raises InvalidCredentials."""
        return self._host.branch.apps.find(key_or_id)

    @noted("apps.update")
    def update(self, app: App | None = None, **fields: Unpack[AppFields]) -> App:
        """Set some of an app's configuration, of the first app unless another is given.

        Raises InvalidRequest, as PUT /v1/app does.
        """
        app = app or self._host.app
        path = {"branch_key": app.key}
        _, given = schema_of("apps/update.json").check(path, {}, as_sent(fields))
        return self._host.branch.apps.update(app, given)

    def all(self) -> list[App]:
        """Every app, in the order in which they came."""
        return self._host.branch.apps.all()
