"""HTTPS for Branch's hosts: an authority made on this machine, and what it certifies (contract 2).

Importing this needs no library; opening an `Authority` needs those of the extra `tls`.
"""

from branch_mock.tls.authority import Authority, default_folder, serves_locally

__all__ = ["Authority", "default_folder", "serves_locally"]
