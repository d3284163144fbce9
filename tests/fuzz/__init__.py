"""Fuzzing: `python -m tests.fuzz` for calls, `python -m tests.fuzz.sockets` for HTTP itself."""
