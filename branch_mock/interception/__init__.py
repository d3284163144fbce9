"""Branch's real hosts, answered in this process by an emulator of the test's own (contract 2).

Public hooks only: documented functions and methods of the standard library and of the clients are
wrapped while anything is intercepted, and put back afterwards. Nobody else's hosts are touched, no
verification is switched off, and neither the environment nor anybody's TLS settings are changed.
"""

from branch_mock.interception.hooks import intercepting
from branch_mock.interception.interceptions import Interception

__all__ = ["Interception", "intercepting"]
