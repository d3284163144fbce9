"""`python -m branch_mock`."""

from branch_mock.cli import main

main()
