"""Calls that Schemathesis makes up from the served document, against a real server (contract 12).

`python -m tests.fuzz` makes more of them.
"""

import pytest
from schemathesis import GenerationMode

from tests.fuzz.operations import NAMES, fuzz, modes_of

EXAMPLES = 15


@pytest.mark.parametrize(
    ("name", "mode"),
    [(name, mode) for name in NAMES for mode in modes_of(name)],
    ids=lambda value: value.value if isinstance(value, GenerationMode) else value,
)
def test_an_operation_does_what_the_document_says(name: str, mode: GenerationMode) -> None:
    sent = fuzz(name, mode, EXAMPLES)
    assert sent > 0 or mode is GenerationMode.NEGATIVE
