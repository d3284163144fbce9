"""Exports over HTTP (contract 10)."""

from branch_mock.api import s3
from branch_mock.api.call import Call, Reply
from branch_mock.branch import Branch
from branch_mock.domain.exports import Kind
from branch_mock.emulator import Emulator


def request(branch: Branch, call: Call) -> Reply:
    return _answer(branch, call, call.body["export_date"])


def get(branch: Branch, call: Call) -> Reply:
    return _answer(branch, call, call.query["export_date"])


def _answer(branch: Branch, call: Call, export_date: str) -> Reply:
    files = branch.exports.request(call.app, export_date)
    origin = call.caller.origin
    urls = {
        f"{kind}_export_url": [origin.export(branch.exports.name(file)) for file in files[kind]]
        for kind in (Kind.LINKS, Kind.EVENTS, Kind.CLICKS)
    }
    return Reply.json(urls, note=f"export of {export_date}")


def topics(branch: Branch, call: Call) -> Reply:
    """The files of the third generation, by topic (contract 11)."""
    export_date = call.body["export_date"]
    origin = call.caller.origin
    urls = {
        topic.value: [origin.export(branch.exports.name(file)) for file in files]
        for topic, files in branch.exports.request_topics(call.app, export_date).items()
    }
    return Reply.json(urls, note=f"export of {export_date}")


def download(emulator: Emulator, call: Call) -> Reply:
    name, exports = call.path["file"], emulator.branch.exports
    made = emulator.export_files.open(name, call.abandoned)
    modified_ms = exports.ready_ms(exports.find(name).day)
    return s3.object_reply(made, modified_ms, call.caller.headers)
