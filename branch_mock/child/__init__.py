"""A command that runs as a child, for which Branch's hosts are the emulator."""

from branch_mock.child.environment import Files, environment
from branch_mock.child.process import run

__all__ = ["Files", "environment", "run"]
