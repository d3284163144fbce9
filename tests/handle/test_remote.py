"""What a handle of a server elsewhere says it cannot do (contract 12)."""

import pytest

from branch_mock import BranchMock, InvalidRequest, RemoteMock


def test_what_is_everybodys_is_told(mock: BranchMock) -> None:
    with RemoteMock(mock.url) as remote:
        for name in ("exports", "snapshots", "put_state"):
            with pytest.raises(AttributeError, match=f"no '{name}' of a server that others use"):
                getattr(remote, name)
        with pytest.raises(AttributeError, match="no 'advance'; moving it would move it for"):
            remote.clock.advance(1)  # type: ignore[attr-defined]
        with pytest.raises(AttributeError, match="RemoteMock has no 'colour'; BranchMock may have"):
            remote.colour  # type: ignore[attr-defined]  # noqa: B018
        assert not hasattr(remote, "intercept")
        remote.reset("journal")
        with pytest.raises(InvalidRequest, match="parts"):
            remote.reset("clock")
