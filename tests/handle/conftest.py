"""The handle to try: the server's own, or one of an app on it."""

from collections.abc import Iterator

import pytest

from branch_mock import BranchMock, RemoteMock


@pytest.fixture(params=["here", "elsewhere"])
def either(request: pytest.FixtureRequest, mock: BranchMock) -> Iterator[BranchMock | RemoteMock]:
    """The handle of the server itself, or of an app on it."""
    if request.param == "here":
        yield mock
        return
    with RemoteMock(mock.url) as remote:
        yield remote
