"""Live events over HTTP (contract 12)."""

from branch_mock.api.call import EVENT_STREAM_TYPE, Call, Reply
from branch_mock.emulator import Emulator
from branch_mock.ids import number_of
from branch_mock.live import KINDS


def listen(emulator: Emulator, call: Call) -> Reply:
    last = number_of(call.caller.headers.get("Last-Event-ID"))
    after = call.query.get("after") if last is None else last
    kinds = call.query.get("kinds") or KINDS
    return Reply(
        content_type=EVENT_STREAM_TYPE,
        headers={"Cache-Control": "no-store"},
        chunks=emulator.live.listen(after, kinds),
        note="listens",
    )
