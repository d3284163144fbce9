"""Sessions: one run of an app, or one visit of a web page, on one device (contract 6 and 11)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from branch_mock.domain.clicks import Click
from branch_mock.ids import created_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a device said of itself when the session began, and the click that led to it.

    device_id, browser_id: fingerprints of the device (apps) or browser (web). click: the referring
    click as it was recorded, None for an organic session.
    """

    id: int
    app_id: int
    identity_id: int
    device_id: int | None = None
    browser_id: int | None = None
    click: Click | None = None
    app_version: str | None = None
    ip: str | None = None
    os: str | None = None
    os_version: str | None = None
    user_agent: str | None = None
    hardware_id: str | None = None
    google_advertising_id: str | None = None
    device_metadata: Mapping[str, Any] = field(default_factory=dict)

    @property
    def started_ms(self) -> int:
        """When it began, in milliseconds since 1970."""
        return created_ms(self.id)
