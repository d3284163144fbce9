"""What each Python client does here: with nothing but the real addresses, as it comes."""

import gzip
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

API = "https://api.branch.io"
ENVIRON = os.environ  # noqa: TID251 - of a process of its own
CREDENTIALS = {"branch_key": ENVIRON["BRANCH_KEY"], "branch_secret": ENVIRON["BRANCH_SECRET"]}
LINK = {
    "branch_key": ENVIRON["BRANCH_KEY"],
    "channel": "email",
    "data": {"$desktop_url": "https://example.com/"},
}
EXPORT = {**CREDENTIALS, "export_date": ENVIRON["EXPORT_DATE"]}


def view_of(url: str) -> str:
    """The address at which a link is viewed."""
    return f"{API}/v1/url?{urlencode({'url': url, 'branch_key': ENVIRON['BRANCH_KEY']})}"


def tell(
    made: str, view: Mapping[str, Any], location: str | None, file_url: str, file: bytes
) -> None:
    """Print what came of it."""
    columns = gzip.decompress(file).decode().partition("\n")[0].strip()
    said = {"made": made, "channel": view["channel"], "location": location}
    print(json.dumps({**said, "file": file_url, "columns": columns}))
