"""`branch-mock serve` as it is without the extra `speed`, whatever is installed."""

import sys

sys.modules["orjson"] = sys.modules["uvloop"] = None  # type: ignore[assignment]

from branch_mock.cli import main  # noqa: E402 - now neither can be imported

if __name__ == "__main__":
    main()
