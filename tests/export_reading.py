"""Reads export files as their users do: over HTTP, gunzipped, as CSV."""

import csv
import gzip
import io

import requests

from tests.client import TIMEOUT, Client

KINDS = {"links": "links_export_url", "clicks": "clicks_export_url", "events": "events_export_url"}
Row = dict[str, str]


def urls_of(client: Client, day: str) -> dict[str, list[str]]:
    """The addresses of a day's files, by kind."""
    reply = client.post("/v2/export", {"export_date": day})
    assert reply.status_code == 200, reply.text
    return {kind: reply.json()[field] for kind, field in KINDS.items()}


def text_of(url: str) -> str:
    """The CSV text behind an address."""
    response = requests.get(url, timeout=TIMEOUT)
    assert response.status_code == 200, response.text
    return gzip.decompress(response.content).decode()


def rows_of(text: str) -> list[Row]:
    """CSV text as rows; every row has as many cells as the header."""
    header, *lines = csv.reader(io.StringIO(text, newline=""))
    return [dict(zip(header, line, strict=True)) for line in lines]


def read_day(client: Client, day: str) -> dict[str, list[Row]]:
    """All rows of a day, by kind."""
    return {
        kind: [row for url in urls for row in rows_of(text_of(url))]
        for kind, urls in urls_of(client, day).items()
    }
