"""requests."""

import requests

from tests.interop.clients.walk import API, EXPORT, LINK, tell, view_of

TIMEOUT = 20

made = requests.post(f"{API}/v1/url", json=LINK, timeout=TIMEOUT).json()["url"]
view = requests.get(view_of(made), timeout=TIMEOUT).json()
location = requests.get(made, allow_redirects=False, timeout=TIMEOUT).headers["Location"]
export = requests.post(f"{API}/v2/export", json=EXPORT, timeout=TIMEOUT).json()
file_url = export["links_export_url"][0]
tell(made, view, location, file_url, requests.get(file_url, timeout=TIMEOUT).content)
