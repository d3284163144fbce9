"""The endpoints of later generations, which clients in the wild call: rows of THE table."""

from functools import partial

from branch_mock.api.call import Credentials, Endpoint
from branch_mock.api.handlers import (
    apps,
    clicks,
    events,
    exports,
    identities,
    links,
    referral_codes,
    sessions,
)
from branch_mock.branch import Branch
from branch_mock.errors import IdentityNotFound, ReferralCodeNotFound, ReferralCodeUsed

_later = partial(Endpoint, section="11", generation="later", credentials=Credentials.KEY)
_sdk = partial(_later, jsonp=True, field_errors=True)

LATER_API: tuple[Endpoint[Branch], ...] = (
    _sdk(
        name="sessions.install",
        method="POST",
        path="/v1/install",
        handler=sessions.install,
        summary="An app's first session on a device",
    ),
    _sdk(
        name="sessions.open",
        method="POST",
        path="/v1/open",
        handler=sessions.open_,
        summary="A session of an app or web page",
    ),
    _sdk(
        name="sessions.close",
        method="POST",
        path="/v1/close",
        handler=sessions.close,
        summary="A session ends",
    ),
    _sdk(
        name="sessions.logout",
        method="POST",
        path="/v1/logout",
        handler=sessions.logout,
        summary="The user leaves the device",
    ),
    _sdk(
        name="identities.identify",
        method="POST",
        path="/v1/profile",
        handler=identities.identify,
        summary="Say who the user of a device is",
    ),
    _later(
        name="identities.profile",
        method="GET",
        path="/v1/profile",
        handler=identities.profile,
        summary="View a user",
    ),
    _later(
        name="sessions.has_app",
        method="GET",
        path="/v1/has-app/{branch_key}",
        handler=sessions.has_app,
        summary="Is the app known to be on the browser's device?",
        jsonp=True,
    ),
    _later(
        name="links.delete",
        method="DELETE",
        path="/v1/url",
        handler=links.delete,
        credentials=Credentials.SECRET,
        summary="Delete a link",
    ),
    _later(
        name="exports.topics",
        method="POST",
        path="/v3/export",
        handler=exports.topics,
        credentials=Credentials.SECRET,
        summary="Ask for the export of a day, by topic",
    ),
    _sdk(
        name="links.deepview",
        method="POST",
        path="/v1/deepview",
        handler=links.deepview,
        summary="A web page's way into the app",
    ),
    _later(
        name="links.qr_code",
        method="POST",
        path="/v1/qr-code",
        handler=links.qr_code,
        summary="A new link as a QR code",
        field_errors=True,
    ),
    _sdk(
        name="referral_codes.create",
        method="POST",
        path="/v1/referralcode",
        handler=referral_codes.create,
        summary="A new referral code of a user",
    ),
    _sdk(
        name="referral_codes.validate",
        method="POST",
        path="/v1/referralcode/{code}",
        handler=referral_codes.validate,
        summary="Is a referral code good?",
        errors=(ReferralCodeNotFound,),
    ),
    _sdk(
        name="referral_codes.apply",
        method="POST",
        path="/v1/applycode/{code}",
        handler=referral_codes.apply,
        summary="Apply a referral code: credits for who applies it, who made it, or both",
        errors=(ReferralCodeNotFound, ReferralCodeUsed),
    ),
    _later(
        name="referral_codes.referrals",
        method="GET",
        path="/v1/referrals/{identity_id}",
        handler=referral_codes.referrals,
        credentials=Credentials.NONE,
        summary="What those did whom a user referred",
        jsonp=True,
        errors=(IdentityNotFound,),
    ),
    _sdk(
        name="referral_codes.referrals_post",
        method="POST",
        path="/v1/referrals/{identity_id}",
        handler=referral_codes.referrals,
        summary="What those did whom a user referred",
        errors=(IdentityNotFound,),
    ),
    _sdk(
        name="events.pageview",
        method="POST",
        path="/v1/pageview",
        handler=events.pageview,
        summary="A page is viewed",
    ),
    _sdk(
        name="events.dismiss",
        method="POST",
        path="/v1/dismiss",
        handler=events.dismiss,
        summary="A journey is dismissed",
    ),
    _sdk(
        name="events.standard",
        method="POST",
        path="/v2/event/standard",
        handler=events.v2,
        summary="Report a standard event",
    ),
    _sdk(
        name="events.custom",
        method="POST",
        path="/v2/event/custom",
        handler=events.v2,
        summary="Report a custom event",
    ),
)
"""On the hosts of the API."""

LATER_LINKS: tuple[Endpoint[Branch], ...] = (
    _later(
        name="apps.apple_app_site_association",
        method="GET",
        path="/apple-app-site-association",
        handler=apps.apple_app_site_association,
        credentials=Credentials.NONE,
        section="6",
        summary="Which apps iOS opens links in",
    ),
    _later(
        name="apps.well_known_apple",
        method="GET",
        path="/.well-known/apple-app-site-association",
        handler=apps.apple_app_site_association,
        credentials=Credentials.NONE,
        section="6",
        summary="The same",
    ),
    _later(
        name="apps.asset_links",
        method="GET",
        path="/.well-known/assetlinks.json",
        handler=apps.asset_links,
        credentials=Credentials.NONE,
        section="6",
        summary="Which apps Android opens links in",
    ),
    _later(
        name="links.of_identity",
        method="GET",
        path="/i/{code}",
        handler=links.of_identity,
        credentials=Credentials.NONE,
        summary="Follow a user's own link",
    ),
    _later(
        name="links.sent",
        method="GET",
        path="/c/{click_id}",
        handler=links.sent,
        credentials=Credentials.NONE,
        summary="Follow a link that was sent to a phone",
    ),
    _sdk(
        name="clicks.send",
        method="POST",
        path="/c/{click_id}",
        handler=clicks.send,
        summary="Send a click's link to a phone",
    ),
    _later(
        name="sessions.browser",
        method="GET",
        path="/_r",
        handler=sessions.browser,
        credentials=Credentials.NONE,
        summary="Which browser is this?",
        jsonp=True,
    ),
)
"""On the link hosts, and after the API everywhere else."""
