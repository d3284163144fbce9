"""A short soak, and what would be said if something were wrong."""

from tests.benchmarks.memory import now_bytes, open_files
from tests.benchmarks.soak import Soak, soak
from tests.process import serving


def test_a_short_soak_finds_nothing_wrong() -> None:
    report, problems = soak(4, clients=6, slack=64 * 2**20)  # too short to have its most
    assert problems == [], report
    assert "nothing is wrong" in report


def test_what_a_process_holds_is_told() -> None:
    before = now_bytes()
    kept = bytearray(b"x") * (64 * 2**20)
    assert now_bytes() - before > 48 * 2**20
    files = open_files()
    with open("/dev/null") as null:  # noqa: PTH123 - a file descriptor
        assert open_files() == files + 1
        assert null.fileno() >= 0
    assert len(kept) == 64 * 2**20


def test_a_ledger_and_an_index_that_are_wrong_are_found() -> None:
    with serving("--port", "0") as served:
        run = Soak(served.url, served.process.pid, clients=1, seed=0)
        state = run._call("GET", "/_mock/state")["state"]
        keys = {app["id"]: app["branch_key"] for app in state["apps"]}
        run.look()
        assert run.problems == []
        state["transactions"][0]["amount"] += 1
        run._look_at_ledger(state, keys)
        assert len(run.problems) == 1
        run.problems.clear()
        state["links"][0]["id"], state["links"][1]["id"] = "1", "2"
        state["links"].append(state["links"][2])
        run._look_at_links(state, keys)
        assert [text for text in run.problems if "is taken 2 times" in text]
        assert len([text for text in run.problems if "leads to" in text]) == 2
