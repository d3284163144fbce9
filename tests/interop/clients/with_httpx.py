"""httpx."""

import httpx

from tests.interop.clients.walk import API, EXPORT, LINK, tell, view_of

with httpx.Client() as client:
    made = client.post(f"{API}/v1/url", json=LINK).json()["url"]
    view = client.get(view_of(made)).json()
    location = client.get(made).headers["Location"]
    file_url = client.post(f"{API}/v2/export", json=EXPORT).json()["links_export_url"][0]
    tell(made, view, location, file_url, client.get(file_url).content)
