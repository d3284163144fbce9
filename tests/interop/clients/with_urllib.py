"""Python's urllib."""

import json
from http.client import HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener, urlopen

from tests.interop.clients.walk import API, EXPORT, LINK, tell, view_of


class Still(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: object) -> None:
        return None


def post(path: str, body: object) -> Any:
    with urlopen(Request(API + path, json.dumps(body).encode())) as reply:
        return json.load(reply)


made = post("/v1/url", LINK)["url"]
with urlopen(view_of(made)) as reply:
    view = json.load(reply)
try:
    unexpected: HTTPResponse = build_opener(Still).open(made)
    raise SystemExit(f"no redirect: {unexpected.status}")
except HTTPError as redirect:
    location = redirect.headers["Location"]
    redirect.close()
file_url = post("/v2/export", EXPORT)["links_export_url"][0]
with urlopen(file_url) as reply:
    tell(made, view, location, file_url, reply.read())
