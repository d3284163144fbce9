"""A small HTTP client for tests: real sockets, every reply checked against its schema."""

from collections.abc import Mapping
from typing import Any

import requests
from jsonschema import Draft202012Validator

from branch_mock.api.endpoints import API, LINKS
from branch_mock.api.router import Router
from branch_mock.control.endpoints import CONTROL
from branch_mock.domain.addresses import clean_path
from branch_mock.validation import load

_ROUTER = Router((*API, *CONTROL, *LINKS))
TIMEOUT = 10


class Client:
    """Calls one server; `host` is sent as the Host header where it is given."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.url = url
        self.key = key
        self.secret = secret
        self._session = requests.Session()
        self._session.trust_env = False

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def call(
        self, method: str, path: str, *, host: str | None = None, **options: Any
    ) -> requests.Response:
        """One request, redirects not followed. A JSON reply must fit its schema."""
        headers = dict(options.pop("headers", {}))
        if host is not None:
            headers["Host"] = host
        response = self._session.request(
            method,
            self.url + path,
            headers=headers,
            allow_redirects=False,
            timeout=TIMEOUT,
            **options,
        )
        check_reply(method, path, response)
        return response

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET."""
        return self.call("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> requests.Response:
        """POST `body` as JSON, with the key and secret added where it is an object."""
        if isinstance(body, Mapping):
            body = {"branch_key": self.key, "branch_secret": self.secret, **body}
        return self.call("POST", path, json=body, **options)

    def put(self, path: str, body: Mapping[str, Any], **options: Any) -> requests.Response:
        """PUT `body` as JSON, with the key and secret added."""
        full = {"branch_key": self.key, "branch_secret": self.secret, **body}
        return self.call("PUT", path, json=full, **options)


def check_reply(method: str, path: str, response: requests.Response) -> None:
    """Fail unless a JSON reply is what the schemas say: of its endpoint, or of errors."""
    if method == "HEAD" or "application/json" not in response.headers.get("Content-Type", ""):
        return
    if not response.content:
        assert response.status_code == 204
        return
    body = response.json()
    found = _ROUTER.find(clean_path(path.partition("?")[0]))
    if response.status_code >= 400 and isinstance(body, dict):
        if found and "code" not in body["error"]:
            assert found[0][method].field_errors
            assert response.status_code == 400
            return
        Draft202012Validator(load("error.json")).validate(body)
        assert body["error"]["code"] == response.status_code
        return
    assert found is not None, f"{path} answered {response.status_code} but is in no table"
    name = found[0][method].schema.replace(".json", ".reply.json")
    Draft202012Validator(load(name)).validate(body)


def message_of(response: requests.Response) -> str:
    """The message in an error's envelope."""
    message = response.json()["error"]["message"]
    assert isinstance(message, str)
    return message
