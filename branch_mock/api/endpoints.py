"""THE table: every endpoint of the emulated API, one entry each."""

from branch_mock.api.call import MAX_BULK_BODY, Credentials, Endpoint
from branch_mock.api.handlers import exports, links

API = (
    Endpoint(
        name="links.create",
        method="POST",
        path="/v1/url",
        handler=links.create,
        credentials=Credentials.KEY,
        section="5",
        summary="Create a link",
    ),
    Endpoint(
        name="links.bulk",
        method="POST",
        path="/v1/url/bulk/{branch_key}",
        handler=links.bulk,
        credentials=Credentials.KEY,
        section="5",
        summary="Create many links",
        max_body=MAX_BULK_BODY,
    ),
    Endpoint(
        name="links.get",
        method="GET",
        path="/v1/url",
        handler=links.get,
        credentials=Credentials.KEY,
        section="5",
        summary="View a link",
    ),
    Endpoint(
        name="links.update",
        method="PUT",
        path="/v1/url",
        handler=links.update,
        credentials=Credentials.SECRET,
        section="5",
        summary="Update a link",
    ),
    Endpoint(
        name="exports.request",
        method="POST",
        path="/v2/export",
        handler=exports.request,
        credentials=Credentials.SECRET,
        section="10",
        summary="Ask for the export of a day",
    ),
    Endpoint(
        name="exports.get",
        method="GET",
        path="/v2/export/{branch_key}",
        handler=exports.get,
        credentials=Credentials.SECRET,
        section="10",
        summary="Ask for the export of a day",
    ),
    Endpoint(
        name="exports.get_v1",
        method="GET",
        path="/v1/export/{branch_key}",
        handler=exports.get,
        credentials=Credentials.SECRET,
        section="10",
        summary="Ask for the export of a day, by its first address",
    ),
)
"""On `api.branch.io` and every host that is not one of Branch's."""

LINKS = (
    Endpoint(
        name="links.dynamic",
        method="GET",
        path="/a/{branch_key}",
        handler=links.dynamic,
        credentials=Credentials.NONE,
        section="5",
        summary="Follow a dynamic link",
    ),
    Endpoint(
        name="links.follow",
        method="GET",
        path="/{link*}",
        handler=links.follow,
        credentials=Credentials.NONE,
        section="6",
        summary="Follow a link",
    ),
)
"""On `bnc.lt` and the other link hosts, and after `API` everywhere else."""

EXPORTS = (
    Endpoint(
        name="exports.download",
        method="GET",
        path="/{file*}",
        handler=exports.download,
        credentials=Credentials.NONE,
        section="10",
        summary="Download an export file",
        slow=True,
    ),
)
"""On `branch-exports.s3.amazonaws.com`, and below `/branch-exports/` on the hosts of `API`."""
