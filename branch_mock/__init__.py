"""branch_mock: a local emulator of the Branch.io HTTP API.

Everything public is here, loaded on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from branch_mock.app import create_app
    from branch_mock.branch import Branch
    from branch_mock.clock import Clock, FrozenClock, SystemClock
    from branch_mock.domain.apps import App, AppFields
    from branch_mock.domain.clicks import Click
    from branch_mock.domain.credits import Transaction
    from branch_mock.domain.devices import (
        DESKTOP,
        FACEBOOK_BOT,
        IPAD,
        IPHONE,
        KINDLE_FIRE,
        PIXEL,
        TWITTER_BOT,
        Device,
    )
    from branch_mock.domain.events import Event
    from branch_mock.domain.links import Link, LinkFields
    from branch_mock.domain.referral_codes import ReferralCode
    from branch_mock.domain.rules import Rule, RuleFields
    from branch_mock.domain.sessions import Session
    from branch_mock.domain.webhooks import Delivery
    from branch_mock.errors import (
        AliasConflict,
        ApiError,
        BodyTooLarge,
        BranchMockError,
        ControlOff,
        DeliveryNotFound,
        ExportNotReady,
        IdentityNotFound,
        InternalError,
        InvalidBody,
        InvalidCredentials,
        InvalidFields,
        InvalidRange,
        InvalidRequest,
        LeakError,
        LinkNotFound,
        MethodNotAllowed,
        NoAuthority,
        NoSuchKey,
        NotEnoughCredits,
        NotHttp,
        NotReady,
        OtherSite,
        ReferralCodeNotFound,
        ReferralCodeUsed,
        RequestTimeout,
        SeedError,
        SettingsError,
        SnapshotNotFound,
        TokenNeeded,
        UnknownRoute,
        Violation,
        WaitTimedOut,
    )
    from branch_mock.faults import Fault, FaultFields, FaultRecord
    from branch_mock.journal import Entry
    from branch_mock.profiles import Profile
    from branch_mock.remote import RemoteMock
    from branch_mock.server import BranchMock
    from branch_mock.settings import Settings

__all__ = [
    "DESKTOP",
    "FACEBOOK_BOT",
    "IPAD",
    "IPHONE",
    "KINDLE_FIRE",
    "PIXEL",
    "TWITTER_BOT",
    "AliasConflict",
    "ApiError",
    "App",
    "AppFields",
    "BodyTooLarge",
    "Branch",
    "BranchMock",
    "BranchMockError",
    "Click",
    "Clock",
    "ControlOff",
    "Delivery",
    "DeliveryNotFound",
    "Device",
    "Entry",
    "Event",
    "ExportNotReady",
    "Fault",
    "FaultFields",
    "FaultRecord",
    "FrozenClock",
    "IdentityNotFound",
    "InternalError",
    "InvalidBody",
    "InvalidCredentials",
    "InvalidFields",
    "InvalidRange",
    "InvalidRequest",
    "LeakError",
    "Link",
    "LinkFields",
    "LinkNotFound",
    "MethodNotAllowed",
    "NoAuthority",
    "NoSuchKey",
    "NotEnoughCredits",
    "NotHttp",
    "NotReady",
    "OtherSite",
    "Profile",
    "ReferralCode",
    "ReferralCodeNotFound",
    "ReferralCodeUsed",
    "RemoteMock",
    "RequestTimeout",
    "Rule",
    "RuleFields",
    "SeedError",
    "Session",
    "Settings",
    "SettingsError",
    "SnapshotNotFound",
    "SystemClock",
    "TokenNeeded",
    "Transaction",
    "UnknownRoute",
    "Violation",
    "WaitTimedOut",
    "__version__",
    "create_app",
]

_HOMES = {
    "App": "domain.apps",
    "AppFields": "domain.apps",
    "Branch": "branch",
    "BranchMock": "server",
    "Click": "domain.clicks",
    "Clock": "clock",
    "FrozenClock": "clock",
    "Delivery": "domain.webhooks",
    "Device": "domain.devices",
    "IPHONE": "domain.devices",
    "IPAD": "domain.devices",
    "PIXEL": "domain.devices",
    "KINDLE_FIRE": "domain.devices",
    "DESKTOP": "domain.devices",
    "FACEBOOK_BOT": "domain.devices",
    "TWITTER_BOT": "domain.devices",
    "Entry": "journal",
    "Event": "domain.events",
    "Fault": "faults",
    "FaultFields": "faults",
    "FaultRecord": "faults",
    "Link": "domain.links",
    "LinkFields": "domain.links",
    "Profile": "profiles",
    "ReferralCode": "domain.referral_codes",
    "RemoteMock": "remote",
    "Rule": "domain.rules",
    "RuleFields": "domain.rules",
    "Session": "domain.sessions",
    "Settings": "settings",
    "SystemClock": "clock",
    "Transaction": "domain.credits",
    "create_app": "app",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
