"""Every row of the control plane has one name and one meaning over HTTP, in Python and in the shell
(contract 12).

What reads answers the same from each seat. What changes something leaves equal servers behind:
they are deterministic, so a server of its own is changed from each seat, and the states compared.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from branch_mock import BranchMock, FrozenClock, RemoteMock
from branch_mock.cli import cli
from branch_mock.clock import iso
from branch_mock.control.endpoints import CONTROL
from branch_mock.control.handlers.faults import fault_view
from branch_mock.faults import FaultRecord
from branch_mock.secrets import mask
from tests.client import Client
from tests.control.seats import (
    CHANGING,
    FREEZE,
    LINK,
    NOON,
    READING,
    RESUME,
    SEATS,
    SMS,
    STREAMED,
    Seat,
)
from tests.listening import stop_once_listened_to

ROWS = {row.name.partition(".")[2]: row for row in CONTROL}


def by_words(seat: Seat) -> str:
    return " ".join(seat.words[:4])


def prepare(mock: Any) -> str:
    """Gives a server, or an app elsewhere, something to tell; the address of its link."""
    url: str = mock.links.create(alias="promo", channel="email")
    rule: Any = {"event": "hook", "type": "web_hook", "calculation_type": 0, "location": 0}
    mock.rules.create(**rule, metadata={"web_hook_url": mock.webhooks.inbox_url("box")})
    mock.events.create("hook", "zoe")
    mock.webhooks.wait(1)
    mock.faults.add("GET /none", id="laid", status=500)
    client = Client(mock.url, mock.app.key, mock.app.secret)
    client.post("/v1/url", SMS)
    client.get("/v1/credits", params={"branch_key": mock.app.key, "identity": "ann", "a": "1"})
    headers = {"X-Own": "yes"}
    client.get(
        "/v1/credits", params={"branch_key": client.key, "identity": "b", "a": "1"}, headers=headers
    )
    client.close()
    return url


@contextmanager
def prepared(**options: Any) -> Iterator[tuple[BranchMock, str]]:
    """A server of its own, like all others that are prepared, and the address of its link."""
    with BranchMock(clock=FrozenClock(NOON), **options) as mock:
        url = prepare(mock)
        mock.snapshots.save("kept")
        mock.credits.add("later", 5)
        yield mock, url
    assert mock.failures == []


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[BranchMock, str]]:
    """One that is only read."""
    folder = tmp_path_factory.mktemp("ca")
    with prepared(tls_port=0, ca_dir=str(folder)) as found:
        yield found


def filled(value: Any, url: str) -> Any:
    """What stands for the link's address, replaced by it."""
    if isinstance(value, str):
        return value.replace(LINK, url)
    if isinstance(value, Mapping):
        return {name: filled(part, url) for name, part in value.items()}
    return [filled(part, url) for part in value] if isinstance(value, list | tuple) else value


def over_http(seat: Seat, mock: BranchMock, url: str) -> Any:
    """What the row answers: JSON, or a text."""
    row = ROWS[seat.name]
    path = row.path.format(name=seat.path, id=1)
    client = Client(mock.url, mock.app.key, mock.app.secret)
    body = filled(seat.body, url)
    reply = client.call(row.method, path, params=seat.query, json=body)
    client.close()
    assert reply.status_code == 200, reply.text
    return reply.json() if "json" in reply.headers["Content-Type"] else reply.text


def in_python(seat: Seat, mock: Any, url: str) -> Any:
    """What the handle gives."""
    found = attrgetter(seat.handle)(mock)
    if callable(found):
        return found(*filled(seat.args, url), **filled(seat.fields, url))
    return found


def in_the_shell(seat: Seat, mock: BranchMock, url: str) -> Any:
    """What the command prints: JSON, or a text."""
    words = [*filled(seat.words, url), *(["--json"] if seat.is_json else [])]
    if seat.name == "ca":
        words.append(mock.url)
    typed = None if seat.typed is None else json.dumps(seat.typed)
    done = CliRunner().invoke(cli, words, env={"BRANCH_MOCK_URL": mock.url}, input=typed)
    assert done.exit_code == 0, done.output
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout


def shown(seat: Seat, given: Any, mock: BranchMock) -> Any:
    """What the handle gives, as the control plane shows it."""
    if seat.name == "clock_show":
        return {"now": iso(int(given.timestamp() * 1000)), "frozen": mock.clock.frozen}
    if seat.name == "requests_count":
        return {"count": given}
    if isinstance(given, list):
        return [_view(item) for item in given]
    return given


def _view(item: Any) -> Any:
    if isinstance(item, FaultRecord):
        return fault_view(item)
    if hasattr(item, "view"):
        return item.view() if hasattr(item, "branch_secret") else mask(item.view())
    return item


def all_of(mock: BranchMock) -> Any:
    """Everything that a server remembers, less what differs from run to run."""
    mock.webhooks.wait(len(mock.webhooks.all()))
    everything = {
        "state": mock.state(),
        "clock": [iso(mock.branch.clock.now_ms()), mock.clock.frozen],
        "faults": [fault_view(record) for record in mock.faults.all()],
        "requests": [(entry.method, entry.path, entry.status) for entry in mock.requests.all()],
        "webhooks": [(item.id, item.state, len(item.attempts)) for item in mock.webhooks.all()],
        "inboxes": {name: len(mock.webhooks.inbox(name)) for name in ("box", "new")},
        "snapshots": [snapshot.view() for snapshot in mock.snapshots.all()],
    }
    return json.loads(json.dumps(everything, default=str).replace(mock.url, "URL"))


def test_every_row_has_its_seats() -> None:
    assert {seat.name for seat in SEATS} == set(ROWS)


@pytest.mark.parametrize("seat", READING, ids=by_words)
def test_what_reads_answers_the_same_from_each_seat(
    seat: Seat, server: tuple[BranchMock, str]
) -> None:
    mock, url = server
    answer = over_http(seat, mock, url)
    assert answer not in (None, "", [], {}, {"count": 0})
    assert shown(seat, in_python(seat, mock, url), mock) == answer
    printed = in_the_shell(seat, mock, url)
    assert printed == answer or printed.rstrip() == answer.rstrip()


@pytest.mark.parametrize("seat", CHANGING, ids=by_words)
def test_what_changes_something_does_the_same_from_each_seat(seat: Seat) -> None:
    found = []
    for act in (over_http, in_python, in_the_shell):
        with prepared() as (mock, url):
            before = all_of(mock)
            act(seat, mock, url)
            found.append(all_of(mock))
            assert found[-1] != before
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("act", [over_http, in_python, in_the_shell])
def test_a_clock_that_runs_is_frozen_and_resumed_from_each_seat(act: Any) -> None:
    with BranchMock() as mock:
        act(FREEZE, mock, "")
        assert mock.clock.frozen
        act(RESUME, mock, "")
        assert not mock.clock.frozen


def test_live_events_are_the_same_from_each_seat() -> None:
    with BranchMock(clock=FrozenClock(NOON)) as mock:
        mock.clock.advance(60)
        with mock.events.listen("clock", after=0) as here:
            event = next(here)
        with RemoteMock(mock.url) as remote, remote.events.listen("clock", after=0) as there:
            assert next(there) == event
        stop_once_listened_to(mock)
        printed = in_the_shell(STREAMED, mock, "")
    assert event.data == {"verb": "advance", "now": "2016-01-20T12:01:00.000Z", "happened": []}
    assert printed == event._asdict()


@pytest.fixture
def shared(clock: FrozenClock, tmp_path: Path) -> Iterator[tuple[RemoteMock, str]]:
    """An app on a server that others use too, prepared likewise."""
    with (
        BranchMock(clock=clock, tls_port=0, ca_dir=str(tmp_path)) as mock,
        RemoteMock(mock.url) as remote,
    ):
        yield remote, prepare(remote)
    assert mock.failures == []


@pytest.mark.parametrize("seat", [*READING, *CHANGING, FREEZE, RESUME], ids=by_words)
def test_a_handle_of_an_app_elsewhere_has_what_leaves_others_alone(
    seat: Seat, shared: tuple[RemoteMock, str]
) -> None:
    remote, url = shared
    if seat.remote:
        given = in_python(seat, remote, url)
        assert given not in ([], "", {}, 0)
    else:
        with pytest.raises(AttributeError):
            attrgetter(seat.handle)(remote)
