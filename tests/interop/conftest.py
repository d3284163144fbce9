"""What the client libraries need: a listener that is `api.branch.io`, and its CA."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trustme

from branch_mock import BranchMock
from tests.interop.tls import terminator


@pytest.fixture
def api_host(mock: BranchMock, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment in which a client reaches the mock as https://api.branch.io."""
    ca = trustme.CA()
    bundle = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(bundle))
    port = urlsplit(mock.url).port
    assert port is not None
    with terminator(ca, port) as tls_port:
        yield {
            "INTEROP_PORT": str(tls_port),
            "NODE_EXTRA_CA_CERTS": str(bundle),
            "SSL_CERT_FILE": str(bundle),
        }
