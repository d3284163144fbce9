"""`python -m tests.fuzz --requests 20000`: every operation, for as long as that takes."""

import argparse
import math
import sys

from tests.fuzz.operations import NAMES, fuzz, modes_of


def _told(what: str, found: BaseException) -> str:
    notes = "\n".join(getattr(found, "__notes__", ()))
    inner = getattr(found, "exceptions", (found,))[0]
    return f"{what}: {inner}\n{notes}"


def main() -> None:
    """Fuzz every operation, as many requests altogether as told; exit with 1 if any fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--requests", type=int, default=2000, help="in all  [default: 2000]")
    parser.add_argument("--only", choices=NAMES, action="append", help="an operation")
    given = parser.parse_args()
    ways = [(name, mode) for name in given.only or NAMES for mode in modes_of(name)]
    ways.sort(key=lambda way: len(modes_of(way[0])))  # first those with one call, or few
    failed, sent = [], 0
    for number, (name, mode) in enumerate(ways):
        examples = max(1, math.ceil((given.requests - sent) / (len(ways) - number)))
        try:
            sent += fuzz(name, mode, examples)
        except (AssertionError, BaseExceptionGroup) as found:
            failed.append(_told(f"{name} {mode.value}", found))
        print(f"{name} {mode.value}: {sent} requests so far", flush=True)
    print("\n\n".join(failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
