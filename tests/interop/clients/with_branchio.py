"""PyPI's branchio; it knows neither exports nor clicks, so urllib, which it uses, does these."""

from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, build_opener, urlopen

import branchio

from tests.interop.clients.walk import API, EXPORT, LINK, tell, view_of


class Still(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: object) -> None:
        return None


client = branchio.Client(LINK["branch_key"])
made = client.create_deep_link_url(channel=LINK["channel"], data=LINK["data"])["url"]
view = client.make_api_call("GET", view_of(made).removeprefix(API), json_params={})
try:
    raise SystemExit(f"no redirect: {build_opener(Still).open(made).status}")
except HTTPError as redirect:
    location = redirect.headers["Location"]
    redirect.close()
file_url = client.make_api_call("POST", "/v2/export", json_params=EXPORT)["links_export_url"][0]
with urlopen(file_url) as reply:
    tell(made, view, location, file_url, reply.read())
