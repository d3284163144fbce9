"""A forward proxy that leads Branch's hosts to the emulator and lets nobody else through; and a
door for those who come by TLS at once (contract 2)."""

from branch_mock.proxy.arrivals import SecureDoor
from branch_mock.proxy.guard import Guard, Target
from branch_mock.proxy.limits import Limits
from branch_mock.proxy.proxy import Proxy

__all__ = ["Guard", "Limits", "Proxy", "SecureDoor", "Target"]
