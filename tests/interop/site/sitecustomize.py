"""Python loads this at its start: `api.branch.io` resolves to 127.0.0.1 and INTEROP_PORT."""

import os
import socket
from typing import Any

_PORT = int(os.environ["INTEROP_PORT"])  # noqa: TID251 - runs where there are no Settings
_getaddrinfo = socket.getaddrinfo


def _local(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
    if host == "api.branch.io":
        return _getaddrinfo("127.0.0.1", _PORT, *arguments, **options)
    return _getaddrinfo(host, port, *arguments, **options)


socket.getaddrinfo = _local
