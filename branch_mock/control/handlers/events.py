"""Live events over HTTP (contract 12)."""

from branch_mock.api.call import EVENT_STREAM_TYPE, Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.live import KINDS


def listen(emulator: Emulator, call: Call) -> Reply:
    last = call.caller.headers.get("Last-Event-ID", "")
    known = last.isascii() and last.isdigit() and len(last) <= _MAX_DIGITS
    after = int(last) if known else call.query.get("after")
    kinds = call.query.get("kinds") or KINDS
    return Reply(
        content_type=EVENT_STREAM_TYPE,
        headers={"Cache-Control": "no-store"},
        chunks=emulator.live.listen(after, kinds),
        note="listens",
    )


_MAX_DIGITS = 19
