"""Writes the tables of README.md that say what the code says. `python -m tests.docs` does it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import Any

from click import Command, Context, Group, Option

from branch_mock.api.call import Endpoint
from branch_mock.api.endpoints import API, LINKS
from branch_mock.cli import cli
from branch_mock.cli.serve import serve
from branch_mock.control.endpoints import CONTROL
from branch_mock.profiles import DOCUMENTED, OBSERVED, Profile
from branch_mock.reference.parity import written
from branch_mock.seeds import read
from branch_mock.settings import ENV_PREFIX, Settings
from tests.comparison.claims import MISTAKES, NOTICED, TOOLS
from tests.control.seats import SEATS
from tests.readme import README

COMMAND = "python -m tests.docs"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end of table -->\n)", re.DOTALL)
_FLAGS = {
    "link_data_on_put": "what PUT does with the link's data",
    "equal_post": "POST with the parameters of an earlier link, without an alias",
    "empty_bulk": "status of a bulk call with `[]`",
    "link_address": "form of new addresses: `bnc.lt/l/CODE` or `XXXX.app.link/CODE`",
    "reconcile_amount": "`amount` that a reconciliation above the balance answers",
    "event_credentials": "whether POST /v1/event needs identity and secret",
    "reward_rows": "whom a reward's row in the history names",
    "export_format": "names and columns of export files",
}

_ENVIRONMENT_ONLY = {
    "control_token": "The token that calls of `/_mock` must carry; a command line is no secret.",
}


def rewritten(text: str) -> str:
    """A README's text with every table as it should be. Raises KeyError for an unknown table."""
    return _TABLE.sub(lambda found: found[1] + TABLES[found[2]]() + found[4], text)


def tables_in(text: str) -> list[str]:
    """The names of the tables between marks."""
    return [found[2] for found in _TABLE.finditer(text)]


def _table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def _endpoints(endpoints: Iterable[Endpoint[Any]]) -> str:
    rows = (
        (f"`{e.method} {e.path.replace('*}', '}')}`", e.summary, e.credentials.value)
        for e in endpoints
    )
    return _table(("call", "what it does", "credentials"), rows)


def _control() -> str:
    """Where each call is in Python and in the shell is what tests/control/test_seats.py does."""
    rows = []
    for endpoint in CONTROL:
        seats = [seat for seat in SEATS if f"control.{seat.name}" == endpoint.name]
        python = dict.fromkeys(f"`mock.{seat.handle}`" for seat in seats)
        shell = dict.fromkeys(f"`{_command(seat.words)}`" for seat in seats)
        call = f"`{endpoint.method} {endpoint.path}`"
        rows.append((call, endpoint.summary, " ".join(python), " ".join(shell)))
    return _table(("call", "what it does", "Python", "`branch-mock`"), rows)


def _command(words: Iterable[str]) -> str:
    """The verbs of a command line, and what decides what they do."""
    command: Command | None = cli
    found: list[str] = []
    for word in words:
        inner = command.get_command(Context(command), word) if isinstance(command, Group) else None
        if inner is not None or word in _DECIDING or found == ["simulate"]:
            found.append(word)
            command = inner
    return " ".join(found)


_DECIDING = frozenset({"--count", "--clear", "--in", "--python", "--url"})


def _settings() -> str:
    options = {option.name: option for option in serve.params if isinstance(option, Option)}
    rows = []
    for setting in fields(Settings):
        if setting.name in _ENVIRONMENT_ONLY:
            variable = f"`{ENV_PREFIX}{setting.name.upper()}`"
            rows.append(("", variable, "", _ENVIRONMENT_ONLY[setting.name]))
            continue
        option = options.get(setting.name)
        assert option is not None, f"`branch-mock serve` has no option for {setting.name}"
        value = getattr(Settings(), setting.name)
        default = ",".join(map(str, value)) if isinstance(value, tuple) else value
        meaning = re.sub(r"\s*\[default: .*\]", "", option.help or "").replace("|", r"\|")
        rows.append(
            (
                f"`{option.opts[0]}`",
                f"`{ENV_PREFIX}{setting.name.upper()}`",
                "" if default in {None, ""} else f"`{default}`",
                meaning,
            )
        )
    return _table(("option", "variable", "default", "meaning"), rows)


def _profiles() -> str:
    rows = (
        (
            f"`{flag.name}`",
            f"`{getattr(DOCUMENTED, flag.name)}`",
            f"`{getattr(OBSERVED, flag.name)}`",
            _FLAGS[flag.name],
        )
        for flag in fields(Profile)
    )
    return _table(("flag", "documented", "observed", "about"), rows)


def _apps() -> str:
    _, seed = read("default")
    rows = (
        (app["config"]["app_name"], f"`{app['branch_key']}`", f"`{app['branch_secret']}`")
        for app in seed["apps"]
    )
    return _table(("app", "key", "secret"), rows)


def _comparison() -> str:
    names = [tool.name for tool in TOOLS]
    lines = ("lines of set-up for the flow", *(tool.lines for tool in TOOLS))
    rows = (
        (f"notices {what}", *("yes" if kind in NOTICED[name] else "no" for name in names))
        for kind, what in MISTAKES.items()
    )
    return _table(("", *names), (lines, *rows))


def _differs() -> str:
    known: tuple[Endpoint[Any], ...] = (*API, *LINKS)
    calls = {"*": "all", "exports.download": "an export's file"}
    calls |= {one.name: f"`{one.method} {one.path}`" for one in known}
    rows = (
        (calls[row["endpoint"]], row["what"], row["differs"])
        for row in written()
        if row["differs"] is not None and row["document"] is not None
    )
    return _table(("call", "Branch's documents", "here"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "apps": _apps,
    "settings": _settings,
    "profiles": _profiles,
    "endpoints": lambda: _endpoints((*API, *LINKS)),
    "control": _control,
    "comparison": _comparison,
    "differs": _differs,
}


def main() -> None:
    """Rewrite README.md."""
    README.write_text(rewritten(README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
