"""What the emulator costs, as ratios to a named baseline in the same run.

`python -m tests.benchmarks` prints them all; `python -m tests.benchmarks post get` some.
"""
