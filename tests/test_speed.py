"""The optional extra `speed` changes no answer."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from branch_mock import speed, strict_json
from branch_mock.errors import InvalidBody
from tests.client import TIMEOUT
from tests.test_strict_json import VALUES


def outcome(text: str, quick: Any) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strict_json, "_quick", quick)
        try:
            return repr(strict_json.read_json(text))
        except InvalidBody as error:
            return error.message


@given(VALUES.map(json.dumps) | st.text('0123456789.eE+-[]{}"\\u:, ntf', max_size=40))
@example("18446744073709551616")
@example("[123456789012345678901234567890]")
@example('{"a":{"b":[1e999]}}')
@example("-0")
@example("[-0.0, 1E5, 0.1e-400]")
@example('{"a":1,"a":2}')
@example(r'"\ud800"')
@example("[" * 1500)
def test_json_reads_alike(text: str) -> None:
    reader = speed.json_reader()
    assert reader is not None
    assert outcome(text, reader) == outcome(text, None)


def test_the_loop_is_uvloops_where_it_is_installed() -> None:
    factory = speed.loop_factory()
    assert factory is not None
    with asyncio.Runner(loop_factory=factory) as runner:
        assert "uvloop" in type(runner.get_loop()).__module__


def test_neither_is_needed() -> None:
    code = (
        "import sys; sys.modules['orjson'] = sys.modules['uvloop'] = None\n"
        "from branch_mock import speed; from branch_mock.strict_json import read_json\n"
        "print(speed.loop_factory(), speed.json_reader(), read_json('[1]'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=True
    )
    assert done.stdout == "None None [1]\n"
