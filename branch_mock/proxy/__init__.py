"""A forward proxy that leads Branch's hosts to the emulator and lets nobody else through."""

from branch_mock.proxy.guard import Guard, Target
from branch_mock.proxy.limits import Limits
from branch_mock.proxy.proxy import Proxy

__all__ = ["Guard", "Limits", "Proxy", "Target"]
