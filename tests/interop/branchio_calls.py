"""Calls PyPI's `branchio` as it is; reads the key from standard input, writes JSON."""

import json
import sys
from urllib.error import HTTPError

import branchio

client = branchio.Client(sys.stdin.read())
made = client.create_deep_link_url(alias="resolved", channel="email", data={"a": 1})
bulk = client.create_deep_linking_urls(
    [
        client.create_deep_link_url(feature="share", skip_api_call=True),
        client.create_deep_link_url(alias="resolved", type=2, skip_api_call=True),
    ]
)
try:
    client.create_deep_link_url(alias="resolved", channel="sms")
except HTTPError as error:
    refused = {"status": error.code, "body": json.load(error)}
    error.close()
print(json.dumps({"made": made, "bulk": bulk, "refused": refused}))
