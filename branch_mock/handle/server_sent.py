"""Server-sent events as their listener reads them (contract 12)."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class ServerSentEvent(NamedTuple):
    """One live event, as `GET /_mock/events` tells it.

    id: counts up; listening `after` it goes on with the next. kind: request, webhook, click,
    reward, reset, state or clock; `missed` where a listener fell behind, of which the id is None.
    data: what it says, as the control plane shows it; of `missed` how many events.
    """

    id: int | None
    kind: str
    data: Any


def event_of(lines: Iterable[str]) -> ServerSentEvent | None:
    """The event that the lines of one block say; None for a block that is only a sign of life."""
    fields = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields[name] = value.removeprefix(" ")
    if "data" not in fields:
        return None
    id_ = fields.get("id")
    return ServerSentEvent(
        None if id_ is None else int(id_), fields["event"], json.loads(fields["data"])
    )


def events_in(lines: Iterable[str]) -> Iterator[ServerSentEvent]:
    """The events that lines say, each when its block is whole."""
    block: list[str] = []
    for line in lines:
        if line:
            block.append(line)
            continue
        event = event_of(block)
        if event is not None:
            yield event
        block = []
