"""The one gate: style, types, layers, tests. `python -m tests.gate` runs all of it.

Arguments go to pytest: `python -m tests.gate tests/api -k alias`.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
WHOLE = ("-n", "auto", "--dist", "loadfile")
"""How pytest runs all tests: the tests of one file one after another, files beside each other."""

TOOLS = Path(sys.executable).parent
STEPS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("lint-imports",),
)


def run(program: str, *arguments: str) -> bool:
    """Run one step of the gate; whether it passed."""
    print(f"== {program} {' '.join(arguments)}", flush=True)
    return subprocess.run([TOOLS / program, *arguments], cwd=ROOT, check=False).returncode == 0


def main() -> None:
    """Run every step, even after one failed, and exit non-zero if any did."""
    failed = [step[0] for step in STEPS if not run(*step)]
    if not run("python", "-m", "pytest", *(sys.argv[1:] or WHOLE)):
        failed.append("pytest")
    if failed:
        sys.exit(f"the gate is shut: {', '.join(failed)}")
    print("the gate is open")


if __name__ == "__main__":
    main()
