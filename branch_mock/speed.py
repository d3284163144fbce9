"""What the optional extra `speed` brings, where it is installed: a faster loop, faster JSON.

Answers are the same with and without it.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


def loop_factory() -> "Callable[[], AbstractEventLoop] | None":
    """What makes the server's event loop: uvloop's; None for asyncio's own."""
    try:
        from uvloop import new_event_loop  # noqa: PLC0415 - only a server needs it
    except ImportError:
        return None
    return new_event_loop


def json_reader() -> Callable[[str], Any] | None:
    """What reads JSON faster than the standard library, of texts that it reads likewise.

    It raises ValueError for those that it reads otherwise, or not at all: then the standard
    library's reader says what is wrong.
    """
    try:
        from orjson import loads  # noqa: PLC0415 - optional
    except ImportError:
        return None

    def read(text: str) -> Any:
        value = loads(text)
        if _has_float(value):
            raise ValueError("which might have been a long whole number")
        return value

    return read


def _has_float(value: Any) -> bool:
    if type(value) is dict:
        value = value.values()
    elif type(value) is not list:
        return type(value) is float
    for item in value:
        kind = type(item)
        if kind is float or ((kind is dict or kind is list) and _has_float(item)):
            return True
    return False
