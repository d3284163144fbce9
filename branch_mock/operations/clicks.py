"""What can be done with clicks (contract 6)."""

from collections.abc import Mapping
from typing import Any

from branch_mock.domain.apps import App
from branch_mock.domain.clicks import Click
from branch_mock.domain.devices import recognise
from branch_mock.domain.links import Link
from branch_mock.operations.core import Core


class Clicks:
    """The clicks on links of every app of one emulator."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def all(self, app: App | None = None) -> list[Click]:
        """The clicks on the links of one app, or of all, oldest first."""
        with self._core.store.lock:
            clicks = list(self._core.store.state.clicks.values())
        return [click for click in clicks if app is None or click.app_id == app.id]

    def record(
        self,
        app: App,
        link: Link,
        *,
        user_agent: str,
        ip: str,
        query: Mapping[str, Any],
        redirect_method: str,
    ) -> Click:
        """Note that a device followed a link. Bots are the caller's to leave out."""
        with self._core.store.transaction() as state:
            browser = (app.id, ip, user_agent)
            browser_id = state.browsers.get(browser)
            if browser_id is None:
                browser_id = self._core.ids.next()
                state.browsers.put(browser, browser_id)
            click = Click(
                id=self._core.ids.next(),
                app_id=app.id,
                link=link,
                browser_id=browser_id,
                device=recognise(user_agent),
                user_agent=user_agent,
                ip=ip,
                redirect_method=redirect_method,
                query=query,
            )
            state.clicks.put(click.id, click)
            return click
