"""One flow, tested with branch_mock and with what people use otherwise.

The code under test is `shop.Shop`, and what it should do is `shop.flow`. There is a module for each
tool with what its user has to write, `set_up`; `claims` says which mistakes of the code under test
each tool lets through, and `test_claims` proves it.
"""
