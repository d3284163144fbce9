"""What a test should not leave behind of webhooks (contract 9 and 12)."""

import pytest

from branch_mock import BranchMock
from branch_mock.handle import checks
from branch_mock.operations import webhooks


def test_a_webhook_on_its_way_is_told_however_many_came_before(
    mock: BranchMock, hanging: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "MAX_DELIVERIES", 3)
    monkeypatch.setattr(checks, "_SETTLE_SECONDS", 0.05)
    for name, url in (("quick", mock.webhooks.inbox_url("hooks")), ("slow", hanging)):
        mock.rules.create(
            event=name,
            type="web_hook",
            calculation_type=1,
            location=0,
            metadata={"web_hook_url": url},
        )
    for number in range(6):
        mock.events.create("quick", f"user-{number}")
        mock.webhooks.wait(number + 1)
    assert mock.webhooks.settled()
    mock.check()
    slow = mock.events.create("slow", "user-1")
    assert not mock.webhooks.settled(0.05)
    with pytest.raises(AssertionError, match="was not delivered: nothing came of it within"):
        mock.check()
    assert [one.event_id for one in mock.webhooks.all() if not one.finished] == [slow.id]
