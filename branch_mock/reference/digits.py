"""Whole numbers as texts: the pattern that exactly the numbers of a range match."""

from collections.abc import Iterator

_DIGIT = "[0-9]"


def pattern(least: int = 0, most: int | None = None) -> str:
    """A regular expression for the digits of `least` (0 or more) to `most`, leading zeros allowed.

    most: None is without end.
    """
    return f"^0*(?:{'|'.join(_alternatives(least, most))})$"


def _alternatives(least: int, most: int | None) -> Iterator[str]:
    low = str(least)
    if most is None:
        yield _between(low, "9" * len(low))
        yield f"[1-9]{_DIGIT}{{{len(low)},}}"
        return
    high = str(most)
    if len(low) == len(high):
        yield _between(low, high)
        return
    yield _between(low, "9" * len(low))
    if len(high) - len(low) > 1:
        yield f"[1-9]{_DIGIT}{{{len(low)},{len(high) - 2}}}"
    yield _between("1" + "0" * (len(high) - 1), high)


def _between(low: str, high: str) -> str:
    """For two numbers of as many digits."""
    rest = len(low) - 1
    if low == high:
        return low
    if low[0] == high[0]:
        return low[0] + _between(low[1:], high[1:])
    first, last = int(low[0]), int(high[0])
    choices = []
    if low[1:].strip("0"):
        choices.append(low[0] + _between(low[1:], "9" * rest))
        first += 1
    tail = high[0] + _between("0" * rest, high[1:]) if high[1:].strip("9") else ""
    if tail:
        last -= 1
    if first <= last:
        digit = str(first) if first == last else f"[{first}-{last}]"
        choices.append(digit + (f"{_DIGIT}{{{rest}}}" if rest else ""))
    if tail:
        choices.append(tail)
    return choices[0] if len(choices) == 1 else f"(?:{'|'.join(choices)})"
