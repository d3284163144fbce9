"""What `BranchMock` and `RemoteMock` have alike, wherever the emulator runs (contract 12)."""

import json
from abc import ABC, abstractmethod
from typing import Any, Unpack

from branch_mock.handle.patterns import PatternFields
from branch_mock.handle.requests import Requests


class Mock(ABC):
    """What a server says of itself, and what it was called with."""

    requests: Requests

    @abstractmethod
    def _read(self, path: str) -> bytes:
        """What GET of a path of the control plane answers. Raises the ApiError of a refusal, and
        BranchMockError where nobody answers."""

    def health(self) -> dict[str, Any]:
        """What GET /_mock/health answers: `{"status": "ok", "version": …}`. Raises BranchMockError
        when the server is not running."""
        return dict(json.loads(self._read("/_mock/health")))

    def ready(self) -> dict[str, Any]:
        """The same once the seeds are loaded, as GET /_mock/ready answers it. Raises NotReady
        before that, and BranchMockError as `health` does."""
        return dict(json.loads(self._read("/_mock/ready")))

    def openapi(self) -> dict[str, Any]:
        """The server as an OpenAPI 3.1 document, as GET /_mock/openapi.json answers it."""
        return dict(json.loads(self._read("/_mock/openapi.json")))

    def docs(self, *, python: bool = False) -> str:
        """The page to read and to try the server with, the HTML of GET /_mock/docs, which has the
        first app's secret; or that of the Python API, GET /_mock/docs/python."""
        return self._read("/_mock/docs/python" if python else "/_mock/docs").decode()

    def parity(self) -> list[dict[str, Any]]:
        """What is documented, the section and the test of each, as GET /_mock/parity answers it."""
        return list(json.loads(self._read("/_mock/parity")))

    @property
    def ca_pem(self) -> str:
        """The certificate that clients over HTTPS are to trust, PEM, as GET /_mock/ca.pem answers
        it. Raises NoAuthority where there is none: the settings `tls_port` and `proxy_port` make
        one."""
        return self._read("/_mock/ca.pem").decode()

    def assert_called(
        self,
        endpoint: str | None = None,
        *,
        times: int | None = None,
        **fields: Unpack[PatternFields],
    ) -> None:
        """Raises AssertionError unless `times` requests were like that; at least one when None.

        `mock.assert_called("POST /v1/url", json={"channel": "sms"}, times=1)`. The message shows
        the nearest requests and the very fields that differ.
        """
        __tracebackhide__ = True
        self.requests.assert_called(endpoint, times=times, **fields)
