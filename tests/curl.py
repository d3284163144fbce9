"""A stand-in for curl, for machines without it: the options that README.md uses, no others.

`python -m tests.curl [-i] [-X METHOD] [-H HEADER] [-d BODY] URL`. Like curl with
`fail-with-body`, it exits with 22 when the answer is an error.
"""

import argparse
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

TIMEOUT = 10
FAILED = 22


def main() -> int:
    """Make the call, print the answer."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-i", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="body")
    parser.add_argument("url")
    given = parser.parse_args()
    parts = urlsplit(given.url)
    connection = HTTPConnection(parts.netloc, timeout=TIMEOUT)
    headers = {"Accept": "*/*", "User-Agent": "curl/8"}
    if given.body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    headers.update(header.split(": ", 1) for header in given.headers)
    method = given.method or ("GET" if given.body is None else "POST")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = None if given.body is None else given.body.encode()
    connection.request(method, path, body, headers)
    reply = connection.getresponse()
    if given.i:
        print(f"HTTP/1.1 {reply.status} {reply.reason}")
        print("".join(f"{name}: {value}\n" for name, value in reply.getheaders()))
    print(reply.read().decode(), end="")
    connection.close()
    return FAILED if reply.status >= 400 else 0


if __name__ == "__main__":
    sys.exit(main())
