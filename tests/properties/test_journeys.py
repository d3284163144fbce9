"""Sessions and the control plane over HTTP, with snapshots in between, against a simple model.

The steps are the same in every run, and bounded in number and time.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from branch_mock import IPHONE, PIXEL, BranchMock, FrozenClock
from branch_mock.domain.devices import Device
from tests.client import Client
from tests.properties.journeys import Journeys, Made
from tests.visits import begin, headers_of

EXAMPLES, STEPS, FEWEST = 30, 40, 1000
SETTINGS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize=True,
    phases=[Phase.generate],
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
DEVICES: Mapping[str, Device] = {"iphone": IPHONE, "pixel": PIXEL}
devices = st.sampled_from([*DEVICES])
ALIASES, OWNERS = ("one", "two", "three"), ("ann", "bob", None)
aliases = st.sampled_from(ALIASES)
links = st.builds(
    Made,
    alias=aliases,
    owner=st.sampled_from(OWNERS),
    type=st.sampled_from([0, 1]),
    duration=st.sampled_from([10, 7200]),
    room=st.sampled_from([1, 2]),
)
names = st.sampled_from(["a", "b"])
waits = st.sampled_from([0, 0, 0, 1, 9.5, 10, 10.001, 7200])
MANY = 12
LINK_CALL = {"method": "POST", "path": "/v1/url"}


class Tour(RuleBasedStateMachine):
    """One server, what devices do to it and what testers do, and the model of it."""

    mock: ClassVar[BranchMock]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.mock.reset()
        for snapshot in self.mock.snapshots.all():
            self.mock.snapshots.delete(snapshot.name)
        self.client = Client(self.mock.url, self.mock.app.key, self.mock.app.secret)
        self.model = Journeys()
        self.start = deepcopy(self.model)
        self.kept: dict[str, Journeys] = {}
        self.document: tuple[Any, Journeys] | None = None
        self.failing = 0
        self.called = 0

    def teardown(self) -> None:
        assert self.mock.failures == []
        self.client.close()

    def control(self, method: str, path: str, body: object = None) -> Any:
        type(self).steps += 1
        answer = self.client.call(method, f"/_mock/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @initialize(several=st.tuples(links, links, links))
    def begin_with(self, several: tuple[Made, Made, Made]) -> None:
        """A link of everybody's."""
        for made, alias, owner in zip(several, ALIASES, OWNERS, strict=True):
            self.create(replace(made, alias=alias, owner=owner))

    @rule(made=links)
    def create(self, made: Made) -> None:
        type(self).steps += 1
        body: dict[str, Any] = {"alias": made.alias, "type": made.type, "duration": made.duration}
        body["data"] = {"room": made.room, "$web_only": True, "$desktop_url": "https://a.test/"}
        body["data"] |= {"$ios_url": "https://i.test/", "$android_url": "https://g.test/"}
        if made.owner is not None:
            body["identity"] = made.owner
        status = self.client.post("/v1/url", body).status_code
        self.called += 1
        if self.failing:
            self.failing -= 1
            assert status == 503
        else:
            assert status == self.model.create(made)

    @rule(
        clicks=st.lists(st.tuples(aliases, devices, waits), min_size=2, max_size=6),
        begun=st.lists(st.tuples(devices, st.booleans()), min_size=1, max_size=5),
    )
    def travel(self, clicks: list[tuple[str, str, float]], begun: list[tuple[str, bool]]) -> None:
        for alias, device, seconds in clicks:
            type(self).steps += 1
            if alias in self.model.links:
                assert self.follow(alias, device) == 307
                self.model.click(alias, device)
            else:
                assert self.follow(alias, device) == 404
            if seconds:
                self.advance(seconds)
        for device, install in begun:
            self.begin(device, install=install)

    def follow(self, alias: str, device: str) -> int:
        host, headers = self.mock.app.short_url_domain, headers_of(DEVICES[device])
        return self.client.get(f"/{alias}", host=host, headers=headers).status_code

    def begin(self, device: str, *, install: bool) -> None:
        type(self).steps += 1
        known = device in self.model.devices
        told = self.model.begin(device, install=install)
        view = begin(self.client, DEVICES[device], "install" if install else "open")
        assert view["data"]["+clicked_branch_link"] is told.led
        assert view["data"]["+is_first_session"] is told.first
        assert view["data"].get("room") == told.room
        assert view.get("referring_identity") == told.owner
        user = self.mock.branch.identities.get(int(view["identity_id"]))
        referrer = self.model.devices[device]
        assert (user.referrer_id is not None) is (referrer is not None)
        if user.referrer_id is not None:
            assert self.mock.branch.identities.get(user.referrer_id).name == referrer
        event = [found for found in self.mock.events.all() if found.session is not None]
        kind = "install" if install else "open"
        assert event[-1].name == ("referred session" if "click_id" in view else kind)
        assert not install or known is bool(self.last_install().metadata["reinstall"])

    def last_install(self) -> Any:
        return [found for found in self.mock.events.all() if found.name == "install"][-1]

    @rule(seconds=waits.filter(bool))
    def advance(self, seconds: float) -> None:
        expired = self.model.advance(round(seconds * 1000))
        happened = self.control("POST", "clock", {"advance": seconds})["happened"]
        assert sum("no longer waits" in item["what"] for item in happened) == expired
        assert [item["date"] for item in happened] == sorted(item["date"] for item in happened)

    @rule(name=names)
    def save(self, name: str) -> None:
        self.control("POST", f"snapshots/{name}")
        self.kept[name] = deepcopy(self.model)

    @rule(name=names)
    def restore(self, name: str) -> None:
        if name in self.kept:
            self.control("POST", f"snapshots/{name}/restore")
            self.model = deepcopy(self.kept[name])
        else:
            answer = self.client.call("POST", f"/_mock/snapshots/{name}/restore")
            assert answer.status_code == 404

    @rule()
    def read_state(self) -> None:
        self.document = self.control("GET", "state"), deepcopy(self.model)

    @precondition(lambda self: self.document)
    @rule()
    def write_state(self) -> None:
        assert self.document is not None
        document, model = self.document
        self.control("PUT", "state", document)
        assert self.control("GET", "state") == document
        self.model = deepcopy(model)

    @precondition(lambda self: self.document)
    @rule(part=st.sampled_from(["clock", "ids", "state"]))
    def refuse_state(self, part: str) -> None:
        assert self.document is not None
        before = self.mock.branch.save()
        broken = {**self.document[0], part: []}
        assert self.client.call("PUT", "/_mock/state", json=broken).status_code == 400
        assert self.mock.branch.save() == before

    @precondition(lambda self: not self.failing)
    @rule(times=st.integers(1, 2))
    def lay_fault(self, times: int) -> None:
        self.control("POST", "faults", {"match": LINK_CALL, "status": 503, "first": times})
        self.failing = times

    @rule()
    def clear_faults(self) -> None:
        self.control("DELETE", "faults")
        self.failing = 0

    @precondition(lambda self: len(self.model.clicks) > MANY)
    @rule(parts=st.sets(st.sampled_from(["state", "journal", "faults", "clock"]), min_size=1))
    def reset(self, parts: set[str]) -> None:
        if "state" in parts:
            parts |= {"clock"}  # a model without links has no clicks whose time could pass
        self.control("POST", "reset", {"parts": sorted(parts)})
        if "state" in parts:
            self.model = deepcopy(self.start)
        elif "clock" in parts:
            self.control("POST", "clock", {"advance": self.model.now / 1000})  # and back again
        if "journal" in parts:
            self.called = 0
        if "faults" in parts:
            self.failing = 0

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        assert self.mock.requests.count("POST /v1/url") == self.called
        made = {link.alias: link for link in self.mock.links.all() if link.alias}
        assert {alias: link.duration for alias, link in made.items()} == {
            alias: link.duration for alias, link in self.model.links.items()
        }
        clicks = [click.link.alias for click in self.mock.links.clicks()]
        assert clicks == [click.alias for click in self.model.clicks]


@pytest.mark.timeout(110)
def test_devices_and_testers_find_what_the_model_does() -> None:
    with BranchMock(seed="empty", clock=FrozenClock("2016-01-20T12:00:00Z")) as mock:
        Tour.mock, Tour.steps = mock, 0
        run_state_machine_as_test(Tour, settings=SETTINGS)
    assert Tour.steps >= FEWEST
